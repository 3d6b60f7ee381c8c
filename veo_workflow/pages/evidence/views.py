import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.cycles.attachments.rules import shown_name
from veo_workflow.cycles.evidence import operations, rules
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.queries import PieceSeen, evidence_for
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, VeoError
from veo_workflow.media import Unusable
from veo_workflow.pages.attachments import forget_after_commit, hand_out
from veo_workflow.pages.evidence import files, queries
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number, release, rollback, services, version_sent

blueprint = Blueprint("evidence", __name__)


@blueprint.get("/cycles/<uuid:cycle_id>/evidence")
def everything(cycle_id: uuid.UUID) -> str:
    person, page = me(), page_number()
    seen = cycle_for(db(), person, cycle_id, Verb.SEE, Thing.EVIDENCE)
    kind = request.args.get("kind", "")
    kind = kind if kind in {queries.CLIP, *EvidenceKind} else ""
    found = queries.listed(db(), person, seen, kind, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "pages/evidence/everything.html",
        seen=seen,
        found=found,
        kind=kind,
        kinds=rules.KINDS,
        page=page,
        may_add=allows(seen.relations, Verb.CHANGE, Thing.EVIDENCE, seen.state),
    )


@blueprint.get("/cycles/<uuid:cycle_id>/evidence/new")
def new(cycle_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE, Thing.EVIDENCE)
    return _form(seen, {"kind": request.args.get("kind", ""), "gathered_by": str(me().id), "seen_on": _today()})


@blueprint.post("/cycles/<uuid:cycle_id>/evidence/new")
def add(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.EVIDENCE)
    try:
        evidence = operations.add(db(), seen.cycle, _read(seen, sent), by=person)
    except InvalidInput as wrong:
        return _form(seen, sent, problem=wrong), wrong.status
    return redirect(url_for("evidence.one", evidence_id=evidence.id, saved=1))


@blueprint.get("/evidence/<uuid:evidence_id>")
def one(evidence_id: uuid.UUID) -> str:
    return _page(evidence_for(db(), me(), evidence_id))


@blueprint.post("/evidence/<uuid:evidence_id>")
def change(evidence_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    found = evidence_for(db(), person, evidence_id, Verb.CHANGE)
    try:
        operations.change(db(), found.evidence, _read(found.seen, sent), after=version_sent("after"), by=person)
    except InvalidInput as wrong:
        return _page(found, sent=sent, problem=wrong), wrong.status
    except Conflict as conflict:
        page = _page(found, sent=sent, conflict=conflict)
        rollback()
        return page, conflict.status
    return redirect(url_for("evidence.one", evidence_id=evidence_id))


@blueprint.post("/evidence/<uuid:evidence_id>/remove")
def remove(evidence_id: uuid.UUID) -> Response:
    person = me()
    found = evidence_for(db(), person, evidence_id, Verb.WITHDRAW)
    operations.remove(db(), found, forget_after_commit, by=person)
    return redirect(url_for("evidence.everything", cycle_id=found.seen.cycle.id))


@blueprint.post("/evidence/<uuid:evidence_id>/files")
def attach(evidence_id: uuid.UUID) -> tuple[str, int] | Response:
    person = me()
    evidence_for(db(), person, evidence_id, Verb.CHANGE)
    release()
    problem: VeoError | None = None
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        problem = InvalidInput("Choose a photo or a PDF first.")
    for file in sent[: rules.MOST_FILES]:
        try:
            files.attach(services(), person, evidence_id, file)
        except (InvalidInput, Unusable) as wrong:
            problem = InvalidInput(f"{shown_name(file.filename)}: {wrong.message}" if sent[1:] else wrong.message)
    if problem is not None:
        return _page(evidence_for(db(), person, evidence_id), file_problem=problem), problem.status
    return redirect(url_for("evidence.one", evidence_id=evidence_id, _anchor="files"))


@blueprint.get("/evidence/<uuid:evidence_id>/files/<uuid:attachment_id>")
def file(evidence_id: uuid.UUID, attachment_id: uuid.UUID) -> Response:
    """Authorised anew each time."""
    person = me()
    return hand_out(evidence_for(db(), person, evidence_id).file(attachment_id), to=person)


@blueprint.post("/evidence/<uuid:evidence_id>/files/<uuid:attachment_id>/remove")
def detach(evidence_id: uuid.UUID, attachment_id: uuid.UUID) -> Response:
    person = me()
    found = evidence_for(db(), person, evidence_id, Verb.WITHDRAW)
    operations.detach(db(), found, found.file(attachment_id), forget_after_commit, by=person)
    return redirect(url_for("evidence.one", evidence_id=evidence_id, _anchor="files"))


def _today() -> str:
    return local_day(now(), school_of(db(), me()).timezone).isoformat()


def _read(seen: CycleSeen, sent: dict[str, str]) -> rules.EvidenceWords:
    pair = (seen.pair.coachee_id, seen.pair.coach_id)
    return rules.read_evidence(sent, pair=pair, today=local_day(now(), school_of(db(), me()).timezone))


def _form(seen: CycleSeen, sent: dict[str, str], *, problem: InvalidInput | None = None) -> str:
    return render_template("pages/evidence/new.html", seen=seen, sent=sent, problem=problem, kinds=rules.KINDS)


def _page(found: PieceSeen, **said: Any) -> str:
    person, seen = me(), found.seen
    may_remove = allows(seen.relations, Verb.WITHDRAW, Thing.EVIDENCE, seen.state)
    return render_template(
        "pages/evidence/one.html",
        found=found,
        kinds=rules.KINDS,
        may_change=allows(seen.relations, Verb.CHANGE, Thing.EVIDENCE, seen.state),
        may_remove=may_remove and operations.may_remove(found, person, found.evidence.written_by_id),
        removable={
            each.id for each in found.piece.files if may_remove and operations.may_remove(found, person, each.owner_id)
        },
        most_files=rules.MOST_FILES,
        **{"sent": None, "problem": None, "conflict": None, "file_problem": None, **said},
    )
