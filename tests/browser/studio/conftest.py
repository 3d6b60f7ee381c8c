"""A film whose every frame carries its own number, processed like a lesson, and the page that tags it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from tests.browser.conftest import PageFor, until
from tests.browser.studio.helping import RATE, SECONDS, Studio
from tests.support.camera import counter, ffmpeg, h264, voice
from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip, Rendition, RenditionKind
from veo_workflow.media import pictures
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag


@pytest.fixture(scope="session")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A processed lesson: the playback file, its poster, storyboard and waveform."""
    folder = tmp_path_factory.mktemp("lesson")
    picture = f"gradients=s=640x360:r=1:d={SECONDS}:c0=0x30506a:c1=0xa07040:x0=0:y0=0:x1=640:y1=360:speed=0.01"
    sound = [*voice(SECONDS, 0.3, rate=8000), "-map", "0:v", "-map", "1:a", "-c:a", "aac", "-ac", 1, "-b:a", "64k"]
    every_frame = f"format=yuv420p,fps={RATE},{counter(360)}"
    film = folder / "playback.mp4"
    codec = h264(900, gop=RATE // 2)
    ffmpeg("-f", "lavfi", "-i", picture, *sound, "-vf", every_frame, *codec, "-movflags", "+faststart", film)
    ffmpeg("-i", film, "-frames:v", 1, folder / "poster.jpg")
    every_second = ["-skip_frame", "nokey", "-i", film, "-vf", "fps=1,scale=160:90,tile=10x7", "-frames:v", 1]
    ffmpeg(*every_second, folder / "storyboard.jpg")
    board = pictures.Storyboard(tile=(160, 90), grid=(10, 7), step=1, tiles=SECONDS)
    pictures.write_index(board, SECONDS * 1000, folder / "storyboard.vtt")
    pcm = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s8", "-"]
    heard = subprocess.run(["ffmpeg", "-v", "error", "-i", str(film), *pcm], check=True, capture_output=True).stdout
    (folder / "heard").write_bytes(heard)
    pictures.write_waveform(folder / "heard", folder / "peaks.json")
    return folder


KINDS = {
    RenditionKind.PLAYBACK: ("playback.mp4", "video/mp4"),
    RenditionKind.POSTER: ("poster.jpg", "image/jpeg"),
    RenditionKind.STORYBOARD: ("storyboard.jpg", "image/jpeg"),
    RenditionKind.STORYBOARD_VTT: ("storyboard.vtt", "text/vtt"),
    RenditionKind.WAVEFORM: ("peaks.json", "application/json"),
}


@pytest.fixture
def clip(services: Services, world: World, lesson: Path) -> Clip:
    """Asha's clip, shared with Priya, with its files in storage."""
    with services.database.transaction() as session:
        clip = make_clip(session, world.cycle, world.asha)
        clip.duration_ms, clip.frames, clip.width, clip.height = SECONDS * 1000, SECONDS * RATE, 640, 360
        present = set(session.scalars(select(Rendition.kind).where(Rendition.clip_id == clip.id)))
        for kind, (name, content_type) in KINDS.items():
            key = f"clips/{clip.id}/1/{name}"
            services.storage.put(key, lesson / name, content_type)
            if kind not in present:
                size = (lesson / name).stat().st_size
                session.add(Rendition(clip_id=clip.id, kind=kind, key=key, content_type=content_type, size_bytes=size))
    return clip


@pytest.fixture
def studio(page_for: PageFor, clip: Clip, world: World) -> Studio:
    """`studio(priya)`: the clip's page, its picture and its modules ready."""

    def open_studio(person: str = "priya", screen: str = "laptop", where: str = "") -> Page:
        page = page_for(getattr(world, person), f"/clips/{clip.id}{where}", screen)
        page.locator("main[data-ready]").wait_for()
        until(page, "document.querySelector('video').readyState >= 2")
        return page

    return open_studio


@pytest.fixture
def tags(services: Services, clip: Clip) -> Callable[[], list[Tag]]:
    def rows() -> list[Tag]:
        with services.database.reading() as session:
            return list(session.scalars(select(Tag).where(Tag.clip_id == clip.id).order_by(Tag.start_ms)))

    return rows
