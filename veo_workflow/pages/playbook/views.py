import uuid

from flask import Blueprint, render_template, request

from veo_workflow.access.policy import Thing, Verb, allows, relations_in_school
from veo_workflow.clips.shares.queries import exemplars
from veo_workflow.pages.playbook import bringing, writing
from veo_workflow.people.models import Person
from veo_workflow.people.queries import asker, require_in_school
from veo_workflow.people.signing_in import me
from veo_workflow.playbook import comparing, queries, rules
from veo_workflow.playbook.models import Strategy, StrategyVersion
from veo_workflow.web import PAGE_SIZE, db, page_number

VERSIONS_TO_CHOOSE_FROM = 100
EXEMPLARS_SHOWN = 3

blueprint = Blueprint("playbook", __name__, url_prefix="/playbook")
blueprint.register_blueprint(writing.blueprint)
blueprint.register_blueprint(bringing.blueprint)
blueprint.app_template_global("step_colour")(rules.colour_of)
blueprint.app_template_global("say_seconds")(rules.say_seconds)


@blueprint.get("")
def strategies() -> str:
    person, page = me(), page_number()
    require_in_school(person, Verb.SEE, Thing.PLAYBOOK)
    retired = request.args.get("shown") == "retired"
    words = rules.words_to_find(request.args.get("words", ""))
    found = queries.current_versions(
        db(), person.school_id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE, retired=retired, words=words
    )
    return render_template(
        "playbook/strategies.html",
        strategies=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        retired=retired,
        words=" ".join(words),
        may_change=may_change(person),
    )


@blueprint.get("/<uuid:strategy_id>")
def strategy(strategy_id: uuid.UUID) -> str:
    found = queries.strategy_at(db(), me(), strategy_id)
    standing = queries.newest_version(db(), found.id)
    return _strategy_page(found, standing, newest=standing.version)


@blueprint.get("/<uuid:strategy_id>/versions/<int(max=100000):number>")
def version(strategy_id: uuid.UUID, number: int) -> str:
    """A strategy as it was worded once."""
    found = queries.strategy_at(db(), me(), strategy_id)
    newest = queries.newest_number(db(), found.id)
    return _strategy_page(found, queries.version_numbered(db(), found.id, number), newest=newest)


@blueprint.get("/<uuid:strategy_id>/compare")
def compare(strategy_id: uuid.UUID) -> str:
    """Two wordings beside each other: those asked for, else the newest and the one before it."""
    found = queries.strategy_at(db(), me(), strategy_id)
    newest = queries.newest_number(db(), found.id)
    asked = (_number("old", max(1, newest - 1)), _number("new", newest))
    older, newer = (queries.version_numbered(db(), found.id, number) for number in sorted(asked))
    return render_template(
        "playbook/compare.html",
        strategy=found,
        older=older,
        newer=newer,
        found=comparing.compare(queries.words_of(older), queries.words_of(newer)),
        wordings=queries.wordings(db(), found.id, limit=VERSIONS_TO_CHOOSE_FROM),
    )


def _number(name: str, otherwise: int) -> int:
    said = request.args.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 6 else otherwise


def _strategy_page(found: Strategy, version: StrategyVersion, *, newest: int) -> str:
    person, page = me(), page_number()
    shown = exemplars(db(), person, strategy_id=found.id, limit=EXEMPLARS_SHOWN + 1)
    listed = queries.wordings(db(), found.id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "playbook/strategy.html",
        strategy=found,
        version=version,
        wordings=listed[:PAGE_SIZE],
        newest=newest,
        page=page,
        more=len(listed) > PAGE_SIZE,
        exemplars=shown[:EXEMPLARS_SHOWN],
        more_exemplars=len(shown) > EXEMPLARS_SHOWN,
        may_change=may_change(person),
    )


def may_change(person: Person) -> bool:
    return allows(relations_in_school(asker(person), person.school_id), Verb.CHANGE, Thing.PLAYBOOK)
