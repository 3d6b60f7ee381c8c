"""The moments that one person may see, as plain values: of a clip, and of a cycle's review."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipSeen
from veo_workflow.cycles.queries import CycleSeen, strategies_in_use
from veo_workflow.cycles.takeout import names_of
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step
from veo_workflow.reviews.queries import visible_moments
from veo_workflow.tags.models import Tag
from veo_workflow.tags.queries import TaggedMoment, moments_of_clip, number_steps
from veo_workflow.tags.replies.queries import replies_to
from veo_workflow.takeout.moments.rules import Film, Moment, Reply

# More than a pair ever marks; the limit only keeps a runaway client from making it endless.
MOMENTS_OF_A_REVIEW = 10_000


def of_clip(session: Session, person: Person, seen: ClipSeen) -> Film:
    """The person's own, drafts too, and what was shared: five statements, three where nothing is marked."""
    found = moments_of_clip(session, person, seen.clip.id)
    told = _Told(names_of(seen.pair), _numbers(session, seen.cycle.id, found))
    return told.film(seen.clip, found)


def of_review(session: Session, person: Person, seen: CycleSeen) -> list[Film]:
    """What the pair's review shows, every moment of it, by clip: four statements, three where there is none."""
    rows = session.execute(
        select(Tag, Clip, Step, Person.name)
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Person, Person.id == Tag.author_id)
        .outerjoin(Step, Step.id == Tag.step_id)
        .where(visible_moments(person, seen.cycle.id))
        .order_by(Clip.created_at, Clip.id, Tag.start_ms, Tag.id)
        .limit(MOMENTS_OF_A_REVIEW)
    ).all()
    clips = {clip.id for _, clip, _, _ in rows}
    replies = replies_to(session, Tag.clip_id.in_(clips)) if clips else {}
    found = [(clip, TaggedMoment(tag, name, step, replies.get(tag.id, []))) for tag, clip, step, name in rows]
    told = _Told(names_of(seen.pair), _numbers(session, seen.cycle.id, [one for _, one in found]))
    by_clip = groupby(found, key=lambda one: one[0])
    return [told.film(clip, [one for _, one in moments]) for clip, moments in by_clip]


def _numbers(session: Session, cycle_id: uuid.UUID, found: list[TaggedMoment]) -> dict[uuid.UUID, int]:
    numbered = number_steps(strategies_in_use(session, cycle_id), [one.step for one in found if one.step])
    return {one.step.id: one.number for one in numbered}


@dataclass(frozen=True)
class _Told:
    """How people and steps are called in the files."""

    names: Mapping[uuid.UUID, str]
    numbers: Mapping[uuid.UUID, int]

    def film(self, clip: Clip, found: list[TaggedMoment]) -> Film:
        return Film(clip.id, clip.title, clip.created_at, [self._moment(one) for one in found])

    def _moment(self, one: TaggedMoment) -> Moment:
        tag = one.tag
        return Moment(
            pressed_ms=tag.pressed_ms,
            start_ms=tag.start_ms,
            end_ms=tag.end_ms,
            number=self.numbers[one.step.id] if one.step else None,
            step=one.step.name if one.step else "",
            kind=tag.kind.value,
            note=tag.note,
            by=self.names.get(tag.author_id, one.author),
            shared=tag.shared_at is not None,
            replies=tuple(Reply(said.author, said.reply.text) for said in one.replies),
        )
