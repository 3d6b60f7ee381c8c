"""The films of shared moments: made by upkeep, so that no byte outside the moment can be reached by its share.

A cut that only copies begins at a keyframe, up to half a second early, and hides that with an edit list: good enough
for the pair, who may see all of it.  What somebody else may watch is encoded anew, as for a trim, and has these frames
and no other.  Until that is done the share says that it is being prepared.
"""

import logging
import math
import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from veo_workflow import media
from veo_workflow.clips.arrival import limits_of
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Rendition, RenditionKind
from veo_workflow.clips.shares import rules
from veo_workflow.clips.shares.queries import lasting
from veo_workflow.database import database_now
from veo_workflow.errors import VeoError
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services

log = logging.getLogger(__name__)

AT_ONCE = 2  # upkeep stops after the round it is at
FORGET_AT_ONCE = 50
BEHIND = timedelta(hours=12)  # a day of which UTC knows no more may last in a school for so long


@dataclass(frozen=True)
class _Due:
    """A shared moment without its film, on the clip as it was read."""

    share_id: uuid.UUID
    clip_id: uuid.UUID
    attempt: int
    playback_key: str
    span: media.Span

    @property
    def key(self) -> str:
        return rules.film_name(self.playback_key.rpartition("/")[0], (self.span.first, self.span.last))


def prepare(services: Services) -> int:
    """Make the films that are missing, a few at a time; returns how many can be watched now that could not before."""
    with services.database.reading() as session:
        due = _due(session, (database_now(session) - BEHIND).date())
    return sum(_prepare(services, each) for each in due)


def _due(session: Session, today: date) -> list[_Due]:
    rows = session.execute(
        select(ClipShare, Clip, Rendition.key)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(Rendition, (Rendition.clip_id == Clip.id) & (Rendition.kind == RenditionKind.PLAYBACK))
        .where(
            lasting(today),
            ClipShare.first_frame.is_not(None),
            ClipShare.film_key.is_(None),
            ClipShare.film_tries < rules.FILM_TRIES,
            Clip.state == ClipState.READY,
        )
        .order_by(ClipShare.shared_at, ClipShare.id)
        .limit(AT_ONCE)
    )
    return [
        _Due(share.id, clip.id, clip.attempt, key, media.Span(*share.frames, clip.frame_rate))
        for share, clip, key in rows
        if share.frames
    ]


def _prepare(services: Services, due: _Due) -> bool:
    """What cannot be made of one share must not keep the others."""
    try:
        if services.storage.head(due.key) is None:
            _make(services, due)
        return _publish(services, due)
    except VeoError as error:
        log.warning("share %s: no film, %s", due.share_id, error.code)
        _count_try(services, due)
        return False


def _make(services: Services, due: _Due) -> None:
    limits = replace(limits_of(services.settings), max_seconds=math.inf)
    with folder_in(services.settings.scratch, "moment") as folder, services.storage.local(due.playback_key) as source:
        made = media.convert(source, folder, limits, kept=due.span)
        files = {output.kind: output for output in made.outputs}
        poster, film = files[RenditionKind.POSTER], files[RenditionKind.PLAYBACK]
        services.storage.put(rules.poster_beside(due.key), poster.path, poster.content_type)
        services.storage.put(due.key, film.path, film.content_type)


def _publish(services: Services, due: _Due) -> bool:
    """Whoever erases changes the rows first and empties storage afterwards; here it is the other way round.

    So one of the two sees the other: what has been taken back, trimmed or withdrawn meanwhile is forgotten again.
    """
    as_it_was = exists().where(Clip.id == due.clip_id, Clip.attempt == due.attempt, Clip.state == ClipState.READY)
    with services.database.transaction() as session:
        published = session.scalar(
            update(ClipShare)
            .where(
                ClipShare.id == due.share_id,
                ClipShare.revoked_at.is_(None),
                ClipShare.first_frame == due.span.first,
                ClipShare.last_frame == due.span.last,
                as_it_was,
            )
            .values(film_key=due.key)
            .returning(ClipShare.id)
        )
    if published is None:
        _forget_unless_wanted(services, due.key)
    return published is not None


def _count_try(services: Services, due: _Due) -> None:
    with services.database.transaction() as session:
        session.execute(
            update(ClipShare).where(ClipShare.id == due.share_id).values(film_tries=ClipShare.film_tries + 1)
        )


def forget(services: Services) -> int:
    """Remove the films of shares that have ended, where no other share of the same moment lasts."""
    with services.database.reading() as session:
        ended = ClipShare.film_key.is_not(None) & ClipShare.revoked_at.is_not(None)
        due = session.execute(select(ClipShare.id, ClipShare.film_key).where(ended).limit(FORGET_AT_ONCE)).all()
    for share_id, key in due:
        _forget_unless_wanted(services, str(key))
        with services.database.transaction() as session:
            session.execute(update(ClipShare).where(ClipShare.id == share_id).values(film_key=None))
    return len(due)


def _forget_unless_wanted(services: Services, key: str) -> None:
    other = aliased(ClipShare)
    with services.database.reading() as session:
        wanted = session.scalar(select(other.id).where(other.film_key == key, other.revoked_at.is_(None)).limit(1))
    if wanted is None:
        services.storage.delete(rules.poster_beside(key))
        services.storage.delete(key)
