import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipSeen, said
from veo_workflow.clips.shares.queries import Shared, lasting_shares
from veo_workflow.clips.shares.rules import length_ms, usual_end
from veo_workflow.clips.watching import WATCHED
from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.pages.sharing import rules
from veo_workflow.pages.sharing.rules import Moment, Speaks
from veo_workflow.people.models import Person
from veo_workflow.schools.queries import term_on, today_at
from veo_workflow.tags.queries import moments_of_clip
from veo_workflow.web import PAGE_SIZE

FOUND_AT_MOST = 12


@dataclass(frozen=True)
class Watching:
    """Somebody played the clip: who, when, and by what right (an action of `clips.watching`)."""

    name: str
    at: datetime
    by: str


@dataclass(frozen=True)
class SharingPage:
    seen: ClipSeen
    sentence: str
    shares: list[Shared]
    colleagues: list[Person]
    more_found: bool
    moments: list[Moment]
    speaks: list[Speaks]
    watched: list[Watching]
    more_watched: bool
    until: date
    today: date
    staff: int

    @property
    def coach_sees(self) -> bool:
        return self.seen.clip.shared_with_coach_at is not None and self.seen.pair.ended_at is None

    def length_of(self, shared: Shared) -> int:
        """Of a shared moment, in ms."""
        return length_ms(shared.share.frames, self.seen.clip.frame_rate) if shared.share.frames else 0

    def begins_at(self, shared: Shared) -> int:
        """Where in the clip a shared moment begins, in ms."""
        return round(1000 * (shared.share.first_frame or 0) / self.seen.clip.frame_rate)


def sharing_page(session: Session, person: Person, seen: ClipSeen, *, find: str, page: int) -> SharingPage:
    """Everything on the coachee's page about one clip, in a fixed number of statements."""
    clip, today = seen.clip, today_at(session, seen.clip.school_id)
    shares = lasting_shares(session, [clip.id])[clip.id]
    found = colleagues_named(session, person, find)
    watched = watchings(session, clip, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    term = term_on(session, clip.school_id, today)
    return SharingPage(
        seen=seen,
        sentence=said(clip, seen.pair, shares, is_owner=True),
        shares=shares,
        colleagues=found[:FOUND_AT_MOST],
        more_found=len(found) > FOUND_AT_MOST,
        moments=moments_to_share(session, person, clip),
        speaks=rules.speaking_to(strategies_in_use(session, seen.cycle.id)),
        watched=watched[:PAGE_SIZE],
        more_watched=len(watched) > PAGE_SIZE,
        until=usual_end(today, term.ends_on if term else None, clip.delete_by),
        today=today,
        staff=count_staff(session, clip.school_id),
    )


def moments_to_share(session: Session, person: Person, clip: Clip) -> list[Moment]:
    return rules.moments(moments_of_clip(session, person, clip.id), person.id, clip.frame_rate)


def colleagues_named(session: Session, person: Person, find: str) -> list[Person]:
    """Colleagues at the person's own school with these letters in their name, by name, one more than are shown."""
    return list(
        session.scalars(
            select(Person)
            .where(
                Person.school_id == person.school_id,
                Person.id != person.id,
                Person.disabled_at.is_(None),
                Person.name.icontains(find, autoescape=True),
            )
            .order_by(Person.name, Person.id)
            .limit(FOUND_AT_MOST + 1)
        )
    )


def count_staff(session: Session, school_id: uuid.UUID) -> int:
    """How many people at the school can sign in: whom an exemplar is for."""
    held = (Person.school_id == school_id, Person.disabled_at.is_(None))
    return session.scalar(select(func.count()).select_from(Person).where(*held)) or 0


def watchings(session: Session, clip: Clip, *, limit: int, offset: int) -> list[Watching]:
    """Who else played the clip, the latest first: one statement."""
    rows = session.execute(
        select(Person.name, AuditEntry.at, AuditEntry.action)
        .join(Person, Person.id == AuditEntry.person_id)
        .where(
            AuditEntry.subject_id == clip.id,
            AuditEntry.action.in_(WATCHED),
            AuditEntry.person_id != clip.owner_id,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id)
        .limit(limit)
        .offset(offset)
    )
    return [Watching(*row) for row in rows]
