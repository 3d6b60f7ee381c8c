"""What besides erased clips must not come back with a backup: read from the rows and the log of who did what."""

import enum
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Pair, Person, PersonRole
from veo_workflow.removal.holds.models import Hold
from veo_workflow.removal.models import Trimming


class What(enum.StrEnum):
    """What was done, in the order in which it is done again."""

    LIFTED = "hold_lifted"
    HELD = "held"
    ENDED = "ended"
    TRIMMED = "trimmed"
    UNSHARED = "unshared_with_coach"
    REVOKED = "share_ended"
    FLAGGED = "flagged"
    UNFLAGGED = "unflagged"
    FILE = "attachment_removed"
    EVIDENCE = "evidence_removed"
    RESOURCE = "resource_taken_back"
    PAIR = "pair_ended"
    LEFT = "account_closed"
    RETURNED = "account_opened"
    ROLES = "roles_changed"
    PASSWORD = "password_set"  # noqa: S105 - the name of what was done, not a password
    SECOND_STEP = "second_step_changed"


IN_THE_LOG = {
    "clip_unflagged": What.UNFLAGGED,
    "attachment_removed": What.FILE,
    "evidence_removed": What.EVIDENCE,
    "resource_taken_back": What.RESOURCE,
    "person_returned": What.RETURNED,
    "password_set": What.PASSWORD,
    **dict.fromkeys(
        ("authenticator_added", "authenticator_removed", "recovery_codes_made", "second_step_cleared"), What.SECOND_STEP
    ),
}
_PASSKEYS = ("passkey_added", "passkey_removed")
SECOND_STEPS = (*_PASSKEYS, *(action for action, what in IN_THE_LOG.items() if what is What.SECOND_STEP))
_UNDOES = {What.UNFLAGGED: What.FLAGGED, What.LIFTED: What.HELD, What.RETURNED: What.LEFT}


@dataclass(frozen=True)
class Change:
    """One thing that was done, by ids only: `id` is the share's, hold's, file's, piece's, pair's, person's or clip's.

    `frames` are the first and the last that a trim kept, `edition` the one it made; `told` is a hold's, `roles` what
    a person does for the whole school since.
    """

    what: What
    id: str
    at: str
    clip: str = ""
    by: str | None = None
    edition: int = 0
    frames: tuple[int, int] = (0, 0)
    told: bool = True
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, int]:
        """What is noted twice under the same key is one thing: what undoes a flag or a hold speaks of the same."""
        return _UNDOES.get(self.what, self.what).value, self.id, self.edition


def made(session: Session, since: datetime) -> list[Change]:
    """What stands of people and of clips that are not erased; of files, and what was undone, what was done `since`.

    Ten statements.
    """
    standing = (_ends, _trims, _unshared, _shares, _holds, _pairs, _leavers)
    lately = (_in_the_log, _passkeys, _roles)
    return [
        *(change for read in standing for change in read(session)),
        *(change for read in lately for change in read(session, since)),
    ]


def latest(changes: Iterable[Change]) -> list[Change]:
    """Of what was noted more than once the last, in the order in which it is done again."""
    found: dict[tuple[str, str, int], Change] = {}
    for change in sorted(changes, key=lambda each: each.at):
        found[change.key] = change
    order = list(What)
    return sorted(found.values(), key=lambda each: (order.index(each.what), each.clip, each.edition))


def _ends(session: Session) -> Iterator[Change]:
    """Clips that are gone for everybody and not erased yet, and flags that stand."""
    asked = select(Clip.id, Clip.state, Clip.ended_at, Clip.flagged_at, Clip.flagged_by_id)
    gone = Clip.state.in_(GONE) & Clip.erased_at.is_(None)
    for clip, state, ended, flagged, by in session.execute(asked.where(gone | Clip.flagged_at.is_not(None))):
        if state in GONE and ended:
            yield Change(What.ENDED, str(clip), _said(ended), clip=str(clip))
        elif flagged:
            yield Change(What.FLAGGED, str(clip), _said(flagged), clip=str(clip), by=_id(by))


def _trims(session: Session) -> Iterator[Change]:
    for row in session.scalars(select(Trimming)):
        clip, frames = str(row.clip_id), (row.first_frame, row.last_frame)
        yield Change(What.TRIMMED, clip, _said(row.asked_at), clip=clip, edition=row.edition, frames=frames)


