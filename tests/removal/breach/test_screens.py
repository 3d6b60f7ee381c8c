"""The safeguarding lead asks who had access to what, and takes it along; each time that is written down."""

import csv
import io
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import World, make_clip
from veo_workflow.audit.models import AuditEntry
from veo_workflow.audit.operations import record
from veo_workflow.clips import sharing
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
TITLE = "canary-title"


def table(answer: str) -> list[tuple[str, str, str]]:
    return [(row["kind"], row["who"], row["what"]) for row in csv.DictReader(io.StringIO(answer.lstrip("\ufeff")))]


def test_what_the_coach_could_see_is_told_as_it_was_though_all_of_it_is_over(
    services: Services, world: World, client_for: SignedIn
) -> None:
    with services.database.transaction() as session:
        asha, priya = session.get_one(Person, world.asha.id), session.get_one(Person, world.priya.id)
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), asha, shared=False, title=TITLE)
        sharing.share_with_coach(session, clip, by=asha)
        record(session, "clip_watched", by=priya.id, school=asha.school_id, subject=("clip", clip.id))
        sharing.stop_sharing_with_coach(session, clip, by=asha)
        session.flush()
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    sid = client_for(world.sid)
    assert "Priya Nair" in sid.get("/safeguarding/access?name=priya").text
    page = sid.get(f"/safeguarding/access/pack?account={world.priya.id}").text
    assert "What Priya Nair had access to" in page
    assert "watched it" in page
    assert TITLE not in page
    address = f"/safeguarding/access/pack.csv?clip={clip.id}"
    assert sid.get(address).headers["Location"].startswith("/confirm?next=")
    answer = confirmed(sid).get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    told = table(answer.text)
    assert told[:2] == [("could", "Asha Khan", "owner"), ("could", "Priya Nair", "coach")]
    assert ("did", "Priya Nair", "clip_watched") in told
    assert TITLE not in answer.text
    one_day = sid.get(f"{address}&until=2020-01-01")
    assert table(one_day.text) == []
    wrong = sid.get(f"/safeguarding/access/pack?clip={clip.id}&from=soon")
    assert (wrong.status_code, "Write it as 2026-11-30." in wrong.text) == (422, True)
    with services.database.reading() as session:
        asked = select(AuditEntry.action).where(AuditEntry.person_id == world.sid.id).order_by(AuditEntry.at)
        written = [action for action in session.scalars(asked) if action.startswith("breach")]
    assert written == ["breach_pack_seen", "breach_pack_made", "breach_pack_made", "breach_pack_seen"]


def test_a_pack_of_another_school_is_not_there_and_a_long_one_has_pages_and_as_few_statements(
    services: Services, world: World, client_for: SignedIn
) -> None:
    sid = client_for(world.sid)
    assert sid.get(f"/safeguarding/access/pack?account={world.olu.id}").status_code == 404
    address = f"/safeguarding/access/pack?account={world.asha.id}"

    def asked() -> int:
        with counted(services.database.engine) as statements:
            assert sid.get(address).status_code == 200
        return len(statements)

    few = asked()
    with services.database.transaction() as session:
        for _ in range(25):
            make_clip(session, session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id))
    assert asked() == few
    assert "Page 2" in sid.get(address).text
    with services.database.reading() as session:
        assert len(session.scalars(select(Clip.id)).all()) >= 25


def test_who_is_refused_a_clip_is_written_down_once_for_half_an_hour_and_sixty_times_an_hour_at_most(
    services: Services, world: World, client_for: SignedIn
) -> None:
    with services.database.transaction() as session:
        asha = session.get_one(Person, world.asha.id)
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), asha, shared=False, title=TITLE)
    tess = client_for(world.tess)
    for address in (f"/clips/{clip.id}", f"/media/{clip.id}/playback", f"/clips/{clip.id}"):
        assert tess.get(address).status_code == 404
    assert client_for(world.olu).get(f"/clips/{clip.id}").status_code == 404
    assert client_for(None).get(f"/clips/{clip.id}").status_code == 302
    told = table(confirmed(client_for(world.sid)).get(f"/safeguarding/access/pack.csv?clip={clip.id}").text)
    assert sorted(each for each in told if each[2] == "refused") == [
        ("did", "Tess Moor", "refused"),
        ("did", "somebody at another school", "refused"),
    ]
    for _ in range(70):
        tess.get(f"/clips/{new_id()}")
    with services.database.reading() as session:
        written = select(func.count()).where(AuditEntry.person_id == world.tess.id, AuditEntry.action == "refused")
        assert session.scalar(written) == 60
