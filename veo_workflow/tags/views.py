import uuid
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import Verb
from veo_workflow.clips.models import RenditionKind
from veo_workflow.clips.progress import latest
from veo_workflow.clips.queries import ClipCard, ClipSeen, OnItsWay, clip_for, said
from veo_workflow.clips.rules import can_try_again
from veo_workflow.clips.shares.queries import lasting_shares
from veo_workflow.cycles.adapting.queries import adaptations_of
from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.people.models import Person
from veo_workflow.people.signing_in import me
from veo_workflow.tags import operations, queries, rules
from veo_workflow.tags.models import Tag
from veo_workflow.tags.replies.queries import Said, replies_to, reply_json
from veo_workflow.tags.self_first.queries import turn_of
from veo_workflow.web import db, release, sent_json, services

blueprint = Blueprint("tags", __name__)


@blueprint.get("/clips/<uuid:clip_id>")
def studio(clip_id: uuid.UUID) -> str | BaseResponse:
    person = me()
    seen = clip_for(db(), person, clip_id)
    if seen.clip.flagged_at is not None:
        return redirect(url_for("flags.page", clip_id=clip_id))
    watchers = said(seen.clip, seen.pair, lasting_shares(db(), [clip_id])[clip_id], is_owner=seen.is_owner)
    if seen.film is None:
        return _on_its_way(seen, watchers)
    strategies = strategies_in_use(db(), seen.cycle.id)
    in_use = [step for strategy in strategies for step in strategy.steps]
    moments = queries.moments_of_clip(db(), person, clip_id, in_use)
    steps = queries.number_steps(strategies, [moment.step for moment in moments if moment.step])
    adaptations = adaptations_of(db(), seen.cycle.id)
    release()
    return render_template(
        "tags/studio.html",
        seen=seen,
        watchers=watchers,
        other=seen.pair.other(person.id),
        steps=steps,
        adaptations=adaptations,
        moments=moments,
        studio=_for_the_page(person, seen, steps, moments),
    )


def _on_its_way(seen: ClipSeen, watchers: str) -> str:
    again = can_try_again(seen.clip.state, seen.clip.reason_code)
    card = ClipCard(seen.clip, seen.cycle, seen.pair, seen.is_owner, watchers, has_poster=False, can_try_again=again)
    return render_template("tags/on_its_way.html", card=card)


def _for_the_page(
    person: Person,
    seen: ClipSeen,
    steps: list[queries.NumberedStep],
    moments: list[queries.TaggedMoment],
) -> dict[str, Any]:
    """What the studio's modules start from; times are ms."""
    clip = seen.clip
    return {
        "clip": for_the_player(seen),
        "converting": _converting(seen),
        "me": str(person.id),
        "other": seen.pair.other(person.id).given_name,
        "alone": seen.is_owner and not clip.is_open_to_coach,
        "tags_url": url_for("tags.everything", clip_id=clip.id),
        "share_url": url_for("tags.share", clip_id=clip.id),
        "finish_url": url_for("self_first.finish", clip_id=clip.id),
        "turn": _turn_json(person, seen),
        "steps": [_step_json(numbered) for numbered in steps],
        "lead_ms": rules.LEAD_MS,
        "lag_ms": rules.LAG_MS,
        "tags": [_tag_json(moment.tag, moment.author, moment.replies) for moment in moments],
    }


def for_the_player(seen: ClipSeen) -> dict[str, Any]:
    """What a page that plays the clip starts from; times are ms, the rate is a numerator and a denominator."""
    clip = seen.clip
    return {
        "id": str(clip.id),
        "edition": clip.edition,
        "duration_ms": clip.duration_ms,
        "frames": operations.frames_of(clip),
        "rate": [clip.frame_rate.numerator, clip.frame_rate.denominator],
        "media": _media(seen),
    }


def _media(seen: ClipSeen) -> dict[str, str]:
    return {
        kind.value: url_for("clips.media", clip_id=seen.clip.id, kind=kind.value)
        for kind in seen.renditions
        if seen.serves(kind)
    }


def _converting(seen: ClipSeen) -> dict[str, Any] | None:
    """Of a clip that is watched on its preview: what has to be played, and how far the conversion has come."""
    if seen.film is None or seen.film.kind is not RenditionKind.PREVIEW:
        return None
    (progress,) = latest(services().events, [OnItsWay(seen.clip, watchable=True)])
    return {"type": seen.film.content_type, "progress": progress}


def _step_json(numbered: queries.NumberedStep) -> dict[str, Any]:
    step = numbered.step
    return {
        "id": str(step.id),
        "number": numbered.number,
        "colour": numbered.colour,
        "name": step.name,
        "title": step.title,
        "press": step.press.value,
        "lead_ms": step.lead_ms,
        "lag_ms": step.lag_ms,
        "in_use": numbered.in_use,
    }


def _tag_json(tag: Tag | queries.Mark, author: str, replies: list[Said]) -> dict[str, Any]:
    return {
        "id": str(tag.id),
        "author": {"id": str(tag.author_id), "name": author},
        "step": str(tag.step_id) if tag.step_id else None,
        "kind": tag.kind.value,
        "pressed_ms": tag.pressed_ms,
        "start_ms": tag.start_ms,
        "end_ms": tag.end_ms,
        "note": tag.note,
        "version": tag.version,
        "shared": tag.shared_at is not None,
        "replies": [reply_json(said.reply, said.author) for said in replies],
    }


@blueprint.get("/api/clips/<uuid:clip_id>/tags")
def everything(clip_id: uuid.UUID) -> Response:
    person = me()
    return everything_of(person, clip_for(db(), person, clip_id))


def everything_of(person: Person, seen: ClipSeen) -> Response:
    """Every tag that the person sees on the clip, and whose turn it is."""
    moments = queries.moments_of_clip(db(), person, seen.clip.id)
    tags = [_tag_json(moment.tag, moment.author, moment.replies) for moment in moments]
    return jsonify(tags=tags, turn=_turn_json(person, seen))


def _turn_json(person: Person, seen: ClipSeen) -> dict[str, bool]:
    turn = turn_of(db(), seen.pair, seen.clip.id, person.id)
    return {"held": turn.held, "finished": turn.finished, "other_finished": turn.other_finished}


@blueprint.put("/api/clips/<uuid:clip_id>/tags/<uuid:tag_id>")
def put(clip_id: uuid.UUID, tag_id: uuid.UUID) -> tuple[Response, int]:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TAG)
    tag, is_new = operations.put_tag(db(), seen.clip, tag_id, rules.read_tag(sent_json()), by=person)
    replies = replies_to(db(), Tag.id == tag_id)[tag_id]
    return jsonify(_tag_json(tag, person.given_name, replies)), 201 if is_new else 200


@blueprint.post("/api/clips/<uuid:clip_id>/tags/share")
def share(clip_id: uuid.UUID) -> Response:
    """The person's drafts become the pair's; the answer is every tag they see, as it stands then."""
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TAG)
    operations.share_tags(db(), seen.clip, by=person)
    return everything_of(person, seen)
