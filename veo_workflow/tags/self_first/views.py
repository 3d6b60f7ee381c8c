import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.clips.queries import clip_for
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.errors import InvalidInput
from veo_workflow.people.signing_in import me
from veo_workflow.tags.self_first import operations
from veo_workflow.tags.views import everything_of
from veo_workflow.web import db

blueprint = Blueprint("self_first", __name__)

CHOICES = {"on": True, "off": False}


@blueprint.get("/cycles/<uuid:cycle_id>/self-first")
def page(cycle_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id)
    may_change = allows(seen.relations, Verb.CHANGE, Thing.CYCLE, seen.state)
    return render_template("tags/self_first/page.html", seen=seen, may_change=may_change)


@blueprint.post("/cycles/<uuid:cycle_id>/self-first")
def choose(cycle_id: uuid.UUID) -> BaseResponse:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    choice = request.form.get("self_first", "")
    if choice not in CHOICES:
        raise InvalidInput("Choose whether each of you tags alone first.")
    operations.choose(db(), seen.cycle, on=CHOICES[choice], by=person)
    flash("Kept.")
    return redirect(url_for("self_first.page", cycle_id=cycle_id))


@blueprint.put("/api/clips/<uuid:clip_id>/tags/finished")
def finish(clip_id: uuid.UUID) -> Response:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TAG)
    operations.finish(db(), seen.clip, seen.pair, by=person)
    return everything_of(person, seen)


@blueprint.delete("/api/clips/<uuid:clip_id>/tags/finished")
def go_on(clip_id: uuid.UUID) -> Response:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TAG)
    operations.go_on(db(), seen.clip, seen.pair, by=person)
    return everything_of(person, seen)
