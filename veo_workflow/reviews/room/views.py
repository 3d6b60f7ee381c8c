"""The room over HTTP: small POSTs say something in it, a stream of events hears all of it."""

import time
import uuid
from collections.abc import Iterator

from flask import Blueprint, Response, g, jsonify

from veo_workflow import streams
from veo_workflow.errors import NotFound, SignInNeeded, VeoError
from veo_workflow.people.signing_in import live_sign_in, me, my_token
from veo_workflow.reviews.room import messages, operations, queries
from veo_workflow.services import Services
from veo_workflow.web import db, release, sent_json, services, writes_no_rows

blueprint = Blueprint("review_room", __name__)


@blueprint.post("/api/cycles/<uuid:cycle_id>/room")
@writes_no_rows
def say(cycle_id: uuid.UUID) -> Response:
    """The room as it stands, and two moments of the one clock, in ms, for the screen to set its own by."""
    seen, person_id = queries.admitted(db(), me(), cycle_id), me().id
    said = messages.read(sent_json(), person_id)
    release()
    heard = operations.say(services().events, cycle_id, said)
    told, spent = heard.told, (time.monotonic() - g.began) * 1000
    answer = jsonify(room=told.body, received=told.at - spent, answered=told.at)
    if heard.calls or heard.answers:
        database = services().database

        def note() -> None:
            with database.transaction() as session:
                operations.note(session, seen, person_id, heard)

        answer.call_on_close(note)  # nobody waits in the room for who writes rows
    return answer


@blueprint.get("/api/cycles/<uuid:cycle_id>/room/stream")
def listen(cycle_id: uuid.UUID) -> Response:
    queries.admitted(db(), me(), cycle_id)
    token = my_token()
    release()
    return streams.respond(_told(services(), token, cycle_id), services().settings.streams_per_process)


def _told(services: Services, token: str, cycle_id: uuid.UUID) -> Iterator[str]:
    """The whole room at once and after each change, until there is a reason to end: that is said last."""
    topic = operations.topic(cycle_id)
    with services.events.subscribe([topic]) as subscription:
        for room in services.events.last([topic]).values():
            yield streams.event("room", room)
        for news in streams.heard(services.events, subscription):
            why = _why_ended(services, token, cycle_id)
            if why is not None:
                yield streams.event("closed", {"message": why})
                return
            yield streams.HEARTBEAT if news is None else streams.event("room", news)


def _why_ended(services: Services, token: str, cycle_id: uuid.UUID) -> str | None:
    """Nothing is handed on to somebody who has been signed out meanwhile, or may not be in the room any more."""
    try:
        with services.database.reading() as session:
            found = live_sign_in(session, token, services.settings)
            if found is None:
                raise SignInNeeded("You have been signed out, so you have left the room. Sign in to come back.")
            queries.admitted(session, found.person, cycle_id)
    except NotFound:
        return "This review is no longer open to you, so you have left the room."
    except VeoError as error:
        return error.message
    return None
