import uuid

from flask import Blueprint, render_template

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.people.queries import require_in_school
from veo_workflow.people.signing_in import me
from veo_workflow.playbook import queries
from veo_workflow.web import PAGE_SIZE, db, page_number

blueprint = Blueprint("playbook", __name__, url_prefix="/playbook")


@blueprint.get("")
def strategies() -> str:
    person, page = me(), page_number()
    require_in_school(person, Verb.SEE, Thing.PLAYBOOK)
    found = queries.current_versions(db(), person.school_id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "playbook/strategies.html", strategies=found[:PAGE_SIZE], page=page, more=len(found) > PAGE_SIZE
    )


@blueprint.get("/<uuid:strategy_id>")
def strategy(strategy_id: uuid.UUID) -> str:
    versions = queries.versions_of(db(), me(), strategy_id)
    return render_template("playbook/strategy.html", version=versions[0], versions=versions)
