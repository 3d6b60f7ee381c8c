import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.access.policy import State, Thing, Verb, allows
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.people.models import Person
from veo_workflow.people.queries import school_of
from veo_workflow.reviews.queries import MOMENTS_ON_A_PAGE, ReviewPage, Wanted, review_moments, review_page
from veo_workflow.tags.models import Tag
from veo_workflow.tags.replies.queries import replies_to
from veo_workflow.takeout.review import rules
from veo_workflow.takeout.rules import MOMENTS_ON_PAPER


@dataclass(frozen=True)
class Sheet:
    """A review as it goes onto paper. `may_have_stills`: whether the asker may put footage there."""

    page: ReviewPage
    lines: Sequence[rules.Line]
    school: str
    may_have_stills: bool

    @property
    def more(self) -> int:
        return self.page.total - len(self.lines)

    @property
    def by_clip(self) -> list[tuple[Clip, list[rules.Line]]]:
        """The moments in their order, those of one clip that stand together under its name."""
        return [(group[0].clip, group) for group in (list(lines) for _, lines in groupby(self.lines, _clip_id))]

    @property
    def clips(self) -> dict[uuid.UUID, Clip]:
        return {line.clip.id: line.clip for line in self.lines}


def _clip_id(line: rules.Line) -> uuid.UUID:
    return line.clip.id


def sheet_for(session: Session, person: Person, cycle_id: uuid.UUID) -> Sheet:
    """The review with its first moments and their replies, in a bounded number of statements. Raises NotFound."""
    page = review_page(session, person, cycle_id, Wanted())
    moments = list(page.moments)
    while len(moments) < min(page.total, MOMENTS_ON_PAPER):
        more, _ = review_moments(session, person, cycle_id, Wanted(page=len(moments) // MOMENTS_ON_A_PAGE + 1))
        moments += more
    replies = replies_to(session, Tag.clip_id.in_({moment.clip.id for moment in moments})) if moments else {}
    return Sheet(
        page=page,
        lines=rules.on_paper(moments, replies),
        school=school_of(session, person).name,
        may_have_stills=allows(page.seen.relations, Verb.EXPORT, Thing.CLIP, State.SHARED),
    )


def are_as_they_were(session: Session, clips: Sequence[Clip]) -> bool:
    """Whether none of the clips was withdrawn, flagged, trimmed or made anew since they were read: one statement."""
    rows = session.execute(
        select(Clip.id, Clip.attempt).where(
            Clip.id.in_([clip.id for clip in clips]), Clip.state == ClipState.READY, Clip.flagged_at.is_(None)
        )
    )
    return {clip.id: clip.attempt for clip in clips} == {row[0]: row[1] for row in rows}
