import io
import uuid
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing
from veo_workflow.clips.queries import clip_for
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.database import now
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.takeout.moments import operations, queries
from veo_workflow.takeout.moments.chapters import vtt
from veo_workflow.takeout.moments.elan import eaf
from veo_workflow.takeout.moments.rules import Film
from veo_workflow.takeout.moments.table import table
from veo_workflow.takeout.person.writing import Writer
from veo_workflow.takeout.rules import file_name
from veo_workflow.takeout.views import sent_as_file
from veo_workflow.web import db, release, services

blueprint = Blueprint("moments", __name__)

KINDS = {"csv": "text/csv", "vtt": "text/vtt", "eaf": "application/xml"}


@blueprint.get("/clips/<uuid:clip_id>/moments")
def of_clip(clip_id: uuid.UUID) -> str:
    """Where what is marked on a clip is taken along; what it holds is not shown here."""
    seen = clip_for(db(), me(), clip_id)
    require_confirmed()
    return render_template("takeout/moments.html", seen=seen, film=queries.of_clip(db(), me(), seen))


@blueprint.get("/clips/<uuid:clip_id>/moments.<any(csv, vtt, eaf):kind>")
def clip_file(clip_id: uuid.UUID, kind: str) -> Response:
    person = me()
    seen = clip_for(db(), person, clip_id)
    require_confirmed()
    film = queries.of_clip(db(), person, seen)
    _noted(lambda session: operations.note_clip(session, seen.clip, by=person))
    return sent_as_file(_written(kind, [film]), KINDS[kind], film.file_name(kind))


@blueprint.get("/cycles/<uuid:cycle_id>/review/moments.<any(csv, vtt, eaf):kind>")
def review_file(cycle_id: uuid.UUID, kind: str) -> Response:
    """The review's moments: one table, or of the kinds that speak of one film each a ZIP with a file for every clip."""
    person = me()
    seen = cycle_for(db(), person, cycle_id, thing=Thing.REVIEW)
    require_confirmed()
    films = queries.of_review(db(), person, seen)
    cycle = seen.cycle
    named = (cycle.opened_at, f"moments {cycle.focus}", cycle.id)
    _noted(lambda session: operations.note_review(session, cycle, by=person))
    if kind == "csv":
        return sent_as_file(_written(kind, films), KINDS[kind], file_name(*named, kind))
    return sent_as_file(_packed(kind, films), "application/zip", file_name(*named, "zip"))


def _noted(note: Callable[[Session], None]) -> None:
    """In the log before a byte goes out: the request itself only reads."""
    release()
    with services().database.transaction() as session:
        note(session)


def _written(kind: str, films: Sequence[Film]) -> bytes:
    """Films as one table, or one film as a file of another kind."""
    if kind == "csv":
        return table(films).encode()
    return vtt(films[0]).encode() if kind == "vtt" else eaf(films[0], now())


def _packed(kind: str, films: Sequence[Film]) -> bytes:
    out = io.BytesIO()
    with Writer(out, now()) as archive:
        for film in films:
            archive.words(film.file_name(kind), _written(kind, [film]))
    return out.getvalue()
