import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.access.policy import Relation, Thing, Verb, relations_to_shared, require
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Rendition, RenditionKind
from veo_workflow.clips.rules import GONE
from veo_workflow.clips.shares import rules
from veo_workflow.cycles.models import ChosenStrategy
from veo_workflow.database import now
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person
from veo_workflow.people.queries import asker
from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.schools.models import School
from veo_workflow.schools.queries import today_at
from veo_workflow.schools.rules import DAY, local_day

SHARES_OF_A_CLIP = 200


@dataclass(frozen=True)
class Shared:
    """A share that lasts; `holder` is the named colleague's name, None for the exemplar library."""

    share: ClipShare
    holder: str | None


@dataclass(frozen=True)
class ShareSeen:
    """A share as one person stands to it, with what lets it be watched and whose lesson it is."""

    share: ClipShare
    clip: Clip
    owner: Person
    relations: frozenset[Relation]

    @property
    def is_owner(self) -> bool:
        return Relation.COACHEE in self.relations

    @property
    def length_ms(self) -> int:
        """Of what can be watched: the clip, or the moment."""
        if self.share.frames is None:
            return self.clip.duration_ms or 0
        return rules.length_ms(self.share.frames, self.clip.frame_rate)

    @property
    def can_be_watched(self) -> bool:
        """A clip that is being trimmed cannot; a moment not before its own film is there."""
        is_there = self.share.frames is None or self.share.film_key is not None
        return self.clip.state is ClipState.READY and is_there

    @property
    def is_given_up(self) -> bool:
        """Whether the moment's film could not be made."""
        return self.share.film_key is None and self.share.film_tries >= rules.FILM_TRIES


def lasting(day: date) -> ColumnElement[bool]:
    """Of a share: it has not ended, and lets somebody watch on `day`."""
    return and_(ClipShare.revoked_at.is_(None), ClipShare.until >= day)


def _reached_by(session: Session, person: Person) -> Select[ClipShare, Clip, Person]:
    """Every share that lasts at the person's school, of a clip that is there and an owner who has not left."""
    return (
        select(ClipShare, Clip, Person)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(Person, Person.id == Clip.owner_id)
        .where(
            lasting(today_at(session, person.school_id)),
            Clip.school_id == person.school_id,
            Clip.state.not_in(GONE),
            Clip.held_at.is_(None),
            Clip.flagged_at.is_(None),
            Person.disabled_at.is_(None),
        )
    )


def share_for(session: Session, person: Person, share_id: uuid.UUID, verb: Verb = Verb.SEE) -> ShareSeen:
    """The share, if the policy lets `person` do `verb` with it now: one statement.

    Reached as its owner, as its named holder, or in the school's library.  Raises NotFound, NotAllowed.
    """
    theirs = or_(
        Clip.owner_id == person.id,
        ClipShare.person_id == person.id,
        ClipShare.person_id.is_(None),
    )
    row = session.execute(_reached_by(session, person).where(ClipShare.id == share_id, theirs)).first()
    if row is None:
        raise NotFound()
    seen = _seen(person, row)
    require(seen.relations, verb, Thing.SHARE, rules.access_state(is_exemplar=seen.share.is_exemplar))
    return seen


def _seen(person: Person, row: Row[ClipShare, Clip, Person]) -> ShareSeen:
    share, clip, owner = row
    relations = relations_to_shared(asker(person), clip.school_id, owner_id=clip.owner_id, holder_id=share.person_id)
    return ShareSeen(share, clip, owner, relations)


def file_of(session: Session, seen: ShareSeen, kind: RenditionKind) -> tuple[str, str]:
    """(key, content type) of a share's film or its poster: at most one statement.

    Of a moment, its own film and never the clip's. Raises NotFound.
    """
    if not seen.can_be_watched:
        raise NotFound()
    if seen.share.film_key is not None:
        is_film = kind is RenditionKind.PLAYBACK
        key = seen.share.film_key if is_film else rules.poster_beside(seen.share.film_key)
        return key, "video/mp4" if is_film else "image/jpeg"
    found = session.scalar(select(Rendition).where(Rendition.clip_id == seen.clip.id, Rendition.kind == kind))
    if found is None:
        raise NotFound()
    return found.key, found.content_type


