"""What this room puts into takeouts: what clips are called, and which films are somebody's own."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Rendition, RenditionKind
from veo_workflow.clips.queries import of_cycle
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.people.models import Person

# More than anybody films; the limit only keeps a runaway client from making it endless.
CLIPS_OF_A_CYCLE = 2_000

SHEETS = {
    "clips": ("title", "purpose", "stage", "state", "duration_ms", "created_at", "delete_by", "film"),
    "what_others_did_with_my_clips": ("at", "by", "action", "clip_id"),
}


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """What the clips are called and when they were made: one statement, and no footage."""
    clips = session.scalars(
        select(Clip).where(of_cycle(person, seen.cycle.id)).order_by(Clip.created_at, Clip.id).limit(CLIPS_OF_A_CYCLE)
    )
    return {"clips": [described(clip) for clip in clips]}


def described(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.id,
        "title": clip.title,
        "purpose": clip.purpose,
        "stage": clip.stage,
        "state": clip.state,
        "duration_ms": clip.duration_ms,
        "created_at": clip.created_at,
        "shared_with_coach_at": clip.shared_with_coach_at,
        "delete_by": clip.delete_by,
    }


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """The person's own clips, whom they shared them with, and what others did with them: three statements."""
    own = and_(Clip.owner_id == person.id, Clip.state.not_in(GONE))
    clips = session.scalars(select(Clip).where(own).order_by(Clip.created_at, Clip.id))
    shares = session.execute(
        select(ClipShare, Person.name)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .outerjoin(Person, Person.id == ClipShare.person_id)
        .where(own)
        .order_by(ClipShare.shared_at, ClipShare.id)
    )
    seen = session.execute(
        select(AuditEntry, Person.name)
        .join(Clip, and_(Clip.id == AuditEntry.subject_id, own))
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(AuditEntry.subject_kind == "clip", AuditEntry.person_id != person.id)
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    return {
        "clips": [described(clip) | {"cycle_id": clip.cycle_id} for clip in clips],
        "clip_shares": [
            {
                "clip_id": share.clip_id,
                "with": name,
                "until": share.until,
                "first_frame": share.first_frame,
                "last_frame": share.last_frame,
                "shows": share.shows,
                "note": share.note,
                "shared_at": share.shared_at,
                "watched_at": share.watched_at,
                "revoked_at": share.revoked_at,
            }
            for share, name in shares
        ],
        "what_others_did_with_my_clips": [
            {"clip_id": entry.subject_id, "at": entry.at, "action": entry.action, "by": name} for entry, name in seen
        ],
    }


def files_of_person(session: Session, person: Person) -> list[tuple[uuid.UUID, str, int, datetime, str]]:
    """(clip, key, bytes, when, title) of the person's own films that can be watched today: one statement."""
    rows = session.execute(
        select(Clip.id, Rendition.key, Rendition.size_bytes, Clip.created_at, Clip.title)
        .join(Rendition, and_(Rendition.clip_id == Clip.id, Rendition.kind == RenditionKind.PLAYBACK))
        .where(Clip.owner_id == person.id, Clip.state == ClipState.READY, Clip.flagged_at.is_(None))
        .order_by(Clip.created_at, Clip.id)
    )
    return [(clip_id, key, size, made_at, title) for clip_id, key, size, made_at, title in rows]
