import uuid

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import Verb
from veo_workflow.clips.models import ClipState
from veo_workflow.clips.queries import ClipSeen, clip_for
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.removal import operations, rules
from veo_workflow.reviews.queue.queries import written_of
from veo_workflow.tags.operations import frames_of
from veo_workflow.tags.queries import presses_on
from veo_workflow.tags.views import for_the_player
from veo_workflow.web import db, rollback, services

blueprint = Blueprint("removal", __name__)


@blueprint.get("/clips/<uuid:clip_id>/withdraw")
def ask(clip_id: uuid.UUID) -> str:
    """What would be gone, before it is; whoever asks has just said who they are (SAFEGUARDING D5)."""
    seen = clip_for(db(), me(), clip_id, Verb.WITHDRAW)
    require_confirmed()
    return render_template("removal/withdraw.html", seen=seen, written=len(written_of(db(), clip_id)))


@blueprint.post("/clips/<uuid:clip_id>/withdraw")
def withdraw(clip_id: uuid.UUID) -> BaseResponse:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.WITHDRAW)
    require_confirmed()
    operations.withdraw(db(), seen.clip, by=person)
    return redirect(url_for("pages.cycle", cycle_id=seen.cycle.id))


@blueprint.get("/clips/<uuid:clip_id>/trim")
def trim(clip_id: uuid.UUID) -> BaseResponse | str:
    seen = clip_for(db(), me(), clip_id, Verb.TRIM)
    if seen.clip.state is not ClipState.READY:
        return redirect(url_for("tags.studio", clip_id=clip_id))
    return _trim_page(seen, (0, frames_of(seen.clip) - 1), None)


@blueprint.post("/clips/<uuid:clip_id>/trim")
def trim_now(clip_id: uuid.UUID) -> BaseResponse | tuple[str, int]:
    person = me()
    wanted = rules.read_trim(request.form)
    try:
        seen = clip_for(db(), person, clip_id, Verb.TRIM)
        operations.trim(db(), seen.clip, wanted, services().doorbell, by=person)
    except (Conflict, InvalidInput) as problem:
        rollback()
        seen = clip_for(db(), person, clip_id, Verb.TRIM)
        if seen.clip.state is not ClipState.READY:
            raise
        return _trim_page(seen, (wanted.first, wanted.last), problem), problem.status
    return redirect(url_for("tags.studio", clip_id=clip_id))


@blueprint.get("/api/clips/<uuid:clip_id>/trim")
def what_goes(clip_id: uuid.UUID) -> Response:
    """How much goes when the frames `first` to `last` are kept: the sentence that warns, and what it counts."""
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TRIM)
    clip, (first, last) = seen.clip, rules.read_span(request.args)
    rate, frames = clip.frame_rate, frames_of(clip)
    rules.check_span(first, last, frames=frames, frame_rate=rate)
    presses, written = presses_on(db(), person, seen), written_of(db(), clip_id)
    going = rules.going(presses, written, first, last, frame_rate=rate, owner=clip.owner_id)
    coach = seen.pair.coach.given_name
    sentence = rules.warning(going, first, last, frames=frames, frame_rate=rate, other=coach)
    return jsonify(sentence=sentence, moments=going.moments, words=len(going.written))


def _trim_page(seen: ClipSeen, span: tuple[int, int], problem: Conflict | InvalidInput | None) -> str:
    clip = seen.clip
    return render_template(
        "removal/trim.html",
        seen=seen,
        span=span,
        problem=problem,
        trim={
            "clip": for_the_player(seen),
            "shortest": rules.shortest(clip.frame_rate),
            "asks": url_for("removal.what_goes", clip_id=clip.id),
        },
    )
