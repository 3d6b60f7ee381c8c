"""A review gone through, with a film behind its moments whose frames carry their number."""

from pathlib import Path

import pytest

from tests.support.camera import counter, ffmpeg, h264
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

RATE, SECONDS = 25, 2


@pytest.fixture(scope="session")
def two_seconds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lesson") / "playback.mp4"
    source = f"testsrc2=s=320x180:r={RATE}:d={SECONDS}"
    codec = h264(600, gop=RATE // 2)
    ffmpeg("-f", "lavfi", "-i", source, "-vf", counter(180), *codec, "-movflags", "+faststart", path)
    return path


@pytest.fixture
def filmed(services: Services, told: World, two_seconds: Path) -> Clip:
    """A clip that can be seen, with moments of Priya's at its frames 10 and 30."""
    with services.database.transaction() as session:
        clip = make_clip(session, told.cycle, told.asha, title="Filmed")
        clip.duration_ms, clip.frames, clip.frame_rate_num = SECONDS * 1000, SECONDS * RATE, RATE
        for frame in (10, 30):
            tag = make_tag(session, clip, told.priya, told.strategy)
            tag.start_ms, tag.end_ms = frame * 40 + 20, frame * 40 + 220
    services.storage.put(f"clips/{clip.id}/1/playback.mp4", two_seconds, "video/mp4")
    return clip
