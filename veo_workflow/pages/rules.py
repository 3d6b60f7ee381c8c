"""What is somebody's next thing?  Pure decisions over plain values; `words.py` says them, `queries.py` finds the facts.

Home answers this one question (UX.md).  Things that wait for this person come before things that only go on; within a
cycle the first step of its stage that is still missing counts, and only while nothing in it waits.
"""

import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from veo_workflow.clips.models import ClipState, Purpose
from veo_workflow.clips.rules import IN_FLIGHT, can_try_again
from veo_workflow.cycles.models import Stage

FAILED = frozenset({ClipState.FAILED, ClipState.QUARANTINED})
NEWS_FOR = timedelta(days=14)
NEAR = timedelta(days=6)  # so that a weekday says which day is meant


class Kind(enum.StrEnum):
    """What a thing asks for, the most urgent first."""

    REVIEW_TO_AGREE = "review_to_agree"
    CLIP_FAILED = "clip_failed"
    MESSAGES_WAITING = "messages_waiting"
    MOMENTS_SHARED = "moments_shared"
    CLIP_TO_TAG = "clip_to_tag"
    CLIP_READY = "clip_ready"
    DRAFTS_TO_SHARE = "drafts_to_share"
    MEETING_COMING = "meeting_coming"
    SHARE_TO_WATCH = "share_to_watch"
    CLIP_COMING = "clip_coming"
    CLIP_TO_FILM = "clip_to_film"
    REALITY_TO_DESCRIBE = "reality_to_describe"
    GOAL_TO_WRITE = "goal_to_write"
    STRATEGY_TO_CHOOSE = "strategy_to_choose"
    READY_TO_LEARN = "ready_to_learn"
    PROGRESS_TO_FILM = "progress_to_film"
    READY_TO_IMPROVE = "ready_to_improve"
    REVIEW_TO_HOLD = "review_to_hold"
    CYCLE_TO_BEGIN = "cycle_to_begin"
    OTHER_TO_AGREE = "other_to_agree"


# Clips that are arriving, or not, leave room for the cycle's own next step.
PASSING = frozenset({Kind.CLIP_FAILED, Kind.CLIP_COMING})
URGENCY = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class ClipFacts:
    """A clip the asker may see, with the moments the asker may see on it."""

    id: uuid.UUID
    title: str
    state: ClipState
    purpose: Purpose
    created_at: datetime
    ready_at: datetime | None = None
    shared_at: datetime | None = None
    reason: str | None = None
    reason_code: str | None = None
    duration_ms: int | None = None
    being_trimmed: bool = False
    watchable: bool = False  # on its preview, while it is converted
    my_tags: int = 0
    my_drafts: int = 0
    fresh_from_other: int = 0  # shared by the other one since the pair last wrote in its review


@dataclass(frozen=True)
class MeetingFacts:
    """The next coaching session of a cycle; `at` is in the school's own time, `today` the day it is there now."""

    id: uuid.UUID
    at: datetime
    today: date
    is_review: bool


@dataclass(frozen=True)
class CycleFacts:
    """An open cycle as one of its pair stands to it; `other` is the other one's given name."""

    id: uuid.UUID
    focus: str
    other: str
    is_coachee: bool
    stage: Stage
    opened_at: datetime
    has_reality: bool = False
    has_goal: bool = False
    has_strategy: bool = False
    i_agreed: bool = False
    other_agreed: bool = False
    clips: tuple[ClipFacts, ...] = ()
    meeting: MeetingFacts | None = None
    unread: int = 0  # messages of the other one


@dataclass(frozen=True)
class PairFacts:
    """A pair without an open cycle."""

    id: uuid.UUID
    other: str
    is_coachee: bool


@dataclass(frozen=True)
class ShareFacts:
    """What a colleague, `owner` by given name, lets the asker watch, and the asker has not played yet."""

    id: uuid.UUID
    owner: str
    name: str
    length_ms: int
    shared_at: datetime


@dataclass(frozen=True)
class Thing:
    """One thing to do: what it is, in which cycle or pair, with which clip or share, and how many of it."""

    kind: Kind
    cycle: CycleFacts | None = None
    clip: ClipFacts | None = None
    pair: PairFacts | None = None
    share: ShareFacts | None = None
    count: int = 0


