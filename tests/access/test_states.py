"""What a clip's state leaves of every address that leads to it (SAFEGUARDING A1, B1, B3)."""

import uuid
from collections.abc import Callable

import pytest

from tests.access.conftest import Case
from tests.access.matrix import MATRIX
from tests.access.rows import EVERYBODY
from tests.access.test_matrix import _ask
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip
from veo_workflow.database import now
from veo_workflow.people.models import Person

# Everything one reaches by the clip, or by the share of it that Sam holds.
ROWS = [row for row in MATRIX if "?" not in row.path and ("{clip}" in row.path or "{share}" in row.path)]
# What its owner cannot do with a clip in a state, although they see it.
SHARING = {"clips.share", "clips.unshare", "sharing.page", "sharing.give", "sharing.take_back"}
TAGGING = {"tags.put", "queue.delete", "tags.share", "self_first.finish", "self_first.go_on"}
NOT_THEN = {
    "held": SHARING | {"removal.trim", "removal.trim_now", "flags.put"},
    "flagged": SHARING | TAGGING,
}
# A share's own door is shut for its owner too; the safeguarding lead's is not the owner's.
NEVER_HERS = {"shares.watch", "shares.film", "shares.poster", "holds.about", "holds.place"}
SIDS = {"holds.about", "holds.place"}
PRIYAS = {"flags.put"}  # of a flagged clip she hears why she cannot watch it


def _put(case: Case, state: str) -> None:
    with case.services.database.transaction() as session:
        clip = session.get_one(Clip, uuid.UUID(case.ids.clip))
        if state == "withdrawn":
            clips.withdraw(session, clip, by=session.get_one(Person, case.ids.world.asha.id))
        else:
            setattr(clip, f"{state}_at", now())


@pytest.mark.parametrize("state", ["held", "flagged", "withdrawn"])
def test_in_each_state_only_its_owner_gets_through_and_only_where_the_state_lets_her(
    state: str, fresh: Callable[[], Case]
) -> None:
    case = fresh()
    _put(case, state)
    for row in ROWS:
        for name in sorted(EVERYBODY - {"asha"}):
            gets_through = (name == "sid" and row.endpoint in SIDS) or (
                name == "priya" and state == "flagged" and row.endpoint in PRIYAS
            )
            answer = _ask(case.client(name), row, case.ids).status_code
            assert answer != 404 if gets_through and state != "withdrawn" else answer == 404, (row.endpoint, name)
    for row in ROWS:
        if row.method != "GET":
            case = fresh()
            _put(case, state)
        answer = _ask(case.client("asha"), row, case.ids).status_code
        if state == "withdrawn" or row.endpoint in NEVER_HERS:
            assert answer == 404, row.endpoint
        elif row.endpoint in NOT_THEN[state]:
            assert answer == 403, row.endpoint
        else:
            assert answer in row.ok | {409}, row.endpoint
