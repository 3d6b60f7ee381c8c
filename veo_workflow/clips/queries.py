import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Relation, Thing, Verb, relations_to, require
from veo_workflow.clips import rules, waiting
from veo_workflow.clips.models import Clip, ClipState, Rendition, RenditionKind
from veo_workflow.clips.shares.queries import Shared, lasting_shares
from veo_workflow.cycles.models import Cycle
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import asker, sides


@dataclass(frozen=True)
class ClipSeen:
    """A clip as one person stands to it; its cycle, pair and both people are loaded."""

    clip: Clip
    cycle: Cycle
    pair: Pair
    relations: frozenset[Relation]
    renditions: dict[RenditionKind, Rendition]

    @property
    def is_owner(self) -> bool:
        return Relation.COACHEE in self.relations

    @property
    def film(self) -> Rendition | None:
        """What can be watched now: the playback rendition, or the preview until there is one."""
        kinds = (RenditionKind.PLAYBACK, RenditionKind.PREVIEW)
        return next((self.renditions[kind] for kind in kinds if self.serves(kind)), None)

    def serves(self, kind: RenditionKind) -> bool:
        return kind in self.renditions and rules.is_served(self.clip.state, kind)


@dataclass(frozen=True)
class OnItsWay:
    """A clip whose progress is asked for; `watchable`: its preview can be watched meanwhile; `place` in the queue."""

    clip: Clip
    watchable: bool
    place: str | None = None


@dataclass(frozen=True)
class ClipCard:
    """What a list shows of a clip: who can see it, in words, and whether there is a poster to show.

    `watchable`: it is being converted, and its preview can be watched meanwhile.  `place` says how far it is from
    being next, while it waits.
    """

    clip: Clip
    cycle: Cycle
    pair: Pair
    is_owner: bool
    watchers: str
    has_poster: bool
    can_try_again: bool
    watchable: bool = False
    place: str | None = None


def clip_for(session: Session, person: Person, clip_id: uuid.UUID, verb: Verb = Verb.SEE) -> ClipSeen:
    """The clip, if the policy lets `person` do `verb` with it now: two statements, whatever the clip holds.

    Reached only through the asker's pairs; what a share lets somebody watch has an address of its own.  Raises
    NotFound, NotAllowed.
    """
    row = session.execute(
        select(Clip, Cycle)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .options(
            joinedload(Cycle.pair).joinedload(Pair.coach),
            joinedload(Cycle.pair).joinedload(Pair.coachee),
        )
        .where(
            Clip.id == clip_id,
            Clip.school_id == person.school_id,
            Clip.state.not_in(rules.GONE),
            or_(Pair.coach_id == person.id, Pair.coachee_id == person.id),
        )
    ).first()
    if row is None:
        raise NotFound()
    clip, cycle = row[0], row[1]
    relations = relations_to(asker(person), sides(cycle.pair))
    require(relations, verb, Thing.CLIP, rules.access_state(clip))
    return ClipSeen(clip, cycle, cycle.pair, relations, renditions_of(session, [clip.id])[clip.id])


def renditions_of(
    session: Session, clip_ids: Iterable[uuid.UUID]
) -> defaultdict[uuid.UUID, dict[RenditionKind, Rendition]]:
    """The published files of several clips: one statement."""
    found: defaultdict[uuid.UUID, dict[RenditionKind, Rendition]] = defaultdict(dict)
    for rendition in session.scalars(select(Rendition).where(Rendition.clip_id.in_(list(clip_ids)))):
        found[rendition.clip_id][rendition.kind] = rendition
    return found


def cards(
    session: Session,
    person: Person,
    *,
    cycle_ids: Sequence[uuid.UUID] | None = None,
    clip_ids: Sequence[uuid.UUID] | None = None,
    limit: int,
    offset: int = 0,
) -> list[ClipCard]:
    """The clips a person may see through their pairs, newest first: three statements, and one more while any waits.

    A clip its owner has not shared is in nobody else's list (SAFEGUARDING A2).
    """
    mine = Pair.coachee_id == person.id
    theirs = and_(Pair.coach_id == person.id, Pair.ended_at.is_(None), Clip.is_open_to_coach)
    rows = session.execute(
        select(Clip, Cycle)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .options(
            joinedload(Cycle.pair).joinedload(Pair.coach),
            joinedload(Cycle.pair).joinedload(Pair.coachee),
        )
        .where(
            Clip.school_id == person.school_id,
            Clip.state.not_in(rules.GONE),
            or_(mine, theirs),
            Clip.cycle_id.in_(cycle_ids) if cycle_ids is not None else true(),
            Clip.id.in_(clip_ids) if clip_ids is not None else true(),
        )
        .order_by(Clip.created_at.desc(), Clip.id)
        .limit(limit)
        .offset(offset)
    ).all()
    clips = [row[0] for row in rows]
    shares = lasting_shares(session, [clip.id for clip in clips])
    renditions = renditions_of(session, [clip.id for clip in clips])
    places = _places(session, clips)
    return [
        _card(person, clip, cycle, shares[clip.id], renditions[clip.id], places.get(clip.id)) for clip, cycle in rows
    ]


