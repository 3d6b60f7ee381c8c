"""Pure decisions about a trim: what may be kept, what goes with the rest, and how that is said."""

import math
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from veo_workflow.errors import InvalidInput
from veo_workflow.tags.rules import frame_at
from veo_workflow.wording import clock

SHORTEST = Fraction(1, 2)  # seconds
NAMED = 6  # moments of which a warning says where they are


@dataclass(frozen=True)
class Trim:
    """What somebody asks to keep: the frames `first` to `last`, on the edition of the clip they looked at.

    `told` is how many moments they were told would go, `words` of how many the review says something.
    """

    first: int
    last: int
    edition: int
    told: int
    words: int = 0


@dataclass(frozen=True)
class Going:
    """The moments that go with the rest: how many, out of how many, and how many of them the other one's.

    `written` is where those begin, in ms, of which the pair's review says something.
    """

    moments: int
    out_of: int
    theirs: int
    written: tuple[int, ...] = ()


def read_trim(sent: Mapping[str, str]) -> Trim:
    """A trim from a form. Raises InvalidInput."""
    return Trim(*read_span(sent), *_numbers({"words": "0", **sent}, "edition", "told", "words"))


def read_span(sent: Mapping[str, str]) -> tuple[int, int]:
    """The first and the last frame to keep. Raises InvalidInput."""
    first, last = _numbers(sent, "first", "last")
    return first, last


def _numbers(sent: Mapping[str, str], *names: str) -> list[int]:
    try:
        return [int(sent[name]) for name in names]
    except (KeyError, ValueError):
        raise InvalidInput("Choose where the clip starts and where it ends, then try again.") from None


def shortest(frame_rate: Fraction) -> int:
    """The least number of frames that can be kept."""
    return math.ceil(SHORTEST * frame_rate)


def check_span(first: int, last: int, *, frames: int, frame_rate: Fraction) -> None:
    """Raises InvalidInput for a span that reaches out of the clip, is the whole of it, or hardly anything."""
    if not 0 <= first <= last < frames:
        raise InvalidInput("That part is not within the clip. Choose the start and the end again.", code="span")
    if last - first + 1 == frames:
        raise InvalidInput("All of the clip would stay. Move its start or its end first.", code="span")
    if last - first + 1 < shortest(frame_rate):
        raise InvalidInput("Keep at least half a second: move the start or the end further out.", code="span")


def going(
    presses: Iterable[tuple[int, uuid.UUID]],
    written: Iterable[tuple[int, int]],
    first: int,
    last: int,
    *,
    frame_rate: Fraction,
    owner: uuid.UUID,
) -> Going:
    """What becomes of the moments; `presses` are (ms, author), `written` as in `words_going`."""
    everything = list(presses)
    gone = [author for ms, author in everything if not first <= frame_at(ms, frame_rate) <= last]
    words = words_going(written, first, last, frame_rate=frame_rate)
    return Going(len(gone), len(everything), sum(author != owner for author in gone), words)


def words_going(written: Iterable[tuple[int, int]], first: int, last: int, *, frame_rate: Fraction) -> tuple[int, ...]:
    """Where those moments begin that the review speaks of and that go; `written` are (press, start) in ms.

    The press decides, as in `tags.rules.kept`.
    """
    return tuple(start for press, start in written if not first <= frame_at(press, frame_rate) <= last)


def warning(what: Going, first: int, last: int, *, frames: int, frame_rate: Fraction, other: str) -> str:
    """`12:40 of 15:00 goes for good, and with it 3 of 8 moments (2 of them Priya’s).`

    Where the pair's review speaks of some: `…, and what your review says of the ones at 0:12 and 1:05.`
    """
    picture = f"{_rest_of(frames / frame_rate, (last - first + 1) / frame_rate)} goes for good"
    if not what.moments:
        return f"{picture}{_all_stay(what.out_of)}."
    of_them = _theirs(what, other)
    return f"{picture}, and with it {what.moments} of {_counted(what.out_of)}{of_them}{_words(what.written)}."


def _rest_of(whole: Fraction, kept: Fraction) -> str:
    """Both in seconds. What goes and what stays add up to the whole as people read it, in whole seconds."""
    rest = clock(1000 * (math.floor(whole) - math.floor(kept))) if whole - kept >= 1 else "Less than a second"
    return f"{rest} of {clock(1000 * math.floor(whole))}"


def _all_stay(moments: int) -> str:
    if not moments:
        return ""
    return "; its one moment stays" if moments == 1 else f"; all its {moments} moments stay"


def _theirs(what: Going, other: str) -> str:
    if not what.theirs:
        return ""
    if what.theirs < what.moments:
        return f" ({what.theirs} of them {other}’s)"
    return f" ({other}’s)" if what.moments == 1 else f" (all of them {other}’s)"


def _words(starts: tuple[int, ...]) -> str:
    if not starts:
        return ""
    times = [clock(start) for start in starts[:NAMED]]
    if len(starts) > NAMED:
        times.append(f"{len(starts) - NAMED} more")
    said = f"{', '.join(times[:-1])} and {times[-1]}" if len(times) > 1 else times[0]
    return f", and what your review says of the {'ones' if len(times) > 1 else 'one'} at {said}"


def _counted(moments: int) -> str:
    return f"{moments} moment{'' if moments == 1 else 's'}"
