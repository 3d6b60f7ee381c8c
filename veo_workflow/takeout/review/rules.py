"""Pure decisions of a review on paper: how much of it fits, and what is left out."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from veo_workflow.clips.models import Clip
from veo_workflow.reviews.queries import Moment
from veo_workflow.tags.replies.queries import Said
from veo_workflow.takeout.rules import MOMENTS_ON_PAPER, REPLIES_ON_PAPER, REPLY_ON_PAPER, shortened

LETTERS = 120_000  # of notes and replies in all: some sixty pages
NOTE = 1_200


@dataclass(frozen=True)
class Line:
    """A moment on paper: its note, replies as (name, words) and what the pair took from it, all shortened, and how many
    replies are left out.
    """

    moment: Moment
    note: str
    replies: Sequence[tuple[str, str]]
    more_replies: int
    taken: str

    @property
    def clip(self) -> Clip:
        return self.moment.clip

    @property
    def still(self) -> str:
        """Which picture is meant, as a name: two moments that begin with the same one share it."""
        return f"{self.clip.id}/{self.moment.tag.start_ms}.jpg"

    @property
    def letters(self) -> int:
        return len(self.note) + len(self.taken) + sum(len(words) for _, words in self.replies)


def on_paper(moments: Iterable[Moment], replies: Mapping[uuid.UUID, Sequence[Said]]) -> list[Line]:
    """The first moments, as many as can be read on paper."""
    lines: list[Line] = []
    left = LETTERS
    for moment in moments:
        line = _line(moment, replies.get(moment.tag.id, ()))
        left -= line.letters
        if left < 0 or len(lines) == MOMENTS_ON_PAPER:
            break
        lines.append(line)
    return lines


def _line(moment: Moment, replies: Sequence[Said]) -> Line:
    shown = [
        (said.author.split()[0], shortened(said.reply.text, REPLY_ON_PAPER)) for said in replies[:REPLIES_ON_PAPER]
    ]
    return Line(
        moment,
        shortened(moment.tag.note, NOTE),
        shown,
        max(0, len(replies) - REPLIES_ON_PAPER),
        shortened(moment.taken, NOTE),
    )
