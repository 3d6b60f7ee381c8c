import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from veo_workflow.access.policy import State, Thing, Verb
from veo_workflow.cycles.learning.models import PracticeEntry
from veo_workflow.cycles.learning.practice import operations, queries, rules
from veo_workflow.cycles.queries import CycleSeen, cycle_for, strategies_in_use
from veo_workflow.database import new_id, now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.pages.learning.queries import clips_to_name, entries_page, parts_of
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number

blueprint = Blueprint("practice", __name__, url_prefix="/cycles/<uuid:cycle_id>/practice")


@blueprint.get("")
def everything(cycle_id: uuid.UUID) -> str:
    person, page = me(), page_number()
    seen = cycle_for(db(), person, cycle_id, thing=Thing.PRACTICE)
    strategies = strategies_in_use(db(), cycle_id)
    entries = entries_page(db(), person, cycle_id, strategies, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "learning/practice.html",
        seen=seen,
        entries=entries[:PAGE_SIZE],
        page=page,
        more=len(entries) > PAGE_SIZE,
        may_write=seen.is_coachee and seen.state is State.OPEN,
    )


@blueprint.get("/new")
def new(cycle_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE, Thing.PRACTICE)
    return _form_page(seen, new_id(), None)


@blueprint.get("/<uuid:entry_id>")
def one(cycle_id: uuid.UUID, entry_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE, Thing.PRACTICE)
    return _form_page(seen, entry_id, queries.entry_of(db(), cycle_id, entry_id))


@blueprint.post("/<uuid:entry_id>")
def keep(cycle_id: uuid.UUID, entry_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.PRACTICE)
    after = rules.read_after(sent)
    try:
        words = rules.read_entry(sent, local_day(now(), school_of(db(), person).timezone))
        if words.clip_id not in {None, *(clip.id for clip in clips_to_name(db(), person, cycle_id))}:
            raise InvalidInput("This is not saved yet.", fields={"clip": "This clip is gone. Choose another, or none."})
        operations.keep(db(), seen.cycle, entry_id, words, after=after, by=person)
    except InvalidInput as wrong:
        return _form_page(seen, entry_id, None, sent=sent, after=after, problem=wrong), wrong.status
    except Conflict as conflict:
        theirs: PracticeEntry | None = conflict.details["theirs"]
        standing = theirs.version if theirs else 0
        return _form_page(seen, entry_id, None, sent=sent, after=standing, conflict=conflict), conflict.status
    return redirect(url_for("practice.everything", cycle_id=cycle_id), 303)


@blueprint.post("/<uuid:entry_id>/remove")
def remove(cycle_id: uuid.UUID, entry_id: uuid.UUID) -> Response:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.PRACTICE)
    operations.remove(db(), seen.cycle, entry_id, by=person)
    flash("The entry is removed.")
    return redirect(url_for("practice.everything", cycle_id=cycle_id), 303)


def _form_page(seen: CycleSeen, entry_id: uuid.UUID, entry: PracticeEntry | None, **said: Any) -> str:
    """The form, filled from `entry` or with what was `sent`."""
    person, cycle_id = me(), seen.cycle.id
    newest = queries.entries_of(db(), cycle_id, limit=1)
    today = local_day(now(), school_of(db(), person).timezone)
    return render_template(
        "learning/practise.html",
        seen=seen,
        entry_id=entry_id,
        parts=parts_of(strategies_in_use(db(), cycle_id)),
        clips=clips_to_name(db(), person, cycle_id),
        today=today,
        since=newest[0].id if newest else "the first",
        **{"sent": _typed(entry) if entry else MultiDict(), "after": entry.version if entry else 0, **said},
    )


def _typed(entry: PracticeEntry) -> MultiDict[str, str]:
    """The entry as its form would send it."""
    typed = MultiDict(
        {
            "practised_on": entry.practised_on.isoformat(),
            "class_name": entry.class_name,
            "went": entry.went,
            "tweak": entry.tweak,
            "clip": str(entry.clip_id or ""),
        }
    )
    typed.setlist("steps", [str(step) for step in entry.step_ids])
    return typed
