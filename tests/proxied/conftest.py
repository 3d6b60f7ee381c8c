"""A school with nginx in front, once with its footage on disk and once in a bucket; each is started once."""

import dataclasses
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.clips.uploads.sending import Sender
from tests.support.live import School, live_school
from tests.support.over_http import Visitor
from tests.support.relay import Relay, relay_to
from tests.support.world import make_clip, make_cycle
from veo_workflow.clips.models import Rendition, RenditionKind
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Pair, Person

PARTS_OF = 5 * 1024 * 1024
IN_BUCKET = pytest.mark.parametrize("front", ["bucket"], indirect=True)
FILM = bytes(range(256)) * 1200


@dataclass(frozen=True)
class Front:
    """The school, the folder its nginx works in, and the line to the store, where there is one."""

    school: School
    folder: Path
    line: Relay | None

    def waiting(self) -> list[Path]:
        """Bodies that nginx has put into files of its own."""
        found = [path for name in ("body", "proxy") for path in (self.folder / "nginx" / name).rglob("*")]
        return [path for path in found if path.is_file()]


@pytest.fixture(scope="session", params=["disk", "bucket"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    if request.param == "disk":
        with live_school(folder, workers=0, nginx=True, part_size=str(PARTS_OF)) as school:
            yield Front(school, folder, None)
        return
    swift = request.getfixturevalue("swift")
    with relay_to(swift.endpoint) as line:
        store = dataclasses.replace(swift, endpoint=line.origin)
        with live_school(folder, workers=0, store=store, part_size=str(PARTS_OF)) as school:
            yield Front(school, folder, line)


@pytest.fixture
def school(front: Front) -> School:
    return front.school


@pytest.fixture
def visitor(school: School) -> Callable[[str], Visitor]:
    """Somebody's browser, by first name."""
    return lambda name: Visitor(school, school.world.everybody[name])


@pytest.fixture
def cycle(school: School) -> uuid.UUID:
    """A cycle of this test's own."""
    with school.services.database.transaction() as session:
        pair, asha = session.get_one(Pair, school.world.pair.id), session.get_one(Person, school.world.asha.id)
        return make_cycle(session, pair, asha).id


@pytest.fixture
def sender(school: School, cycle: uuid.UUID) -> Sender:
    """Asha at a browser, about to upload through nginx."""
    return Sender(Visitor(school, school.world.asha), cycle, PARTS_OF)


@dataclass(frozen=True)
class Shown:
    """A ready clip of Asha's that her coach and Sam may see, and where its film lies in storage."""

    id: uuid.UUID
    key: str

    @property
    def film(self) -> str:
        return f"/media/{self.id}/playback"


@pytest.fixture
def clip(school: School, cycle: uuid.UUID, tmp_path: Path) -> Shown:
    services = school.services
    with services.database.transaction() as session:
        made = make_clip(session, session.get_one(Cycle, cycle), session.get_one(Person, school.world.asha.id))
        asked = select(Rendition.key).where(Rendition.clip_id == made.id, Rendition.kind == RenditionKind.PLAYBACK)
        shown = Shown(made.id, str(session.scalar(asked)))
    source = tmp_path / "film"
    source.write_bytes(FILM)
    services.storage.put(shown.key, source, "video/mp4")
    return shown
