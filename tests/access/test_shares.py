"""What each of nine people gets of a share, in every state it can be in (SAFEGUARDING A1, A4)."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.access.conftest import Case
from tests.access.rows import EVERYBODY
from tests.support.outcomes import note_cells
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.clips.shares import operations as shares
from veo_workflow.database import now
from veo_workflow.people.models import Person

ADDRESSES = ("/shared/{}", "/media/shared/{}/film", "/media/shared/{}/poster")
NAMED, LIBRARY = frozenset({"asha", "sam"}), EVERYBODY - {"olu"}
NOBODY: frozenset[str] = frozenset()
Change = Callable[[Session, Case, ClipShare], object]


def _owner(session: Session, case: Case) -> Person:
    return session.get_one(Person, case.ids.world.asha.id)


def _clip(session: Session, share: ClipShare) -> Clip:
    return session.get_one(Clip, share.clip_id)


def _over(_session: Session, _case: Case, share: ClipShare) -> None:
    share.until = now().date() - timedelta(days=1)


def _moment(_session: Session, _case: Case, share: ClipShare) -> None:
    share.first_frame, share.last_frame = 30, 60


def _left(name: str) -> Change:
    def leave(session: Session, case: Case, _share: ClipShare) -> None:
        session.get_one(Person, getattr(case.ids.world, name).id).disabled_at = now()

    return leave


def _state(state: ClipState) -> Change:
    def move(session: Session, _case: Case, share: ClipShare) -> None:
        _clip(session, share).state = state

    return move


# For each state: what brings it about, who gets the page of the named share and of the exemplar, and whether its film.
STATES: dict[str, tuple[Change, frozenset[str], frozenset[str], bool]] = {
    "lasting": (lambda *_: None, NAMED, LIBRARY, True),
    "a moment without its film": (_moment, NAMED, LIBRARY, False),
    "being trimmed": (_state(ClipState.QUEUED), NAMED, LIBRARY, False),
    "failed": (_state(ClipState.FAILED), NAMED, LIBRARY, False),
    "its day is over": (_over, NOBODY, NOBODY, False),
    "taken back": (
        lambda session, case, share: shares.take_back(
            session, _clip(session, share), share.id, by=_owner(session, case)
        ),
        NOBODY,
        NOBODY,
        False,
    ),
    "withdrawn": (
        lambda session, case, share: clips.withdraw(session, _clip(session, share), by=_owner(session, case)),
        NOBODY,
        NOBODY,
        False,
    ),
    "expired": (_state(ClipState.EXPIRED), NOBODY, NOBODY, False),
}


@pytest.mark.parametrize("kind", ["share", "exemplar"])
@pytest.mark.parametrize("state", STATES)
def test_a_share_is_watched_by_those_it_is_for_in_the_states_it_is_for(
    state: str, kind: str, fresh: Callable[[], Case], record_property: Callable[[str, object], None]
) -> None:
    case = fresh()
    change, named, library, is_playable = STATES[state]
    through = named if kind == "share" else library
    share_id = case.ids.named[kind]
    with case.services.database.transaction() as session:
        share = session.get_one(ClipShare, uuid.UUID(share_id))
        source = case.services.settings.data / "playback.mp4"
        for name in ("playback.mp4", "poster.jpg"):
            case.services.storage.put(f"clips/{share.clip_id}/1/{name}", source, "video/mp4")
        change(session, case, share)
    refused = 0
    for name in sorted(EVERYBODY):
        browser = case.client(name)
        for address in ADDRESSES:
            answer = browser.get(address.format(share_id))
            answer.close()
            gets = name in through and (is_playable or not address.startswith("/media"))
            assert answer.status_code == (200 if gets else 404), (name, address)
            refused += not gets
    note_cells(record_property, len(EVERYBODY) * len(ADDRESSES), refused)


@pytest.mark.parametrize("who", ["asha", "sam"])
def test_nobody_watches_any_more_by_a_share_whose_owner_or_holder_has_left(who: str, fresh: Callable[[], Case]) -> None:
    case = fresh()
    others = [case.client(name) for name in ("asha", "sam", "lena")]
    with case.services.database.transaction() as session:
        _left(who)(session, case, session.get_one(ClipShare, uuid.UUID(case.ids.share)))
    for browser in others:
        answer = browser.get(f"/media/shared/{case.ids.share}/film")
        answer.close()
        allowed = who == "sam" and browser is others[0]
        assert (answer.status_code == 200) == allowed
