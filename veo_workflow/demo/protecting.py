"""Two clips of the demo that are not to be watched: one is flagged, one is on hold, so that both can be looked at."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Verb
from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.clips.queries import clip_for
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.demo.film import cut_out
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import person_by_email
from veo_workflow.removal.flags import operations as flags
from veo_workflow.removal.holds import operations as holds
from veo_workflow.removal.holds.models import Wish
from veo_workflow.services import Services

WHY_HELD = "A parent has asked in writing who can be seen by the door. It stays until that is answered."
WHY_WATCH = "To be able to tell the parent who is in the picture by the door, and for how long."
SECONDS = 4


@dataclass(frozen=True)
class Piece:
    """A few seconds of the lesson as a clip of its own: from which second on, and how many days old it is."""

    title: str
    purpose: Purpose
    start: int
    days: int


FLAGGED = Piece("Talking in fours", Purpose.PRACTICE, start=0, days=3)
HELD = Piece("Boards up on three", Purpose.PROGRESS, start=SECONDS, days=6)


def add_protected(services: Services, film: Path) -> None:
    """Ben's clip and Dan's, a few seconds of `film` each; whoever has no cycle at this time of the year gets none."""
    with services.database.reading() as session:
        nadia, ruth, ben, dan = (
            person_by_email(session, f"{name}@hazelbrook.example") for name in ("nadia", "ruth", "ben", "dan")
        )
        talk, boards = (_cycle_of(session, coachee) for coachee in (ben, dan))
    if talk is not None:
        flag_one(services, talk, film)
    if boards is not None:
        hold_one(services, boards, film, lead=nadia, second=ruth)


def _cycle_of(session: Session, coachee: Person) -> uuid.UUID | None:
    of_theirs = select(Cycle.id).join(Cycle.pair).where(Pair.coachee_id == coachee.id)
    return session.scalars(of_theirs.order_by(Cycle.opened_at.desc()).limit(1)).first()


def flag_one(services: Services, cycle_id: uuid.UUID, film: Path) -> uuid.UUID:
    """The coach has seen somebody in it who must not be shown."""

    def flag(session: Session, clip: Clip, pair: Pair) -> None:
        flags.flag(session, clip_for(session, pair.coach, clip.id, Verb.FLAG), by=pair.coach)

    return _add(services, cycle_id, film, FLAGGED, flag)


def hold_one(services: Services, cycle_id: uuid.UUID, film: Path, *, lead: Person, second: Person) -> uuid.UUID:
    """The safeguarding lead keeps it, and has asked a second person to let them watch it."""

    def hold(session: Session, clip: Clip, pair: Pair) -> None:
        placed = holds.place(session, clip, WHY_HELD, is_told=True, by=lead)
        concerned = {pair.coachee_id, pair.coach_id}
        holds.ask(session, placed, Wish.VIEW, WHY_WATCH, second=second, concerned=concerned, by=lead)

    return _add(services, cycle_id, film, HELD, hold)


def _add(
    services: Services,
    cycle_id: uuid.UUID,
    film: Path,
    piece: Piece,
    protect: Callable[[Session, Clip, Pair], None],
) -> uuid.UUID:
    with services.database.reading() as session:
        coachee = session.get_one(Cycle, cycle_id).pair.coachee
    path = film.with_name(f"{piece.title}.mov")
    cut_out(path, film, start=piece.start, seconds=SECONDS)
    clip_id = add_file(services, coachee, cycle_id, piece.purpose, path, lambda _fraction: None, share=True)
    path.unlink()
    with services.database.transaction() as session:
        clip = session.get_one(Clip, clip_id)
        clip.created_at = now() - timedelta(days=piece.days)
        protect(session, clip, session.get_one(Cycle, cycle_id).pair)
    return clip_id
