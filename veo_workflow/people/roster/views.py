import re
import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.people.pairing.queries import member
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.roster import operations, queries, rules
from veo_workflow.people.signing_in import me
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number, rollback, sent_id

blueprint = Blueprint("roster", __name__, url_prefix="/coaches")


@blueprint.get("")
def everybody() -> str:
    return _roster_page(_lead(Verb.SEE))


@blueprint.post("")
def add() -> tuple[str, int] | Response:
    lead, sent = _lead(Verb.CHANGE), request.form.to_dict()
    try:
        person = member(db(), lead.school_id, sent_id(sent.get("person")))
        operations.join(db(), person, rules.read_facts(sent), by=lead.id)
    except (InvalidInput, Conflict) as problem:
        return _roster_page(lead, sent=sent, problem=problem), problem.status
    return redirect(url_for("roster.everybody"))


@blueprint.get("/<uuid:person_id>")
def one(person_id: uuid.UUID) -> str:
    person, coach = queries.coach_at_school(db(), _lead(Verb.SEE).school_id, person_id)
    return _coach_page(person, {**rules.typed(queries.facts_of(coach)), "version": str(coach.version)})


@blueprint.post("/<uuid:person_id>")
def alter(person_id: uuid.UUID) -> tuple[str, int] | Response:
    lead, sent = _lead(Verb.CHANGE), request.form.to_dict()
    person, coach = queries.coach_at_school(db(), lead.school_id, person_id)
    try:
        facts = rules.read_facts(sent)
        operations.alter(db(), coach, facts, version=_version(sent), by=lead.id)
    except InvalidInput as wrong:
        return _coach_page(person, sent, problem=wrong), wrong.status
    except Conflict as conflict:
        return _coach_page(person, {**sent, "version": conflict.details["version"]}, conflict=conflict), conflict.status
    return redirect(url_for("roster.everybody"))


@blueprint.post("/<uuid:person_id>/stop")
def stop(person_id: uuid.UUID) -> tuple[str, int] | Response:
    lead = _lead(Verb.CHANGE)
    person, coach = queries.coach_at_school(db(), lead.school_id, person_id)
    try:
        operations.stop(db(), person, by=lead.id)
    except InvalidInput as has_pairs:
        rollback()
        sent = {**rules.typed(queries.facts_of(coach)), "version": str(coach.version)}
        return _coach_page(person, sent, problem=has_pairs), has_pairs.status
    return redirect(url_for("roster.everybody"))


def _lead(verb: Verb) -> Person:
    """The asker, if the roster of their school is theirs to keep. Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.ROSTER)
    return person


def _version(sent: dict[str, str]) -> int:
    """What the form was filled from; an unreadable one is never the present one."""
    version = sent.get("version", "")
    return int(version) if re.fullmatch(r"[0-9]{1,9}", version) else -1


def _roster_page(lead: Person, **said: Any) -> str:
    page, name = page_number(), request.args.get("name", "").strip()[:120]
    found = queries.coaches_of(db(), lead.school_id, name=name, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    coaches, room = queries.whole_roster(db(), lead.school_id)
    today = local_day(now(), school_of(db(), lead).timezone)
    fresh = {"since": today.isoformat(), "capacity": str(rules.USUAL)}
    return render_template(
        "people/roster/roster.html",
        found=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        name=name,
        coaches=coaches,
        room=room,
        others=[choice for choice in queries.choices(db(), lead.school_id) if choice.facts is None],
        today=today,
        words=rules,
        **{"sent": fresh, **said},
    )


def _coach_page(person: Person, sent: dict[str, str], **said: Any) -> str:
    return render_template(
        "people/roster/coach.html",
        coach=person,
        sent=sent,
        pairs=operations.pairs_now(db(), person.id),
        today=local_day(now(), school_of(db(), person).timezone),
        **said,
    )
