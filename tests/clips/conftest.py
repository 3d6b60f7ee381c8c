import uuid
from pathlib import Path

import pytest

from tests.clips.working import Send
from tests.support.camera import ffmpeg
from tests.support.world import World
from veo_workflow.clips.models import Purpose
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.services import Services


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of colour bars with a tone."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    picture, sound = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2"), ("-f", "lavfi", "-i", "sine=d=2")
    ffmpeg(*picture, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
    return path


@pytest.fixture
def send(services: Services, world: World) -> Send:
    """Upload a file for Asha, as the command line does; it then waits in the queue."""

    def sent(path: Path) -> uuid.UUID:
        return add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, path, lambda _fraction: None)

    return sent
