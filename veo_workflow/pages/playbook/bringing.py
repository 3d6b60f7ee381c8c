from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.audit.operations import record
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.pages.playbook.operations import bring_in as bring_in_and_tell
from veo_workflow.people.models import Person
from veo_workflow.people.queries import require_in_school
from veo_workflow.people.signing_in import me
from veo_workflow.playbook.bringing import operations, sheet
from veo_workflow.playbook.bringing.rules import FAULTS_SHOWN, KINDS, LARGEST, Read
from veo_workflow.web import db, release, rollback, services

blueprint = Blueprint("bringing", __name__)

Answer = tuple[str, int] | BaseResponse
TYPES = {"csv": "text/csv", "yaml": "application/yaml"}


@blueprint.get("/bring")
def choose() -> str:
    _lead()
    return _choosing()


@blueprint.post("/bring")
def preview() -> Answer:
    """What the file would change, or what is wrong with it. Nothing is done."""
    person = _lead()
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput("Choose a file first.")
        kind = operations.kind_of(sent.filename)
        text = operations.decoded(sent.stream.read(LARGEST + 1))
        found = operations.read(text, kind)
    except InvalidInput as problem:
        return _choosing(problem=problem), problem.status
    if found.faults:
        return _faults(found), 422
    return _preview(person, found, text, kind), 200


@blueprint.post("/bring/in")
def bring_in() -> Answer:
    person = _lead()
    text, kind = request.form.get("text", ""), request.form.get("kind", "")
    try:
        found = operations.read(text, kind)
        if found.faults:
            return _faults(found), 422
        done = bring_in_and_tell(db(), found.wanted, mark=request.form.get("mark", ""), by=person)
    except InvalidInput as problem:
        rollback()
        return _choosing(problem=problem), problem.status
    except Conflict as conflict:
        page = _preview(person, found, text, kind, conflict=conflict)
        rollback()
        return page, conflict.status
    flash(f"The playbook has {done.count('new')} new strategies, and {done.count('reworded')} in a new version.")
    return redirect(url_for("playbook.strategies"))


@blueprint.get("/playbook.<any(csv, yaml):kind>")
def take_out(kind: str) -> Response:
    person = _lead()
    content = operations.taken_out(db(), person, kind)
    release()
    with services().database.transaction() as session:  # in the log before a byte goes out
        school = person.school_id
        record(session, "playbook_exported", by=person.id, school=school, subject=("school", school))
    response = Response(content, mimetype=TYPES[kind])
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": f"playbook.{kind}"})
    return response


def _lead() -> Person:
    """The asker, if the playbook is theirs to change. Raises NotAllowed."""
    require_in_school(me(), Verb.CHANGE, Thing.PLAYBOOK)
    return me()


def _choosing(**said: Any) -> str:
    return render_template("playbook/bring.html", columns=sheet.COLUMNS, kinds=KINDS, largest=LARGEST, **said)


def _faults(found: Read) -> str:
    return _choosing(faults=found.faults[:FAULTS_SHOWN], more_faults=max(0, len(found.faults) - FAULTS_SHOWN))


def _preview(person: Person, found: Read, text: str, kind: str, **said: Any) -> str:
    plan = operations.plan(db(), person.school_id, found.wanted)
    return render_template("playbook/preview.html", plan=plan, text=text, kind=kind, **said)
