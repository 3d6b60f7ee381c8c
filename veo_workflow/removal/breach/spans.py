"""When somebody could watch, as it was at the time: put together by the database itself.

What opened a clip to somebody (sharing with the coach, a share) and what closed it to them (a hold, a flag, the end of
the pair or of the clip) are spans.  They could watch while one that opens lasted and none that closes did.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import UtcDateTime
from veo_workflow.people.models import Pair, Person
from veo_workflow.removal.breach.asking import Asked
from veo_workflow.removal.holds.models import Hold, HoldRequest, Wish

Rows: TypeAlias = Select[*tuple[Any, ...]]

OPENS, CLOSES = literal(1, Integer), literal(0, Integer)
NEVER, NO_DAY = null().cast(UtcDateTime), null().cast(Date)
SHARED, TAKEN_BACK = ("clip_shared_with_coach",), ("clip_unshared_with_coach", "unshared_with_coach_again")
FLAGGED = ("clip_flagged", "flagged_again")
TAKEN_OFF = ("clip_unflagged", "unflagged_again", "clip_trimmed", "trimmed_again")


def of_owners(asked: Asked) -> Rows:
    """Until the clip is gone or their account is closed, whatever hides it from others."""
    until = _earlier(Clip.__table__.c.ended_at, Person.__table__.c.disabled_at)
    owner = (Person.name, literal("owner"), Clip.id, Person.name, Clip.created_at, NO_DAY, Clip.id)
    return (
        select(Clip.created_at, until, *owner)
        .join(Person, Person.id == Clip.owner_id)
        .where(Clip.school_id == asked.school_id, asked.about(Clip.__table__.c.owner_id))
    )


def of_viewings(asked: Asked) -> Rows:
    """Two had agreed that one of them watches a held clip: both are named."""
    either, owner = aliased(Person), aliased(Person)
    watches = HoldRequest.asked_by_id == either.id
    right = case((watches, "viewing under a hold"), else_="second person of a viewing")
    return (
        select(
            HoldRequest.answered_at,
            HoldRequest.ends_at,
            *(either.name, right, Clip.id, owner.name, Clip.created_at, NO_DAY, HoldRequest.id),
        )
        .join(Hold, Hold.id == HoldRequest.hold_id)
        .join(Clip, Clip.id == Hold.clip_id)
        .join(owner, owner.id == Clip.owner_id)
        .join(either, or_(watches, HoldRequest.second_id == either.id))
        .where(HoldRequest.wish == Wish.VIEW, HoldRequest.agreed.is_(True))
        .where(Clip.school_id == asked.school_id, asked.about(either.id))
    )


def of_others(asked: Asked) -> Rows:
    """Coaches and those it was shared with, without the time in which it was closed to them."""
    rights = union_all(_coaches(asked), _holders(asked)).cte("rights")
    spans = union_all(*(part(rights) for part in _SPANS)).cte("spans")
    open_spans = _while_open(spans)
    told = (rights.c.who, rights.c.what, rights.c.clip_id, rights.c.whose, rights.c.uploaded, rights.c.last_day)
    joined = select(open_spans.c.since, open_spans.c.until, *told, rights.c.key)
    return joined.join(rights, rights.c.key == open_spans.c.key)


def _coaches(asked: Asked) -> Rows:
    coach, owner = aliased(Person), aliased(Person)
    return (
        select(
            Clip.id.label("key"),
            Clip.id.label("clip_id"),
            coach.name.label("who"),
            literal("coach").label("what"),
            owner.name.label("whose"),
            Clip.created_at.label("uploaded"),
            NO_DAY.label("last_day"),
            Clip.shared_with_coach_at.label("opened"),
            _earlier(Pair.__table__.c.ended_at, Clip.__table__.c.ended_at).label("ended"),
        )
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .join(coach, coach.id == Pair.coach_id)
        .join(owner, owner.id == Clip.owner_id)
        .where(Clip.school_id == asked.school_id, asked.about(Pair.__table__.c.coach_id))
    )


def _holders(asked: Asked) -> Rows:
    holder, owner, named = aliased(Person), aliased(Person), ClipShare.__table__.c.person_id
    return (
        select(
            ClipShare.id,
            ClipShare.clip_id,
            func.coalesce(holder.name, "everybody at the school"),
            case((named.is_(None), "shared with everybody"), else_="shared by name"),
            owner.name,
            Clip.created_at,
            ClipShare.until,
            ClipShare.shared_at,
            _earlier(ClipShare.__table__.c.revoked_at, Clip.__table__.c.ended_at),
        )
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(holder, holder.id == ClipShare.person_id)
        .where(Clip.school_id == asked.school_id)
        .where(or_(asked.about(named), named.is_(None) if asked.clip is None else ~true()))
    )


def _opened(rights: CTE) -> Rows:
    """What is open now has been since then, whatever the log says."""
    return _span(rights, rights.c.opened, NEVER, OPENS).where(rights.c.opened.is_not(None))


def _ended(rights: CTE) -> Rows:
    return _span(rights, rights.c.ended, NEVER, CLOSES).where(rights.c.ended.is_not(None))


def _was_shared(rights: CTE) -> Rows:
    return _logged(rights, SHARED, TAKEN_BACK, OPENS, of=rights.c.what == "coach")


def _was_flagged(rights: CTE) -> Rows:
    return _logged(rights, FLAGGED, TAKEN_OFF, CLOSES, of=true())


def _was_held(rights: CTE) -> Rows:
    return _span(rights, Hold.placed_at, Hold.lifted_at, CLOSES).join(Hold, Hold.clip_id == rights.c.clip_id)


def _is_held(rights: CTE) -> Rows:
    held = and_(Clip.id == rights.c.clip_id, Clip.held_at.is_not(None))
    return _span(rights, Clip.held_at, NEVER, CLOSES).join(Clip, held)


def _is_flagged(rights: CTE) -> Rows:
    flagged = and_(Clip.id == rights.c.clip_id, Clip.flagged_at.is_not(None))
    return _span(rights, Clip.flagged_at, NEVER, CLOSES).join(Clip, flagged)


_SPANS: tuple[Callable[[CTE], Rows], ...] = (
    _opened,
    _ended,
    _was_shared,
    _was_flagged,
    _was_held,
    _is_held,
    _is_flagged,
)


def _logged(
    rights: CTE, begins: tuple[str, ...], ends: tuple[str, ...], does: ColumnElement[int], *, of: ColumnElement[bool]
) -> Rows:
    """From each entry of the log that begins it until the next that speaks of it."""
    in_turn: dict[str, Any] = {"partition_by": rights.c.key, "order_by": (AuditEntry.at, AuditEntry.id)}
    entries = (
        select(rights.c.key, AuditEntry.action, AuditEntry.at, func.lead(AuditEntry.at).over(**in_turn).label("next"))
        .join(AuditEntry, AuditEntry.subject_id == rights.c.clip_id)
        .where(of, AuditEntry.action.in_((*begins, *ends)))
        .subquery()
    )
    return _span(entries, entries.c.at, entries.c.next, does).where(entries.c.action.in_(begins))


def _span(source: CTE | Subquery, since: Any, until: Any, does: ColumnElement[int]) -> Rows:
    named = (type_coerce(since, UtcDateTime).label("since"), type_coerce(until, UtcDateTime).label("until"))
    return select(source.c.key, *named, does.label("does")).select_from(source)


def _while_open(spans: CTE) -> Subquery:
    """(key, since, until): running sums of what has begun and not ended, and of them only where the answer changes."""
    opens, closes = spans.c.does, 1 - spans.c.does
    begins = select(spans.c.key, spans.c.since.label("at"), opens.label("opens"), closes.label("closes"))
    ends = select(spans.c.key, spans.c.until, -opens, -closes).where(spans.c.until.is_not(None))
    steps = union_all(begins, ends).subquery()
    in_turn: dict[str, Any] = {"partition_by": steps.c.key, "order_by": steps.c.at}
    open_now = and_(
        func.sum(func.sum(steps.c.opens)).over(**in_turn) > 0, func.sum(func.sum(steps.c.closes)).over(**in_turn) == 0
    )
    moments = (
        select(steps.c.key, steps.c.at, case((open_now, 1), else_=0).label("is_open"))
        .group_by(steps.c.key, steps.c.at)
        .subquery()
    )
    by_key: dict[str, Any] = {"partition_by": moments.c.key, "order_by": moments.c.at}
    before = func.lag(moments.c.is_open, 1, 0).over(**by_key).label("before")
    compared = select(moments, before).subquery()
    by_change: dict[str, Any] = {"partition_by": compared.c.key, "order_by": compared.c.at}
    changed = (
        select(
            compared.c.key, compared.c.at, compared.c.is_open, func.lead(compared.c.at).over(**by_change).label("next")
        )
        .where(compared.c.is_open != compared.c.before)
        .subquery()
    )
    open_ones = select(changed.c.key, changed.c.at.label("since"), changed.c.next.label("until"))
    return open_ones.where(changed.c.is_open == 1).subquery()


def _earlier(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of two moments, either of which may never come."""
    return case((or_(other.is_(None), one < other), one), else_=other)
