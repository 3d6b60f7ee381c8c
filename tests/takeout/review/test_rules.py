"""What of a review fits on paper."""

import uuid

import pytest

from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.people.models import Person
from veo_workflow.reviews.queries import Moment
from veo_workflow.tags.models import Reply, Tag, TagKind
from veo_workflow.tags.replies.queries import Said
from veo_workflow.takeout.review.rules import LETTERS, NOTE, on_paper
from veo_workflow.takeout.rules import MOMENTS_ON_PAPER, REPLIES_ON_PAPER, REPLY_ON_PAPER

CLIP = Clip(id=uuid.UUID(int=7), purpose=Purpose.PROGRESS)


def moment(order: int, note: str = "Calm.") -> Moment:
    tag = Tag(id=uuid.UUID(int=order), note=note, kind=TagKind.NOTE, start_ms=order * 1000, end_ms=order * 1000)
    return Moment(order, tag, CLIP, None, Person(name="Priya Nair"))


def replies(order: int, *texts: str) -> dict[uuid.UUID, list[Said]]:
    return {uuid.UUID(int=order): [Said(Reply(text=text), "Asha Khan") for text in texts]}


def test_a_long_note_is_shortened_and_a_long_talk_too() -> None:
    (line,) = on_paper([moment(1, "a" * 4000)], replies(1, "b" * 2000, *["Yes."] * (REPLIES_ON_PAPER + 3)))
    assert line.note == "a" * (NOTE - 1) + "…"
    assert line.replies[0] == ("Asha", "b" * (REPLY_ON_PAPER - 1) + "…")
    assert (len(line.replies), line.more_replies) == (REPLIES_ON_PAPER, 4)


def test_what_is_short_stands_as_it_was_written() -> None:
    (line,) = on_paper([moment(1)], replies(1, "Yes."))
    assert (line.note, line.replies, line.more_replies) == ("Calm.", [("Asha", "Yes.")], 0)


@pytest.mark.parametrize(("note", "fit"), [("Calm.", MOMENTS_ON_PAPER), ("a" * 4000, LETTERS // NOTE)])
def test_as_many_moments_are_on_paper_as_can_be_read(note: str, fit: int) -> None:
    lines = on_paper((moment(order, note) for order in range(1, 400)), {})
    assert [line.moment.order for line in lines] == list(range(1, fit + 1))
