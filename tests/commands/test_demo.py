"""The demo shows something in every room of a cycle, so that a newcomer sees what each is for."""

from collections.abc import Callable

from flask.testing import FlaskClient
from markupsafe import escape

from tests.support.world import World, make_clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.demo import work
from veo_workflow.people.models import Person
from veo_workflow.services import Services


def test_each_room_has_something_to_show(
    client_for: Callable[[Person | None], FlaskClient], services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        work.write_it_all(session, cycle)
        work.offer(session, make_clip(session, cycle, cycle.pair.coachee))
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
    ):
        assert str(escape(said)) in priya.get(page).text, page
