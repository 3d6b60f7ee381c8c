import base64
import binascii
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow import sheets
from veo_workflow.access.policy import Thing, Verb
from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import LinkPurpose, Person
from veo_workflow.people.operations import make_link
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.people.staff import operations, queries, rules
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, release, sent_id, services

blueprint = Blueprint("staff", __name__, url_prefix="/people")


@blueprint.get("/import")
def choose() -> str:
    _administrator(Verb.SEE)
    return _choose_page()


@blueprint.post("/import")
def look() -> str | tuple[str, int]:
    """What a file would do; nothing is changed by this."""
    by = _administrator(Verb.CHANGE)
    file = request.files.get("file")
    content = file.read() if file else b""
    try:
        return _look_page(content, by)
    except InvalidInput as wrong:
        return _choose_page(problem=wrong), wrong.status


@blueprint.post("/import/apply")
def apply() -> str | tuple[str, int] | BaseResponse:
    by, content = _administrator(Verb.CHANGE), _content_sent()
    require_confirmed()  # a list changes roles too
    today = local_day(now(), school_of(db(), by).timezone)
    try:
        added = operations.apply(db(), content, mark=request.form.get("mark", ""), today=today, by=by)
    except Conflict as overtaken:
        return _look_page(content, by, problem=overtaken)[0], overtaken.status
    except InvalidInput as wrong:
        return _choose_page(problem=wrong), wrong.status
    if request.form.get("letters") and services().settings.smtp_host:
        operations.ask_for_letters(db(), added, by=by)
    flash(f"Imported. {len(added)} {'colleague is' if len(added) == 1 else 'colleagues are'} new.")
    return redirect(url_for("people.everybody", waiting=1) if added else url_for("people.everybody"))


def _content_sent() -> bytes:
    """The file as the page of what it would do has kept it. Raises InvalidInput."""
    try:
        return base64.b64decode(request.form.get("content", ""), validate=True)
    except binascii.Error:
        raise InvalidInput("The file got lost on the way. Choose it again.") from None


@blueprint.get("/staff.csv")
def as_csv() -> Response:
    """Everybody with an account, as the import reads it."""
    by = _administrator(Verb.SEE)
    require_confirmed()
    staff = queries.staff_of(db(), by.school_id)
    lines = [rules.row(person) for person in staff]
    release()  # in the log before a byte goes out: the request itself only reads
    with services().database.transaction() as session:
        record(session, "staff_exported", by=by.id, school=by.school_id, subject=("school", by.school_id))
    response = Response(sheets.write(rules.HEADING, lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": "staff.csv"})
    return response


@blueprint.post("/links")
def make_links() -> str:
    """New invitation links for those chosen who have not begun, shown this once. Raises InvalidInput."""
    by = _administrator(Verb.CHANGE)
    ids = [sent_id(chosen) for chosen in request.form.getlist("person")[:PAGE_SIZE]]
    people = queries.beginners(db(), by.school_id, ids)
    if not people:
        raise InvalidInput("Nobody chosen is still to begin. Go back and look at the list again.")
    links = [(person, make_link(db(), LinkPurpose.INVITATION, person)) for person in people]
    for person in people:
        record(db(), "invitation_link_made", by=by.id, school=by.school_id, subject=("person", person.id))
    return render_template("people/staff/links.html", links=links)


@blueprint.post("/letters")
def write_letters() -> BaseResponse:
    """Invitation letters to everybody who has neither begun nor been written to. Raises InvalidInput."""
    by = _administrator(Verb.CHANGE)
    if not services().settings.smtp_host:
        raise InvalidInput("No mail server is set up here. Make links instead, and hand them out.")
    count = operations.ask_for_letters(db(), operations.everybody_unwritten(db(), by.school_id), by=by)
    flash(f"{count} {'letter is' if count == 1 else 'letters are'} on the way.")
    return redirect(url_for("people.everybody", waiting=1))


def _administrator(verb: Verb) -> Person:
    """The asker, if the people of their school are theirs to look after. Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.PEOPLE)
    return person


def _choose_page(**said: Any) -> str:
    return render_template("people/staff/choose.html", most=sheets.MOST_LINES, **said)


def _look_page(content: bytes, by: Person, **said: Any) -> tuple[str, int]:
    found = operations.what_would_change(db(), content, by=by)
    page = render_template(
        "people/staff/look.html",
        found=found,
        content=base64.b64encode(content).decode(),
        mail_is_sent=bool(services().settings.smtp_host),
        **said,
    )
    return page, InvalidInput.status if found.faults else 200