def _places(session: Session, clips: Sequence[Clip]) -> dict[uuid.UUID, str | None]:
    """What is said of the place in the queue of those that wait: at most one statement."""
    queued = [clip.id for clip in clips if clip.state is ClipState.QUEUED]
    if not queued:
        return {}
    line = waiting.line(session)
    return {clip_id: line.said_of(clip_id) for clip_id in queued}


def _card(
    person: Person,
    clip: Clip,
    cycle: Cycle,
    shares: list[Shared],
    renditions: dict[RenditionKind, Rendition],
    place: str | None,
) -> ClipCard:
    is_owner = clip.owner_id == person.id
    return ClipCard(
        clip=clip,
        cycle=cycle,
        pair=cycle.pair,
        is_owner=is_owner,
        watchers=said(clip, cycle.pair, shares, is_owner=is_owner),
        has_poster=_shows_poster(clip) and RenditionKind.POSTER in renditions,
        can_try_again=rules.can_try_again(clip.state, clip.reason_code),
        watchable=_has_preview(clip, renditions),
        place=place,
    )


def _shows_poster(clip: Clip) -> bool:
    return clip.state is ClipState.READY and clip.flagged_at is None


def _has_preview(clip: Clip, renditions: Container[RenditionKind]) -> bool:
    return RenditionKind.PREVIEW in renditions and rules.is_served(clip.state, RenditionKind.PREVIEW)


def said(clip: Clip, pair: Pair, shares: Iterable[Shared], *, is_owner: bool) -> str:
    """Who can see the clip, as one sentence."""
    coach = pair.coach.given_name if clip.is_open_to_coach and pair.ended_at is None else None
    if clip.flagged_at:
        return "Nobody can watch this"
    given = [] if clip.held_at else list(shares)
    whole = [each for each in given if each.share.frames is None]
    watchers = rules.Watchers(
        pair.coachee.given_name,
        coach,
        tuple(dict.fromkeys(each.holder.split()[0] for each in whole if each.holder)),
        everybody=any(each.share.is_exemplar for each in whole),
        moments=len(given) - len(whole),
    )
    return watchers.said_to(is_owner=is_owner)


def of_cycle(person: Person, cycle_id: uuid.UUID) -> ColumnElement[bool]:
    """The cycle's clips that the asker may see; the asker is one of its pair, which has not ended for a coach."""
    return and_(
        Clip.cycle_id == cycle_id,
        Clip.school_id == person.school_id,
        Clip.state.not_in(rules.GONE),
        or_(Clip.owner_id == person.id, Clip.is_open_to_coach),
    )


def states(session: Session, person: Person, clip_ids: Sequence[uuid.UUID]) -> list[OnItsWay]:
    """Those of the asked-for clips that the person may see, for their progress: one statement, two if any waits."""
    mine = Pair.coachee_id == person.id
    theirs = and_(Pair.coach_id == person.id, Pair.ended_at.is_(None), Clip.is_open_to_coach)
    preview = exists().where(Rendition.clip_id == Clip.id, Rendition.kind == RenditionKind.PREVIEW)
    rows = session.execute(
        select(Clip, preview)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(
            Clip.id.in_(clip_ids),
            Clip.school_id == person.school_id,
            Clip.state.not_in(rules.GONE),
            or_(mine, theirs),
        )
    ).all()
    places = _places(session, [row[0] for row in rows])
    return [
        OnItsWay(clip, has_preview and rules.is_served(clip.state, RenditionKind.PREVIEW), places.get(clip.id))
        for clip, has_preview in rows
    ]


def is_watchable(session: Session, clip: Clip) -> bool:
    """Whether there is something to watch of the clip now: at most one statement."""
    if clip.state is not ClipState.PROCESSING:
        return clip.state is ClipState.READY
    preview = (Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PREVIEW)
    return session.scalar(select(Rendition.id).where(*preview)) is not None
