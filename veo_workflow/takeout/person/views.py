"""A person's own archive over HTTP: every byte range of it is authorised here before anything is sent."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.clips.delivery import deliver
from veo_workflow.errors import TooManyRequests
from veo_workflow.people.models import Person
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.takeout.person import operations, queries
from veo_workflow.takeout.person.making import CONTENT_TYPE, topic
from veo_workflow.takeout.person.models import Archive, ArchiveState
from veo_workflow.takeout.person.rules import KEPT, MOST, TOO_MANY
from veo_workflow.takeout.rules import file_name
from veo_workflow.web import db, release, services

blueprint = Blueprint("archive", __name__, url_prefix="/me/takeout")


@blueprint.get("")
def own() -> str:
    """Where a person asks for their archive, sees how far it is, and fetches it."""
    person = me()
    archive = queries.latest_of(db(), person)
    state = archive.state.value if archive else "none"
    if archive and archive.state is ArchiveState.READY and not queries.is_whole(db(), archive, person):
        state = "ended"
    heard = services().events.last([topic(archive.id)]) if archive and state == "running" else {}
    return render_template(
        "takeout/person.html",
        archive=archive,
        state=state,
        progress=next(iter(heard.values()), None),
        kept_days=KEPT.days,
    )


@blueprint.post("")
def ask() -> BaseResponse:
    person = me()
    if queries.under_way(db(), person) is None and services().throttle.count(MOST, str(person.id)):
        raise TooManyRequests(TOO_MANY)
    operations.ask(db(), person, services().doorbell)
    return redirect(url_for("archive.own"), 303)


@blueprint.post("/<uuid:archive_id>/delete")
def delete(archive_id: uuid.UUID) -> BaseResponse:
    person = me()
    operations.end(db(), queries.archive_of(db(), person, archive_id), by=person)
    flash("The archive is deleted.")
    return redirect(url_for("archive.own"), 303)


@blueprint.get("/<uuid:archive_id>.zip")
def download(archive_id: uuid.UUID) -> BaseResponse:
    person = me()
    archive = queries.archive_of(db(), person, archive_id)
    require_confirmed()
    _noted(archive, person)
    response = deliver(str(archive.key), CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    name = file_name(archive.asked_at, f"coaching {person.name}", archive.id, "zip")
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    return response


def _noted(archive: Archive, person: Person) -> None:
    """In the log before a byte goes out: the request itself only reads."""
    release()
    with services().database.transaction() as session:
        operations.note_download(session, archive, by=person)
