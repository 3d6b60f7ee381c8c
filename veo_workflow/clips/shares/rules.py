"""Pure decisions about shares: what may be shared, until when, and what a trim leaves of it."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from veo_workflow.access.policy import State
from veo_workflow.errors import InvalidInput

SHORTEST, LONGEST = Fraction(1, 2), 300  # seconds of a moment that can be watched by itself
WITHOUT_A_TERM = timedelta(days=14)
SHOWS_AT_MOST = 200
FILM_TRIES = 3

Frames = tuple[int, int]


@dataclass(frozen=True)
class Wanted:
    """What a coachee asks to share.

    `person_id` is None for the exemplar library, `frames` for the whole clip; `note` is what they wrote about the
    moment and choose to show.
    """

    person_id: uuid.UUID | None
    until: date
    frames: Frames | None = None
    shows: str = ""
    note: str = ""
    strategy_id: uuid.UUID | None = None
    step_id: uuid.UUID | None = None


def check(wanted: Wanted, *, today: date, frames: int, frame_rate: Fraction) -> None:
    """`frames` and `frame_rate` are the clip's. Raises InvalidInput."""
    if wanted.until < today:
        raise InvalidInput("That day is over. Choose today or a later one.", fields={"until": "Choose a later day."})
    if len(wanted.shows) > SHOWS_AT_MOST:
        raise InvalidInput(
            "That is too long. Say it in a line or two.", fields={"shows": f"Use {SHOWS_AT_MOST} characters at most."}
        )
    if wanted.person_id is None and not wanted.shows:
        raise InvalidInput(
            "Say in a few words what it shows, so that colleagues know what to look for.",
            fields={"shows": "What does it show?"},
        )
    if wanted.frames is not None:
        _check_moment(wanted.frames, frames, frame_rate)


def _check_moment(moment: Frames, frames: int, frame_rate: Fraction) -> None:
    first, last = moment
    seconds = (last - first + 1) / frame_rate
    problem = None
    if not 0 <= first <= last < frames:
        problem = "That moment is not in the clip any more. Reload the page and choose again."
    elif seconds < SHORTEST:
        problem = "That moment is too short to be watched by itself. Choose another, or move its ends in the studio."
    elif seconds > LONGEST:
        problem = f"A moment can be {LONGEST // 60} minutes at most. Choose a shorter one, or share the whole clip."
    if problem:
        raise InvalidInput(problem, fields={"moment": problem})


def usual_end(today: date, term_ends: date | None, delete_by: date) -> date:
    """The day that is proposed: the end of the term, or two weeks; never after the clip is deleted."""
    end = term_ends if term_ends is not None and term_ends >= today else today + WITHOUT_A_TERM
    return min(end, delete_by)


def kept(moment: Frames, first: int, last: int) -> Frames | None:
    """Where a shared moment is once only the frames `first` to `last` of its clip are left; None if it is not whole."""
    if first <= moment[0] and moment[1] <= last:
        return moment[0] - first, moment[1] - first
    return None


def length_ms(moment: Frames, frame_rate: Fraction) -> int:
    return round(1000 * (moment[1] - moment[0] + 1) / frame_rate)


def film_name(attempt_prefix: str, moment: Frames) -> str:
    """The key of a moment's film: shares of the same moment have the same one."""
    return f"{attempt_prefix}/moments/{moment[0]}-{moment[1]}.mp4"


def poster_beside(film_key: str) -> str:
    return f"{film_key.removesuffix('.mp4')}.jpg"


def access_state(*, is_exemplar: bool) -> State:
    """What the policy needs to know of a share."""
    return State.IN_LIBRARY if is_exemplar else State.NAMED
