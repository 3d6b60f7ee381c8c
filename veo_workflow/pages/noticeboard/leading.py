"""Whether what a notice leads to is still there for its reader, asked as the page itself asks it."""

import uuid
from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.queries import clip_for
from veo_workflow.clips.shares.queries import share_for
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.cycles.sessions.queries import meeting_for
from veo_workflow.errors import NotAllowed, NotFound
from veo_workflow.pages.noticeboard.words import Said
from veo_workflow.people.models import Person
from veo_workflow.removal.holds.queries import asked_of, hold_for, told_hold

GONE = "That page is no longer there for you: what it was about is gone or not shared any more, or the pair has ended."

ASKS: dict[str, Callable[[Session, Person, uuid.UUID], object]] = {
    "tags.studio": clip_for,
    "flags.page": partial(clip_for, verb=Verb.FLAG),
    "sharing.page": partial(clip_for, verb=Verb.SHARE),
    "shares.watch": share_for,
    "holds.told": told_hold,
    "holds.asked": asked_of,
    "holds.one": hold_for,
    "sessions.one": meeting_for,
    "pages.cycle": cycle_for,
    "cycles.strategies": partial(cycle_for, verb=Verb.CHANGE),
    "self_first.page": cycle_for,
    "reality.picture": partial(cycle_for, thing=Thing.REALITY),
    "evidence.everything": partial(cycle_for, thing=Thing.EVIDENCE),
    "reviews.review": partial(cycle_for, thing=Thing.REVIEW),
    "practice.everything": partial(cycle_for, thing=Thing.PRACTICE),
    "resources.everything": partial(cycle_for, thing=Thing.RESOURCE),
    "conversation.page": partial(cycle_for, thing=Thing.CONVERSATION),
}


def leads_on(session: Session, person: Person, said: Said, subject: uuid.UUID) -> bool:
    """False where a pair has ended since, a clip is gone, or something is not shared any more."""
    if not said.key:
        return True
    try:
        ASKS[said.endpoint](session, person, subject)
    except (NotFound, NotAllowed):
        return False
    return True