def things(
    cycles: Iterable[CycleFacts], idle_pairs: Iterable[PairFacts], at: datetime, shares: Iterable[ShareFacts] = ()
) -> list[Thing]:
    """Everything that waits, the one next thing first; what happened last comes first among equals."""
    cycles = list(cycles)
    found = [thing for cycle in cycles for thing in _of_cycle(cycle, at)]
    found += [Thing(Kind.MESSAGES_WAITING, cycle, count=cycle.unread) for cycle in cycles if cycle.unread]
    found += [Thing(Kind.CYCLE_TO_BEGIN, pair=pair) for pair in idle_pairs]
    found += [Thing(Kind.SHARE_TO_WATCH, share=share) for share in shares]
    found.sort(key=_recency, reverse=True)
    return sorted(found, key=lambda thing: URGENCY[thing.kind])


def _recency(thing: Thing) -> float:
    if thing.clip is not None:
        return thing.clip.created_at.timestamp()
    if thing.share is not None:
        return thing.share.shared_at.timestamp()
    return thing.cycle.opened_at.timestamp() if thing.cycle else 0.0


def _of_cycle(cycle: CycleFacts, at: datetime) -> list[Thing]:
    waiting = [thing for clip in cycle.clips for thing in _of_clip(cycle, clip, at)]
    if cycle.other_agreed and not cycle.i_agreed:
        return [Thing(Kind.REVIEW_TO_AGREE, cycle), *waiting]
    if cycle.i_agreed and not cycle.other_agreed:
        return [*waiting, Thing(Kind.OTHER_TO_AGREE, cycle)]
    step = _next_step(cycle) if all(thing.kind in PASSING for thing in waiting) else None
    meeting = [Thing(Kind.MEETING_COMING, cycle)] if _is_near(cycle.meeting) else []
    if meeting and step is Kind.REVIEW_TO_HOLD:  # the day on which it is held is the better news
        step = None
    return [*waiting, *meeting, Thing(step, cycle)] if step else [*waiting, *meeting]


def _is_near(meeting: MeetingFacts | None) -> bool:
    return meeting is not None and meeting.at.date() - meeting.today <= NEAR


def _of_clip(cycle: CycleFacts, clip: ClipFacts, at: datetime) -> list[Thing]:
    if clip.state in FAILED:
        return [Thing(Kind.CLIP_FAILED, cycle, clip)] if cycle.is_coachee and _is_news(clip.created_at, at) else []
    if cycle.is_coachee and clip.state in IN_FLIGHT:
        return [Thing(Kind.CLIP_COMING, cycle, clip)]
    if clip.state is not ClipState.READY:
        return []
    found = []
    if clip.fresh_from_other:
        found.append(Thing(Kind.MOMENTS_SHARED, cycle, clip, count=clip.fresh_from_other))
    if clip.my_drafts:
        found.append(Thing(Kind.DRAFTS_TO_SHARE, cycle, clip, count=clip.my_drafts))
    elif not cycle.is_coachee and not clip.my_tags and _is_news(clip.shared_at, at):
        found.append(Thing(Kind.CLIP_TO_TAG, cycle, clip))
    elif cycle.is_coachee and not clip.shared_at and not clip.my_tags and _is_news(clip.ready_at, at):
        found.append(Thing(Kind.CLIP_READY, cycle, clip))
    return found


def _is_news(happened_at: datetime | None, at: datetime) -> bool:
    """What nobody has taken up for a while was their choice: home does not go on about it for ever."""
    return happened_at is not None and at - happened_at < NEWS_FOR


def _next_step(cycle: CycleFacts) -> Kind | None:
    """The first step of the cycle's stage that is still missing, if it is this person's to take."""
    usable = [clip for clip in cycle.clips if clip.state not in FAILED]
    if cycle.stage is Stage.IDENTIFY:
        if cycle.is_coachee and not usable:
            return Kind.CLIP_TO_FILM
        if cycle.is_coachee and not cycle.has_reality and not cycle.has_goal:
            return Kind.REALITY_TO_DESCRIBE
        if not cycle.has_goal:
            return Kind.GOAL_TO_WRITE
        return Kind.READY_TO_LEARN if cycle.has_strategy else Kind.STRATEGY_TO_CHOOSE
    if cycle.stage is Stage.LEARN:
        if not cycle.has_goal:
            return Kind.GOAL_TO_WRITE
        if not cycle.has_strategy:
            return Kind.STRATEGY_TO_CHOOSE
        if any(clip.purpose is Purpose.PROGRESS for clip in usable):
            return Kind.READY_TO_IMPROVE
        return Kind.PROGRESS_TO_FILM if cycle.is_coachee else None
    return Kind.REVIEW_TO_HOLD


def may_try_again(clip: ClipFacts) -> bool:
    return can_try_again(clip.state, clip.reason_code)
