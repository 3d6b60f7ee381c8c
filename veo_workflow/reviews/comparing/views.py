import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for

from veo_workflow.people.signing_in import me
from veo_workflow.reviews.comparing import rules
from veo_workflow.reviews.comparing.queries import Side, Wanted, comparing_page
from veo_workflow.tags.views import for_the_player
from veo_workflow.web import asked_id, db, page_number

blueprint = Blueprint("comparing", __name__)

ASKED = ("step", "then", "now", "offset", "then_page", "now_page")


@blueprint.get("/cycles/<uuid:cycle_id>/then-and-now")
def page(cycle_id: uuid.UUID) -> str:
    wanted = Wanted(
        asked_id("step"), asked_id("then"), asked_id("now"), page_number("then_page"), page_number("now_page")
    )
    shown = comparing_page(db(), me(), cycle_id, wanted)
    offset = rules.read_offset(request.args.get("offset", ""))
    return render_template(
        "reviews/comparing/page.html",
        page=shown,
        offset=offset,
        beside=_beside,
        comparing={
            "offset": offset,
            "nudge": rules.NUDGE_MS,
            "furthest": rules.FURTHEST_MS,
            "then": _for_the_pair(shown.then),
            "now": _for_the_pair(shown.now),
        },
    )


def _for_the_pair(side: Side) -> dict[str, Any] | None:
    """What one of the two pictures starts from; times are ms on its own clip."""
    if side.chosen is None or side.film is None:
        return None
    tag = side.chosen.tag
    return {"clip": for_the_player(side.film), "start": tag.start_ms, "end": tag.end_ms}


def _beside(**changes: Any) -> str:
    """An address of this page that keeps what was asked for, but for `changes`."""
    asked = {name: request.args[name] for name in ASKED if name in request.args}
    return url_for("comparing.page", **{**(request.view_args or {}), **asked, **changes})
