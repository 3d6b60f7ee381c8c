import uuid
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.cycles.pairing.operations import change_coach, end_pair
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people import operations
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.pairing import queries
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.roster import queries as roster
from veo_workflow.people.roster import rules as words
from veo_workflow.people.roster.operations import pairs_now
from veo_workflow.people.signing_in import me
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number, sent_id

blueprint = Blueprint("pairs", __name__)


@blueprint.get("/pairs")
def everybody() -> str:
    return _pairs_page(_lead(Verb.SEE))


@blueprint.post("/pairs")
def make() -> tuple[str, int] | Response:
    lead, form = _lead(Verb.CHANGE), request.form
    try:
        made = operations.make_pair(
            db(),
            coach=_chosen(lead, "coach"),
            coachee=_chosen(lead, "coachee"),
            starts_on=_first_day(),
            ends_on=None,
            by=lead.id,
        )
    except (InvalidInput, Conflict) as problem:
        return _pairs_page(lead, sent=form, problem=problem), problem.status
    _say_whether_it_fits(made)
    return redirect(url_for("pairs.everybody"))


@blueprint.get("/pairs/<uuid:pair_id>/end")
def ask(pair_id: uuid.UUID) -> str:
    lead = _lead(Verb.SEE)
    return _end_page(lead, queries.pair_at_school(db(), lead.school_id, pair_id))


@blueprint.post("/pairs/<uuid:pair_id>/end")
def end(pair_id: uuid.UUID) -> Response:
    lead = _lead(Verb.CHANGE)
    end_pair(db(), queries.pair_at_school(db(), lead.school_id, pair_id, lock=True), by=lead.id)
    return redirect(url_for("pairs.everybody"))


@blueprint.post("/pairs/<uuid:pair_id>/coach")
def pair_again(pair_id: uuid.UUID) -> tuple[str, int] | Response:
    lead = _lead(Verb.CHANGE)
    pair = queries.pair_at_school(db(), lead.school_id, pair_id, lock=True)
    try:
        made = change_coach(db(), pair, _chosen(lead, "coach"), starts_on=_today(lead), by=lead.id)
    except (InvalidInput, Conflict) as problem:
        return _end_page(lead, pair, problem=problem), problem.status
    _say_whether_it_fits(made)
    return redirect(url_for("pairs.everybody"))


def _lead(verb: Verb) -> Person:
    """The asker, if the pairs of their school are theirs to arrange. Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.PAIRS)
    return person


def _chosen(lead: Person, side: str) -> Person:
    return queries.member(db(), lead.school_id, sent_id(request.form.get(side)))


def _say_whether_it_fits(made: Pair) -> None:
    """A pair more than somebody can take is made all the same; whoever makes it hears of it."""
    person, coach = roster.coach_at_school(db(), made.school_id, made.coach_id)
    if said := words.over_capacity(person.name, pairs_now(db(), person.id), coach.capacity):
        flash(said)


def _today(lead: Person) -> date:
    return local_day(now(), school_of(db(), lead).timezone)


def _first_day() -> date:
    try:
        return date.fromisoformat(request.form.get("starts_on", ""))
    except ValueError:
        said = "Write the day from which the pair works together."
        raise InvalidInput(said, fields={"starts_on": "Choose a day, for example 2026-09-01."}) from None


def _pairs_page(lead: Person, **said: Any) -> str:
    page, past_page, name = page_number(), page_number("past"), request.args.get("name", "").strip()[:120]
    pairs = queries.pairs_of_school(
        db(), lead.school_id, ended=False, name=name, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE
    )
    past = queries.pairs_of_school(
        db(), lead.school_id, ended=True, name=name, limit=PAGE_SIZE + 1, offset=(past_page - 1) * PAGE_SIZE
    )
    return render_template(
        "people/pairing/pairs.html",
        pairs=pairs[:PAGE_SIZE],
        page=page,
        more=len(pairs) > PAGE_SIZE,
        past=past[:PAGE_SIZE],
        past_page=past_page,
        more_past=len(past) > PAGE_SIZE,
        name=name,
        total=queries.count_active(db(), lead.school_id),
        choices=roster.choices(db(), lead.school_id),
        words=words,
        today=_today(lead),
        **said,
    )


def _end_page(lead: Person, pair: Pair, **said: Any) -> str:
    choices = [each for each in roster.choices(db(), lead.school_id) if each.id not in (pair.coach_id, pair.coachee_id)]
    return render_template(
        "people/pairing/end.html",
        pair=pair,
        choices=choices,
        words=words,
        today=_today(lead),
        sent=request.form,
        **said,
    )
