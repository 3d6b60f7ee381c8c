import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb, allows, relations_in_school
from veo_workflow.clips.shares import operations
from veo_workflow.clips.shares.queries import share_for
from veo_workflow.clips.shares.rules import access_state
from veo_workflow.pages.exemplars import queries
from veo_workflow.people.queries import asker, require_in_school
from veo_workflow.people.signing_in import me
from veo_workflow.web import db, page_number

blueprint = Blueprint("exemplars", __name__, url_prefix="/exemplars")


@blueprint.get("")
def library() -> str:
    person, page, about = me(), page_number(), request.args.get("about", "")
    require_in_school(person, Verb.SEE, Thing.EXEMPLARS)
    relations = relations_in_school(asker(person), person.school_id)
    return render_template(
        "exemplars/library.html",
        library=queries.library(db(), person, _read(about), page=page),
        about=about,
        page=page,
        may_take_out=allows(relations, Verb.TAKE_OUT, Thing.SHARE, access_state(is_exemplar=True)),
    )


@blueprint.post("/<uuid:share_id>/take-out")
def take_out(share_id: uuid.UUID) -> Response:
    """A lead looks after the library, and sees no more of the clip than is in it."""
    person = me()
    seen = share_for(db(), person, share_id, Verb.TAKE_OUT)
    operations.take_out(db(), seen.clip, seen.share, by=person)
    flash(f"Taken out of the library. {seen.owner.given_name} is told.")
    return redirect(url_for("exemplars.library"))


def _read(about: str) -> queries.About:
    """A strategy, or a strategy and a step of it, from an address; what is neither narrows nothing."""
    strategy, _, step = about.partition("/")
    try:
        return uuid.UUID(strategy), uuid.UUID(step) if step else None
    except ValueError:
        return None, None
