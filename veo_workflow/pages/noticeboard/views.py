import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.errors import InvalidInput
from veo_workflow.notices import operations, queries
from veo_workflow.notices.models import MailChoice
from veo_workflow.pages.noticeboard.leading import GONE, leads_on
from veo_workflow.pages.noticeboard.queries import notices_of
from veo_workflow.pages.noticeboard.words import WORDS
from veo_workflow.people.signing_in import me
from veo_workflow.web import PAGE_SIZE, db, page_number, services

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
def board() -> str:
    page, person = page_number(), me()
    lines = notices_of(db(), person, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "notices/board.html",
        lines=lines[:PAGE_SIZE],
        page=page,
        more=len(lines) > PAGE_SIZE,
        mail=queries.mail_choice(db(), person.id),
        mail_is_sent=bool(services().settings.smtp_host),
    )


@blueprint.post("/<uuid:notice_id>/open")
def follow(notice_id: uuid.UUID) -> Response:
    """Read a notice and go where it leads, or hear here that it leads nowhere for its reader any more."""
    person = me()
    notice = operations.read(db(), person.id, notice_id)
    said = WORDS[notice.kind]
    if not leads_on(db(), person, said, notice.subject_id):
        flash(GONE)
        return redirect(url_for("notices.board"), 303)
    where: dict[str, Any] = {said.key: notice.subject_id} if said.key else {}
    return redirect(url_for(said.endpoint, **where), 303)


@blueprint.post("/read")
def read_all() -> Response:
    operations.read_all(db(), me().id)
    return redirect(url_for("notices.board"))


@blueprint.post("/mail")
def choose_mail() -> Response:
    """Raises InvalidInput."""
    if request.form.get("mail") not in set(MailChoice):
        raise InvalidInput("Choose whether you want letters.")
    operations.choose_mail(db(), me().id, MailChoice(request.form["mail"]))
    flash("Kept.")
    return redirect(url_for("notices.board"))
