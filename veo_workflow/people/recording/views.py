from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb, allows, relations_in_school
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.people.queries import asker, require_in_school, school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.models import RecordingNotice
from veo_workflow.schools.recording import operations, rules
from veo_workflow.schools.recording.queries import notice_of
from veo_workflow.web import db, rollback, version_sent

blueprint = Blueprint("recording", __name__, url_prefix="/recording-notice")


@blueprint.get("")
def read() -> str:
    person = _asker(Verb.SEE)
    relations = relations_in_school(asker(person), person.school_id)
    return render_template(
        "people/recording/read.html",
        notice=notice_of(db(), person.school_id),
        school=school_of(db(), person),
        may_write=allows(relations, Verb.CHANGE, Thing.RECORDING_NOTICE),
    )


@blueprint.get("/write")
def form() -> str:
    person = _asker(Verb.CHANGE)
    standing = notice_of(db(), person.school_id)
    return _form_page(_typed(standing, school_of(db(), person).keep_clips_days))


@blueprint.post("/write")
def write() -> tuple[str, int] | Response:
    person, sent = _asker(Verb.CHANGE), request.form.to_dict()
    try:
        words = rules.read_words(sent)
        operations.write_notice(db(), school_of(db(), person), words, after=version_sent("after"), by=person.id)
    except InvalidInput as wrong:
        return _form_page(sent, problem=wrong), wrong.status
    except Conflict as conflict:
        theirs: RecordingNotice = conflict.details["theirs"]
        page = _form_page({**sent, "after": str(theirs.number)}, conflict=conflict)
        rollback()
        return page, conflict.status
    flash("The notice holds from now on. Whoever uploads a clip confirms these words.")
    return redirect(url_for("recording.read"))


def _typed(notice: RecordingNotice | None, keep_days: int) -> dict[str, str]:
    """The notice as its form would send it."""
    kept = {"keep_days": str(keep_days), "after": "0"}
    if notice is None:
        return kept
    words = {"basis": notice.basis.value, "notice": notice.notice, "opting_out": notice.opting_out}
    return {**kept, **words, "after": str(notice.number)}


def _form_page(sent: dict[str, str], **said: Any) -> str:
    return render_template("people/recording/form.html", sent=sent, **said)


def _asker(verb: Verb) -> Person:
    """Raises NotFound, NotAllowed."""
    person = me()
    require_in_school(person, verb, Thing.RECORDING_NOTICE)
    return person
