"""Every row there is, a batch at a time, in the order of ids: however large a school, memory stays as it is."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip, ClipShare, Job, Rendition, Upload, UploadState
from veo_workflow.clips.rules import GONE
from veo_workflow.database import Database
from veo_workflow.invariants.rules import Rows
from veo_workflow.tags.models import Tag
from veo_workflow.takeout.person.models import Archive

AT_ONCE = 200
FIRST, LAST = uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)


def clips(database: Database, after: uuid.UUID, upto: uuid.UUID) -> Iterator[Rows]:
    """The rows of every clip whose id lies after the one and not after the other: four statements a batch."""
    while True:
        with database.reading() as session:
            found = session.execute(
                select(Clip, Job, Upload)
                .outerjoin(Job, Job.clip_id == Clip.id)
                .outerjoin(Upload, Upload.id == Clip.id)
                .where(Clip.id > after, Clip.id <= upto)
                .order_by(Clip.id)
                .limit(AT_ONCE)
            ).all()
            batch = _with_the_rest(session, found)
        yield from batch
        if len(batch) < AT_ONCE:
            return
        after = batch[-1].clip.id


def _with_the_rest(session: Session, found: Sequence[Any]) -> list[Rows]:
    ids = [clip.id for clip, _, _ in found]
    renditions: defaultdict[uuid.UUID, list[Rendition]] = defaultdict(list)
    for each in session.scalars(select(Rendition).where(Rendition.clip_id.in_(ids))):
        renditions[each.clip_id].append(each)
    shares: defaultdict[uuid.UUID, list[ClipShare]] = defaultdict(list)
    for share in session.scalars(select(ClipShare).where(ClipShare.clip_id.in_(ids))):
        shares[share.clip_id].append(share)
    tags = _counted(session, ids, Tag.clip_id)
    return [
        Rows(clip, job, upload, renditions[clip.id], shares[clip.id], tags.get(clip.id, 0))
        for clip, job, upload in found
    ]


def _counted(session: Session, ids: Iterable[uuid.UUID], of: Any, *wanted: Any) -> dict[uuid.UUID, int]:
    rows = session.execute(select(of, func.count()).where(of.in_(list(ids)), *wanted).group_by(of))
    return {row[0]: row[1] for row in rows}


def tags(database: Database) -> Iterator[tuple[Tag, Clip]]:
    """Every tag of a clip that is not gone, with its clip: one statement a batch."""
    after = FIRST
    while True:
        with database.reading() as session:
            batch = session.execute(
                select(Tag, Clip)
                .join(Clip, Clip.id == Tag.clip_id)
                .where(Tag.id > after, Clip.state.not_in(GONE))
                .order_by(Tag.id)
                .limit(AT_ONCE)
            ).all()
        yield from ((tag, clip) for tag, clip in batch)
        if len(batch) < AT_ONCE:
            return
        after = batch[-1][0].id


def uploads_without_clip(session: Session) -> Sequence[Upload]:
    """Uploads that are not over, and whose clip has no row; a hundred are enough to know."""
    over = (UploadState.ABORTED, UploadState.EXPIRED)
    asked = select(Upload).outerjoin(Clip, Clip.id == Upload.id)
    return session.scalars(asked.where(Clip.id.is_(None), Upload.state.not_in(over)).limit(100)).all()


def unknown(session: Session, kind: str, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that nothing of that kind has, a clip or an archive."""
    asked, own = set(ids), {"clip": Clip.id, "archive": Archive.id}[kind]
    return asked - set(session.scalars(select(own).where(own.in_(list(asked)))))