def shared_with(session: Session, person: Person, *, limit: int, offset: int = 0) -> list[ShareSeen]:
    """What colleagues let this person watch by name, the latest first: one statement."""
    rows = session.execute(
        _reached_by(session, person)
        .where(ClipShare.person_id == person.id)
        .order_by(ClipShare.shared_at.desc(), ClipShare.id)
        .limit(limit)
        .offset(offset)
    )
    return [_seen(person, row) for row in rows]


def exemplars(
    session: Session,
    person: Person,
    *,
    strategy_id: uuid.UUID | None = None,
    step_id: uuid.UUID | None = None,
    limit: int,
    offset: int = 0,
) -> list[ShareSeen]:
    """The school's exemplar library, the latest first: one statement."""
    asked = _reached_by(session, person).where(ClipShare.person_id.is_(None))
    if strategy_id is not None:
        asked = asked.where(ClipShare.strategy_id == strategy_id)
    if step_id is not None:
        asked = asked.where(ClipShare.step_id == step_id)
    rows = session.execute(asked.order_by(ClipShare.shared_at.desc(), ClipShare.id).limit(limit).offset(offset))
    return [_seen(person, row) for row in rows]


def exemplars_for(session: Session, person: Person, cycle_id: uuid.UUID, *, limit: int) -> list[ShareSeen]:
    """The school's exemplar library, first what speaks to the strategies of a cycle, each the latest first.

    One statement.
    """
    in_use = (
        select(StrategyVersion.strategy_id)
        .join(ChosenStrategy, ChosenStrategy.strategy_version_id == StrategyVersion.id)
        .where(ChosenStrategy.cycle_id == cycle_id)
    )
    asked = _reached_by(session, person).where(ClipShare.person_id.is_(None))
    ours_first = case((ClipShare.strategy_id.in_(in_use), 0), else_=1)
    rows = session.execute(asked.order_by(ours_first, ClipShare.shared_at.desc(), ClipShare.id).limit(limit))
    return [_seen(person, row) for row in rows]


def exemplars_among(session: Session, person: Person, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ShareSeen]:
    """Those of these exemplars that are in the school's library now, by id: one statement."""
    rows = session.execute(
        _reached_by(session, person).where(ClipShare.person_id.is_(None), ClipShare.id.in_(list(ids)))
    )
    return {row[0].id: _seen(person, row) for row in rows}


def spoken_to(session: Session, person: Person) -> list[tuple[uuid.UUID | None, uuid.UUID | None]]:
    """Each strategy and step that some exemplar of the school speaks to: one statement."""
    asked = _reached_by(session, person).where(ClipShare.person_id.is_(None), ClipShare.strategy_id.is_not(None))
    rows = session.execute(asked.with_only_columns(ClipShare.strategy_id, ClipShare.step_id).distinct().limit(500))
    return [(strategy, step) for strategy, step in rows]


def lasting_shares(session: Session, clip_ids: Iterable[uuid.UUID]) -> defaultdict[uuid.UUID, list[Shared]]:
    """Every share of these clips that lasts, of holders who have not left: one statement."""
    holder, at = aliased(Person), now()
    found: defaultdict[uuid.UUID, list[Shared]] = defaultdict(list)
    rows = session.execute(
        select(ClipShare, holder.name, School.timezone)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(School, School.id == Clip.school_id)
        .outerjoin(holder, holder.id == ClipShare.person_id)
        .where(ClipShare.clip_id.in_(list(clip_ids)), lasting(at.date() - DAY), holder.disabled_at.is_(None))
        .order_by(ClipShare.shared_at, ClipShare.id)
    )
    for share, name, timezone in rows:
        if share.until >= local_day(at, timezone):
            found[share.clip_id].append(Shared(share, name))
    return found
