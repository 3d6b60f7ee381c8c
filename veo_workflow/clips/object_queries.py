"""What rows say of objects: which of them are somebody's, and how many bytes they are."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from veo_workflow.clips import rules
from veo_workflow.clips.models import Clip, Job, JobState, Rendition
from veo_workflow.cycles.attachments.queries import bytes_of_files


def spoken_of(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of the keys whose objects are a clip's, or may become it: two statements.

    They are a rendition's, a still or cut of the published attempt, or anything of the attempt that is under way: a
    preview that outlived the publication of its own attempt is none of these.  Of an erased clip there is nothing left
    to speak of: what was still being made of it then goes too.  Of clips that have no row, or wait to be
    erased, nothing is said here: those are not ours to judge, or not yet.
    """
    asked = {key: rules.attempt_in_key(key) for key in keys}
    named = named_by_renditions(session, list(asked))
    rows = session.execute(
        select(Clip.id, Clip.attempt, Clip.erased_at, Job.attempt, Job.state)
        .outerjoin(Job, Job.clip_id == Clip.id)
        .where(
            Clip.id.in_({place[0] for place in asked.values() if place}),
            or_(Clip.state.not_in(rules.GONE), Clip.erased_at.is_not(None)),
        )
    )
    known = {
        clip_id: (None, None) if erased_at else (published, under_way if state is JobState.RUNNING else None)
        for clip_id, published, erased_at, under_way, state in rows
    }
    return {
        key
        for key, place in asked.items()
        if place is None or place[0] not in known or key in named or _belongs(key, place[1], *known[place[0]])
    }


def named_by_renditions(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the keys that are published: one statement."""
    return set(session.scalars(select(Rendition.key).where(Rendition.key.in_(keys))))


def _belongs(key: str, attempt: int | None, published: int | None, under_way: int | None) -> bool:
    if attempt is None:
        return False
    return attempt == under_way or (attempt == published and rules.is_on_demand(key))


def bytes_in_use(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> tuple[int, int]:
    """(the school's, the person's) bytes: what is stored, photos and PDFs too, and what uploads have reserved."""
    size = func.coalesce(func.sum(Clip.original_bytes + Clip.rendition_bytes), 0)
    held = (Clip.school_id == school_id, Clip.erased_at.is_(None))
    school = session.scalar(select(size).where(*held)) or 0
    person = session.scalar(select(size).where(*held, Clip.owner_id == person_id)) or 0
    in_school, own = bytes_of_files(session, school_id, person_id)
    return int(school) + in_school, int(person) + own
