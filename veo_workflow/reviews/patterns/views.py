import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for

from veo_workflow.people.models import Pair
from veo_workflow.people.signing_in import me
from veo_workflow.reviews.patterns.queries import clip_patterns, cycle_patterns
from veo_workflow.reviews.patterns.rules import scale
from veo_workflow.web import db, page_number

blueprint = Blueprint("patterns", __name__)


@blueprint.get("/cycles/<uuid:cycle_id>/patterns")
def of_cycle(cycle_id: uuid.UUID) -> str:
    page = cycle_patterns(db(), me(), cycle_id, lambda seen: _whose(seen.pair), page_number())
    return render_template("reviews/patterns/cycle.html", page=page, pair=page.seen.pair, asking=_asking, scale=scale)


@blueprint.get("/clips/<uuid:clip_id>/patterns")
def of_clip(clip_id: uuid.UUID) -> str:
    page = clip_patterns(db(), me(), clip_id, lambda seen: _whose(seen.pair))
    return render_template("reviews/patterns/clip.html", page=page, pair=page.seen.pair, asking=_asking)


def _whose(pair: Pair) -> uuid.UUID | None:
    """Whose moments are asked for; None for those of both."""
    return {"coach": pair.coach_id, "coachee": pair.coachee_id}.get(request.args.get("whose", ""))


def _asking(**changes: Any) -> str:
    """An address of this page that keeps what was asked for, but for `changes`."""
    asked = {name: request.args[name] for name in ("whose", "page") if name in request.args}
    return url_for(request.endpoint or "", **{**(request.view_args or {}), **asked, **changes})
