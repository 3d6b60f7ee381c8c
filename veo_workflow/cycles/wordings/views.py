import uuid

from flask import Blueprint, render_template

from veo_workflow.cycles.queries import cycle_for
from veo_workflow.cycles.wordings import queries
from veo_workflow.cycles.wordings.rules import compare
from veo_workflow.errors import NotFound
from veo_workflow.people.signing_in import me
from veo_workflow.web import db

blueprint = Blueprint("wordings", __name__)

LAST = 1_000_000


@blueprint.get("/cycles/<uuid:cycle_id>/goal/<int:old>/<int:new>")
def beside(cycle_id: uuid.UUID, old: int, new: int) -> str:
    seen = cycle_for(db(), me(), cycle_id)
    if max(old, new) > LAST:
        raise NotFound()
    earlier, later = queries.two_wordings(db(), cycle_id, min(old, new), max(old, new))
    return render_template(
        "cycles/wordings/beside.html",
        seen=seen,
        earlier=earlier,
        later=later,
        parts=compare(queries.words_of(earlier), queries.words_of(later)),
    )
