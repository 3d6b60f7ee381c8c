import uuid
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import State, Thing, Verb
from veo_workflow.cycles.learning.conversation import operations, queries, rules
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import new_id
from veo_workflow.errors import InvalidInput
from veo_workflow.people.signing_in import me
from veo_workflow.web import PAGE_SIZE, db, page_number, release, sent_id, services

blueprint = Blueprint("conversation", __name__)


@blueprint.get("/cycles/<uuid:cycle_id>/conversation")
def page(cycle_id: uuid.UUID) -> str:
    return _page(cycle_for(db(), me(), cycle_id, thing=Thing.CONVERSATION), {})


@blueprint.post("/cycles/<uuid:cycle_id>/conversation")
def send(cycle_id: uuid.UUID) -> tuple[str, int] | BaseResponse:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.CONVERSATION)
    try:
        text = rules.read_text(sent.get("text", ""))
        operations.send(db(), seen.cycle, sent_id(sent.get("id")), text, by=person)
    except InvalidInput as wrong:
        return _page(seen, sent, problem=wrong), wrong.status
    return redirect(url_for("conversation.page", cycle_id=cycle_id, _anchor="write"), 303)


@blueprint.post("/cycles/<uuid:cycle_id>/conversation/<uuid:message_id>/take-back")
def take_back(cycle_id: uuid.UUID, message_id: uuid.UUID) -> BaseResponse:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.CONVERSATION)
    operations.take_back(db(), seen.cycle, message_id, by=person)
    return redirect(url_for("conversation.page", cycle_id=cycle_id, _anchor="write"), 303)


@blueprint.get("/api/cycles/<uuid:cycle_id>/conversation")
def latest(cycle_id: uuid.UUID) -> Response:
    """The newest page for one that is open, or nothing where `mark` says that it has it."""
    seen = cycle_for(db(), me(), cycle_id, thing=Thing.CONVERSATION)
    mark = queries.mark_of(db(), cycle_id)
    if request.args.get("mark") == mark:
        return jsonify(mark=mark, html=None)
    return jsonify(mark=mark, html=render_template("learning/_messages.html", **_shown(seen, 1)))


def _page(seen: CycleSeen, sent: dict[str, str], problem: InvalidInput | None = None) -> str:
    page = page_number()
    mark = queries.mark_of(db(), seen.cycle.id)
    shown = _shown(seen, page)
    own = [message.id for message in shown["talk"].messages if message.author_id == me().id]
    return render_template(
        "learning/conversation.html",
        page=page,
        mark=mark,
        last_own=own[-1] if own else "none",
        new_id=sent.get("id") or new_id(),
        sent=sent,
        problem=problem,
        **shown,
    )


def _shown(seen: CycleSeen, page: int) -> dict[str, Any]:
    """A page of messages; whoever is shown the newest has read them, which is noted in a transaction of its own."""
    person, cycle_id = me(), seen.cycle.id
    talk = queries.talk_of(db(), cycle_id, person.id, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if page == 1 and request.method == "GET" and any(talk.is_new(message, person.id) for message in talk.messages):
        release()
        with services().database.transaction() as session:
            operations.read_up_to(session, cycle_id, person.id, talk.messages[-1].sent_at)
    return {"seen": seen, "talk": talk, "may_write": seen.state is State.OPEN}
