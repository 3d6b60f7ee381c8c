import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for

from veo_workflow.clips.models import RenditionKind
from veo_workflow.people.signing_in import me
from veo_workflow.tags.agreement import rules
from veo_workflow.tags.agreement.queries import Moment, Wanted, agreement_page
from veo_workflow.tags.views import for_the_player
from veo_workflow.web import asked_id, db, page_number

blueprint = Blueprint("agreement", __name__)

ASKED = ("within", "whose", "page", "moment")


@blueprint.get("/clips/<uuid:clip_id>/agreement")
def page(clip_id: uuid.UUID) -> str:
    whose = rules.read_whose(request.args.get("whose", ""))
    wanted = Wanted(rules.read_tolerance(request.args.get("within", "")), whose, page_number())
    shown = agreement_page(db(), me(), clip_id, wanted)
    seen = shown.seen
    return render_template(
        "tags/agreement/page.html",
        page=shown,
        seen=seen,
        chosen=_chosen(shown.moments),
        tolerances=rules.TOLERANCES_MS,
        asking=_asking,
        plays=seen.serves(RenditionKind.PLAYBACK),
        agreement={"clip": for_the_player(seen)},
    )


def _chosen(moments: list[Moment]) -> Moment | None:
    asked = asked_id("moment")
    named = (moment for moment in moments if asked in {tag.id for tag in moment.tags})
    return next(named, moments[0] if moments else None)


def _asking(**changes: Any) -> str:
    """An address of this page that keeps what was asked for, but for `changes`."""
    asked = {name: request.args[name] for name in ASKED if name in request.args}
    return url_for("agreement.page", **{**(request.view_args or {}), **asked, **changes})
