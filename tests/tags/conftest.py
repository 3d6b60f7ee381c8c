import pytest

from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services


@pytest.fixture
def clip(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        return make_clip(session, world.cycle, world.asha)
