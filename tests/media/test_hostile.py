"""Files that are no recordings, and files made to do harm: one sentence for the owner, and nothing else happens."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.conftest import Find
from tests.support.bait import Listener, listening
from tests.support.camera import ffmpeg
from tests.support.make_clips import dash, playlist, time_gap
from veo_workflow.media import Limits, Unusable, convert
from veo_workflow.media.run import Task, run
from veo_workflow.media.sandbox import works

LISTENING = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2)
except OSError:
    sys.exit(7)
"""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def refused(source: Path, folder: Path) -> Unusable:
    """Why it was refused; nothing has been written."""
    with pytest.raises(Unusable) as said:
        convert(source, folder, Limits())
    assert list(folder.iterdir()) == []
    return said.value


def test_a_hole_in_a_recording_is_not_filled_up(tmp_path: Path) -> None:
    time_gap(tmp_path / "hole.mp4", 60)
    (tmp_path / "made").mkdir()
    assert "hole of 60 seconds" in refused(tmp_path / "hole.mp4", tmp_path / "made").message


def test_nobody_is_called_for_a_playlist(tmp_path: Path, listener: Listener) -> None:
    address = f"http://127.0.0.1:{listener.port}/clip.ts"
    made = tmp_path / "made"
    made.mkdir()
    playlist(tmp_path / "list.mp4", address)
    dash(tmp_path / "dash.mp4", address)
    for name in ("list.mp4", "dash.mp4"):
        assert refused(tmp_path / name, made).code == "not_video"
    assert listener.calls == 0


def test_a_playlist_that_begins_like_a_recording_is_not_followed_either(tmp_path: Path, listener: Listener) -> None:
    source = tmp_path / "disguised.mov"
    address = f"http://127.0.0.1:{listener.port}/clip.ts".encode()
    source.write_bytes(b"\0\0\0\x08free#EXTM3U\n#EXTINF:3.0,\n" + address + b"\n#EXT-X-ENDLIST\n")
    (tmp_path / "made").mkdir()
    refused(source, tmp_path / "made")
    assert listener.calls == 0


def test_a_clip_of_nothing_but_noise_is_damaged(clip: Find, tmp_path: Path) -> None:
    data = bytearray(clip("one_second.mov").read_bytes())
    start, end = data.find(b"mdat") + 4, data.rfind(b"moov") - 4
    data[start:end] = bytes(end - start)
    source = tmp_path / "noise.mov"
    source.write_bytes(data)
    with pytest.raises(Unusable) as said:
        convert(source, tmp_path, Limits())
    assert said.value.code == "damaged"


def test_a_tool_in_the_sandbox_reaches_no_network_and_no_other_file(tmp_path: Path, listener: Listener) -> None:
    limits = Limits()
    secret = tmp_path / "secret.txt"
    secret.write_text("9B")
    if not works():
        pytest.skip("this machine has no sandbox; `veo doctor` says so")
    calling = Task(("/usr/bin/python3", "-c", LISTENING, str(listener.port)))
    assert (run(calling, limits).code, listener.calls) == (7, 0)
    assert run(calling, Limits(sandbox=False)).code == 0
    assert run(Task(("cat", str(secret))), limits).code != 0
    assert run(Task(("cat", str(secret)), reads=(secret,)), limits).code == 0
    assert run(Task(("touch", str(secret)), reads=(secret,)), limits).code != 0


@pytest.mark.parametrize("suffix", ["avi", "mts", "3gp"])
def test_camcorders_and_old_telephones_are_welcome(tmp_path: Path, suffix: str) -> None:
    container = {"avi": ["avi"], "mts": ["mpegts", "-mpegts_m2ts_mode", "1"], "3gp": ["3gp"]}[suffix]
    codec = "h264" if suffix == "mts" else "mpeg4"
    source, made = tmp_path / f"clip.{suffix}", tmp_path / "made"
    made.mkdir()
    picture, sound = "testsrc2=s=352x288:r=25:d=1", "sine=d=1"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound)
    ffmpeg(*inputs, "-pix_fmt", "yuv420p", "-c:v", codec, "-c:a", "aac", "-f", *container, source)
    clip = convert(source, made, Limits())
    assert clip.frames in (25, 26)  # AVI counts one more
    assert clip.frame_rate == Fraction(25)
    assert clip.has_sound
