import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.pages.playbook.operations import reword as reword_and_tell
from veo_workflow.people.models import Person
from veo_workflow.people.queries import require_in_school
from veo_workflow.people.signing_in import me
from veo_workflow.playbook import operations, queries
from veo_workflow.playbook.models import Strategy
from veo_workflow.playbook.rules import COLOURS, Described, StrategyWords, read_strategy
from veo_workflow.playbook.writing import form
from veo_workflow.web import db, rollback, version_sent

blueprint = Blueprint("writing", __name__)

Answer = str | tuple[str, int] | Response


@blueprint.get("/new")
def new() -> str:
    require_in_school(me(), Verb.CHANGE, Thing.PLAYBOOK)
    return _page(None, form.EMPTY, after=0)


@blueprint.post("/new")
def add() -> Answer:
    person = me()
    require_in_school(person, Verb.CHANGE, Thing.PLAYBOOK)
    if request.form.get("do", "save") != "save":
        return _rearranged(None)
    said = _said()
    try:
        version = operations.add(db(), _read(said), by=person)
    except InvalidInput as problem:
        return _page(None, said, after=0, problem=problem), problem.status
    flash(f"{version.title} is in the playbook.")
    return redirect(url_for("playbook.strategy", strategy_id=version.strategy_id, saved="new"))


@blueprint.get("/<uuid:strategy_id>/change")
def change(strategy_id: uuid.UUID) -> str:
    strategy = _to_change(me(), strategy_id)
    standing = queries.newest_version(db(), strategy.id)
    return _page(strategy, form.written(queries.words_of(standing)), after=standing.version)


@blueprint.post("/<uuid:strategy_id>/change")
def reword(strategy_id: uuid.UUID) -> Answer:
    person = me()
    strategy = _to_change(person, strategy_id)
    if request.form.get("do", "save") != "save":
        return _rearranged(strategy)
    said, after = _said(), version_sent("after")
    try:
        version, is_new = reword_and_tell(db(), strategy, _read(said), after=after, by=person)
    except InvalidInput as problem:
        return _page(strategy, said, after=after, problem=problem), problem.status
    except Conflict as conflict:
        page = _page(strategy, said, after=conflict.details["theirs"].version, conflict=conflict)
        rollback()
        return page, conflict.status
    if is_new:
        flash(f"Version {version.version} is saved. Pairs that use an earlier one keep its words, and hear of it.")
    else:
        flash(f"Nothing had changed, so version {version.version} stands.")
    return redirect(url_for("playbook.strategy", strategy_id=strategy_id))


@blueprint.post("/<uuid:strategy_id>/retire")
def retire(strategy_id: uuid.UUID) -> Response:
    person = me()
    operations.retire(db(), _to_change(person, strategy_id), by=person)
    flash("It is retired: no cycle can choose it any more, and those that use it go on with it.")
    return redirect(url_for("playbook.strategy", strategy_id=strategy_id))


@blueprint.post("/<uuid:strategy_id>/bring-back")
def bring_back(strategy_id: uuid.UUID) -> Response:
    person = me()
    operations.bring_back(db(), _to_change(person, strategy_id), by=person)
    flash("It is back in the playbook.")
    return redirect(url_for("playbook.strategy", strategy_id=strategy_id))


def _to_change(person: Person, strategy_id: uuid.UUID) -> Strategy:
    strategy = queries.strategy_at(db(), person, strategy_id)
    require_in_school(person, Verb.CHANGE, Thing.PLAYBOOK)
    return strategy


def _said() -> Described:
    return form.without_empty_lines(form.typed(request.form.to_dict(flat=False)))


def _read(said: Described) -> StrategyWords:
    """Raises InvalidInput."""
    words, faults = read_strategy(said)
    if words is None:
        sentence = faults[0].sentence if len(faults) == 1 else f"{len(faults)} things need another look."
        raise InvalidInput(
            f"{sentence} Nothing is saved yet.", fields={fault.field: fault.sentence for fault in reversed(faults)}
        )
    return words


def _rearranged(strategy: Strategy | None) -> str:
    """The form with its steps or links in another order; nothing is saved."""
    typed = form.typed(request.form.to_dict(flat=False))
    said, focus, happened = form.rearranged(typed, request.form["do"])
    return _page(strategy, said, after=version_sent("after"), focus=focus, happened=happened)


def _page(strategy: Strategy | None, said: Described, *, after: int, **more: Any) -> str:
    return render_template(
        "playbook/writing.html",
        strategy=strategy,
        said=said,
        after=after,
        colours=COLOURS,
        returned=request.method == "POST",
        **more,
    )
