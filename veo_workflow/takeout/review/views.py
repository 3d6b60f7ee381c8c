import uuid

from flask import Blueprint, Response, render_template, request

from veo_workflow.clips.models import RenditionKind
from veo_workflow.clips.queries import renditions_of
from veo_workflow.database import now
from veo_workflow.errors import Conflict, NotAllowed
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.takeout import paper
from veo_workflow.takeout.review import operations, queries, stills
from veo_workflow.takeout.review.queries import Sheet
from veo_workflow.takeout.rules import file_name
from veo_workflow.takeout.views import sent_as_file
from veo_workflow.web import db, release, services

blueprint = Blueprint("review_paper", __name__)

MEANWHILE = "A clip was deleted, trimmed or taken back while its stills were put on paper. Make the page again."


@blueprint.get("/cycles/<uuid:cycle_id>/review/paper")
def sheet(cycle_id: uuid.UUID) -> str:
    """The review as a sheet for the browser to print; each still asks for itself whether it may be seen."""
    sheet, with_stills = _asked_for(cycle_id)
    _noted(sheet, with_stills=with_stills)
    return render_template("takeout/review/sheet.html", sheet=sheet, with_stills=with_stills)


@blueprint.get("/cycles/<uuid:cycle_id>/review/paper.pdf")
def pdf(cycle_id: uuid.UUID) -> Response:
    sheet, with_stills = _asked_for(cycle_id)
    films = renditions_of(db(), sheet.clips) if with_stills else {}
    _noted(sheet, with_stills=with_stills)
    playback = {
        clip_id: kinds[RenditionKind.PLAYBACK] for clip_id, kinds in films.items() if RenditionKind.PLAYBACK in kinds
    }
    pictures = stills.pictures(services(), sheet.lines, playback) if with_stills else {}
    html = render_template(
        "takeout/review/paper.html",
        sheet=sheet,
        with_stills=with_stills,
        pictures=pictures,
        by=me().name,
        today=now(),
        ours=paper.OURS,
        theirs=paper.PICTURES,
    )
    release()
    made = paper.printed(html, pictures)
    if with_stills:
        _check_clips(sheet)
    cycle = sheet.page.seen.cycle
    return sent_as_file(made, "application/pdf", file_name(cycle.opened_at, f"review {cycle.focus}", cycle.id, "pdf"))


def _asked_for(cycle_id: uuid.UUID) -> tuple[Sheet, bool]:
    """The sheet, and whether it has stills: these are footage, and only its owner takes footage out of the house."""
    sheet = queries.sheet_for(db(), me(), cycle_id)
    with_stills = request.args.get("stills") == "on"
    if with_stills and not sheet.may_have_stills:
        coachee = sheet.page.seen.pair.coachee.given_name
        raise NotAllowed(
            f"Stills are footage: only {coachee} can put them on paper. Without them it is yours to print."
        )
    require_confirmed()
    return sheet, with_stills


def _noted(sheet: Sheet, *, with_stills: bool) -> None:
    """In the log before a byte goes out: the request itself only reads."""
    release()
    with services().database.transaction() as session:
        stills_of = sheet.clips.values() if with_stills else ()
        operations.note(session, sheet.page.seen.cycle, stills_of, by=me())


def _check_clips(sheet: Sheet) -> None:
    """Whoever withdraws a clip while its stills are put on paper comes first. Raises Conflict."""
    with services().database.reading() as session:
        if not queries.are_as_they_were(session, list(sheet.clips.values())):
            raise Conflict(MEANWHILE)
