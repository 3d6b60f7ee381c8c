"""The demo shows something in every room of a cycle, so that a newcomer sees what each is for."""

from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient
from markupsafe import escape

from tests.support.camera import ffmpeg, h264
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import Cycle
from veo_workflow.demo import lead, papers, protecting, work
from veo_workflow.demo.papers import add_papers
from veo_workflow.demo.people import PROGRESS_REPLIES
from veo_workflow.people.models import Person
from veo_workflow.services import Services


def test_each_room_has_something_to_show(
    client_for: Callable[[Person | None], FlaskClient], services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        work.write_it_all(session, cycle)
        lead.hand_in_log(session, cycle)
        lead.reword_strategy(session, world.lena)
        clip = make_clip(session, cycle, cycle.pair.coachee)
        work.offer(session, clip)
        work.let_watch(session, clip, world.sam)
        make_tag(session, clip, world.priya, world.strategy)
        authors = {"coach": world.priya.id, "coachee": world.asha.id}
        work.reply(session, clip, PROGRESS_REPLIES, authors)
    add_papers(services, world.cycle.id)
    priya, address = client_for(world.priya), f"/cycles/{world.cycle.id}"
    for page, said in (
        (f"{address}/reality", work.REALITY.to_be_a_ten),
        (f"{address}/evidence", work.EVIDENCE[1][2]),
        (f"{address}/checklist", work.OUR_WAY),
        (f"{address}/modelling", work.MODELLING),
        (f"{address}/practice", work.PRACTICE[0]),
        (f"{address}/resources", work.RESOURCE.title),
        (f"{address}/conversation", work.MESSAGES[1][1]),
        ("/exemplars", work.EXEMPLAR),
        (f"{address}/resources", papers.TITLE),
        (f"{address}/review", work.ACTION),
        (f"/clips/{clip.id}", PROGRESS_REPLIES[1][2]),
    ):
        assert str(escape(said)) in priya.get(page).text, page
    assert "Asha Khan" in client_for(world.sam).get("/shared").text
    assert lead.NEEDS in client_for(world.lena).get("/overview/logs").text


def test_a_flagged_and_a_held_clip_are_there_to_look_at_for_those_who_may(
    client_for: Callable[[Person | None], FlaskClient], services: Services, world: World, tmp_path: Path
) -> None:
    film = tmp_path / "lesson.mov"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=9", *h264(100), film)
    flagged = protecting.flag_one(services, world.cycle.id, film)
    held = protecting.hold_one(services, world.cycle.id, film, lead=world.sid, second=world.lena)
    asha, priya, sid, lena = (client_for(each) for each in (world.asha, world.priya, world.sid, world.lena))
    for person, page, said in (
        (asha, "/notices", "Priya Nair flagged a clip"),
        (asha, f"/clips/{flagged}/flag", "Priya"),
        (priya, f"/clips/{flagged}/flag", "take the flag off"),
        (asha, f"/clips/{held}/hold", protecting.HELD.title),
        (sid, "/safeguarding", "Asha Khan"),
        (lena, "/notices", "asks you to be the second person"),
    ):
        assert said in person.get(page).text, page
    assert priya.get(f"/clips/{held}").status_code == 404
    assert list(tmp_path.glob("*.mov")) == [film]