def _unshared(session: Session) -> Iterator[Change]:
    asked = (
        select(Clip.id, func.max(AuditEntry.at))
        .join(AuditEntry, AuditEntry.subject_id == Clip.id)
        .where(Clip.state.not_in(GONE), AuditEntry.action == "clip_unshared_with_coach")
        .group_by(Clip.id)
    )
    for clip, at in session.execute(asked):
        yield Change(What.UNSHARED, str(clip), _said(at), clip=str(clip))


def _shares(session: Session) -> Iterator[Change]:
    asked = select(ClipShare.id, ClipShare.clip_id, ClipShare.revoked_at).join(Clip, Clip.id == ClipShare.clip_id)
    over = (Clip.state.not_in(GONE), ClipShare.revoked_at.is_not(None))
    for share, clip, at in session.execute(asked.where(*over)):
        if at:
            yield Change(What.REVOKED, str(share), _said(at), clip=str(clip))


def _holds(session: Session) -> Iterator[Change]:
    asked = select(Hold).join(Clip, Clip.id == Hold.clip_id).where(Clip.erased_at.is_(None))
    for hold in session.scalars(asked):
        what, at = (What.LIFTED, hold.lifted_at) if hold.lifted_at else (What.HELD, hold.placed_at)
        who = str(hold.placed_by_id)
        yield Change(what, str(hold.id), _said(at), clip=str(hold.clip_id), by=who, told=hold.is_told)


def _pairs(session: Session) -> Iterator[Change]:
    """Those in which there is something to see."""
    asked = select(Pair.id, Pair.ended_at).where(Pair.ended_at.is_not(None), Pair.id.in_(select(Cycle.pair_id)))
    for pair, at in session.execute(asked):
        if at:
            yield Change(What.PAIR, str(pair), _said(at))


def _leavers(session: Session) -> Iterator[Change]:
    for person, at in session.execute(select(Person.id, Person.disabled_at).where(Person.disabled_at.is_not(None))):
        if at:
            yield Change(What.LEFT, str(person), _said(at))


def _in_the_log(session: Session, since: datetime) -> Iterator[Change]:
    asked = select(AuditEntry.action, AuditEntry.subject_id, AuditEntry.at)
    wanted = (AuditEntry.at > since, AuditEntry.action.in_(IN_THE_LOG), AuditEntry.subject_id.is_not(None))
    for action, subject, at in session.execute(asked.where(*wanted)):
        what = IN_THE_LOG[action]
        yield Change(what, str(subject), _said(at), clip=str(subject) if what is What.UNFLAGGED else "")


def _passkeys(session: Session, since: datetime) -> Iterator[Change]:
    """Who has added or removed one: the log speaks of the passkey, and of who did it, who is its owner."""
    asked = select(AuditEntry.person_id, func.max(AuditEntry.at)).group_by(AuditEntry.person_id)
    wanted = (AuditEntry.at > since, AuditEntry.action.in_(_PASSKEYS))
    for person, at in session.execute(asked.where(*wanted, AuditEntry.person_id.is_not(None))):
        yield Change(What.SECOND_STEP, str(person), _said(at))


def of_passkeys(person: uuid.UUID) -> ColumnElement[bool]:
    """What the log says of a person's passkeys."""
    return and_(AuditEntry.person_id == person, AuditEntry.action.in_(_PASSKEYS))


def _roles(session: Session, since: datetime) -> Iterator[Change]:
    """Whose have changed, and which they are now."""
    asked = (
        select(AuditEntry.subject_id, func.max(AuditEntry.at), PersonRole.role)
        .outerjoin(PersonRole, PersonRole.person_id == AuditEntry.subject_id)
        .where(AuditEntry.at > since, AuditEntry.action == "roles_changed")
        .group_by(AuditEntry.subject_id, PersonRole.role)
        .order_by(AuditEntry.subject_id, PersonRole.role)
    )
    for (person, at), held in groupby(session.execute(asked), key=lambda row: (row[0], row[1])):
        yield Change(What.ROLES, str(person), _said(at), roles=tuple(row[2].value for row in held if row[2]))


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _id(person: uuid.UUID | None) -> str | None:
    return str(person) if person else None
