import uuid
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Verb
from veo_workflow.cycles import operations, queries, rules
from veo_workflow.cycles.adapting.queries import adapted_strategies
from veo_workflow.cycles.models import CpdLayer, Stage
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.people.queries import active_pairs, pair_of, school_of
from veo_workflow.people.signing_in import me
from veo_workflow.playbook.queries import current_versions
from veo_workflow.schools.queries import term_on, terms
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number, rollback, sent_id, version_sent

blueprint = Blueprint("cycles", __name__, url_prefix="/cycles")


@blueprint.get("")
def everything() -> str:
    page = page_number()
    cycles = queries.cycles_of(db(), me(), limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template("cycles/everything.html", cycles=cycles[:PAGE_SIZE], page=page, more=len(cycles) > PAGE_SIZE)


@blueprint.get("/new")
def new() -> str:
    return _new_page({}, None)


@blueprint.post("/new")
def open_new() -> tuple[str, int] | Response:
    form, person = request.form, me()
    try:
        pair = pair_of(db(), person, sent_id(form.get("pair")))
        known = {str(term.id): term for term in terms(db(), person.school_id)}
        if form.get("term") not in known:
            raise InvalidInput("Choose the term this cycle belongs to.", fields={"term": "Choose a term."})
        if form.get("cpd_layer") not in set(CpdLayer):
            raise InvalidInput("Choose whom this cycle serves.", fields={"cpd_layer": "Choose one of the three."})
        cycle = operations.open_cycle(
            db(),
            pair=pair,
            term=known[form["term"]],
            focus=form.get("focus", ""),
            layer=CpdLayer(form["cpd_layer"]),
            by=person,
        )
    except InvalidInput as wrong:
        return _new_page(form.to_dict(), wrong), wrong.status
    return redirect(url_for("pages.cycle", cycle_id=cycle.id))


def _today(person: Person) -> date:
    return local_day(now(), school_of(db(), person).timezone)


def _new_page(sent: dict[str, str], problem: InvalidInput | None) -> str:
    person = me()
    return render_template(
        "cycles/new.html",
        pairs=active_pairs(db(), person),
        terms=terms(db(), person.school_id),
        present=term_on(db(), person.school_id, _today(person)),
        layers=list(CpdLayer),
        sent=sent,
        problem=problem,
    )


@blueprint.get("/<uuid:cycle_id>/goal")
def goal(cycle_id: uuid.UUID) -> str:
    seen = queries.cycle_for(db(), me(), cycle_id, Verb.CHANGE)
    return _goal_page(seen, {}, None, None)


@blueprint.post("/<uuid:cycle_id>/goal")
def write_goal(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = queries.cycle_for(db(), person, cycle_id, Verb.CHANGE)
    try:
        operations.write_goal(db(), seen.cycle, rules.read_goal(sent), after=version_sent("after"), by=person)
    except InvalidInput as wrong:
        return _goal_page(seen, sent, wrong, None), wrong.status
    except Conflict as conflict:
        page = _goal_page(seen, sent, None, conflict)
        rollback()
        return page, conflict.status
    return redirect(url_for("pages.cycle", cycle_id=cycle_id, _anchor="goal"))


def _goal_page(
    seen: queries.CycleSeen, sent: dict[str, str], problem: InvalidInput | None, conflict: Conflict | None
) -> str:
    present = queries.current_goal(db(), seen.cycle.id)
    return render_template(
        "cycles/goal.html", seen=seen, goal=present, sent=sent, problem=problem, conflict=conflict, peers=rules.PEERS
    )


@blueprint.get("/<uuid:cycle_id>/strategies")
def strategies(cycle_id: uuid.UUID) -> str:
    return _strategies_page(cycle_id, None)


@blueprint.post("/<uuid:cycle_id>/strategies")
def choose_strategies(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person = me()
    seen = queries.cycle_for(db(), person, cycle_id, Verb.CHANGE)
    try:
        wanted = [sent_id(value) for value in request.form.getlist("strategies")]
        reworded = {sent_id(value) for value in request.form.getlist("reworded")}
        operations.choose_strategies(db(), seen.cycle, wanted, reworded=reworded, by=person)
    except InvalidInput as wrong:
        return _strategies_page(cycle_id, wrong), wrong.status
    return redirect(url_for("pages.cycle", cycle_id=cycle_id, _anchor="strategies"))


def _strategies_page(cycle_id: uuid.UUID, problem: InvalidInput | None) -> str:
    seen = queries.cycle_for(db(), me(), cycle_id, Verb.CHANGE)
    used = queries.strategies_in_use(db(), cycle_id)
    current = {each.strategy_id: each for each in current_versions(db(), seen.cycle.school_id, limit=200)}
    in_use = [queries.InUse(version, current.pop(version.strategy_id, None)) for version in used]
    return render_template(
        "cycles/strategies.html",
        seen=seen,
        in_use=in_use,
        offered=list(current.values()),
        adapted=adapted_strategies(db(), cycle_id),
        problem=problem,
    )


@blueprint.post("/<uuid:cycle_id>/stage")
def move(cycle_id: uuid.UUID) -> Response:
    person = me()
    seen = queries.cycle_for(db(), person, cycle_id, Verb.CHANGE)
    if request.form.get("to") not in set(Stage):
        raise InvalidInput("Choose a stage to move to.")
    stage = Stage(request.form["to"])
    operations.move(db(), seen.cycle, stage, by=person)
    return redirect(url_for("pages.cycle", cycle_id=cycle_id, _anchor=stage.value))
