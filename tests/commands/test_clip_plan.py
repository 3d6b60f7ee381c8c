"""`veo clip plan` foretells what would become of a file, without a database, Redis or a data folder."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands.processes import veo
from tests.support import make_clips
from tests.support.counter import packets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


def planned(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    data = path.with_name("no data")
    done = veo("clip", "plan", str(path), *options, VEO_DATA=str(data), VEO_REDIS_URL="unix:///nowhere.sock")
    assert not data.exists(), "nothing is made by looking"
    return done


def outlook(path: Path) -> dict[str, Any]:
    done = planned(path, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "kind", "early"),
    [
        ("websafe_720p.mp4", "pass", True),
        ("one_second.mov", "transcode", True),
        ("long_gop_h264.mkv", "transcode", False),
        ("ipad_hevc_hlg_rot90.mov", "transcode HDR", True),
    ],
)
def test_it_names_the_class_and_whether_it_can_be_watched_early(
    folder: Path, name: str, kind: str, early: bool
) -> None:
    found = outlook(make_clips.make(name, folder))
    assert (found["class"], found["watchable_early"]) == (kind, early)
    assert found["estimate"]["seconds"] > 0


def test_the_facts_are_those_of_the_file(folder: Path) -> None:
    found = outlook(make_clips.make("ipad_hevc_hlg_rot90.mov", folder))
    facts = found["facts"]
    assert (facts["codec"], facts["width"], facts["height"], facts["turned"]) == ("hevc", 180, 320, True)
    assert (facts["transfer"], facts["frame_rate"], facts["constant_rate"]) == ("arib-std-b67", "30", False)
    assert facts["seconds"] == pytest.approx(2, abs=0.05)
    assert found["makes"] == {"playback": [180, 320], "small": [180, 320], "frame_rate": "30", "frames": 60}


def test_a_page_to_read_says_the_same(folder: Path) -> None:
    done = planned(make_clips.make("one_second.mov", folder))
    assert done.returncode == 0
    assert done.stdout.startswith("one_second.mov\n")
    for words in ("hevc Main, 212×120", "class     transcode", "can be watched early", "about ", "no network"):
        assert words in done.stdout


def test_the_commands_it_prints_can_be_run_by_hand(folder: Path, tmp_path: Path) -> None:
    """In a shell, in a folder that has a folder `made`; the sandbox is not part of them."""
    done = planned(make_clips.make("one_second.mov", folder))
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ffmpeg ")]
    assert [shlex.split(line)[-2] for line in lines] == [
        "made/preview.mp4",
        "-",
        "made/samples.s8",
        "made/storyboard.jpg",
    ]
    (tmp_path / "made").mkdir()
    for line in lines:
        subprocess.run(["sh", "-c", line], check=True, cwd=tmp_path, capture_output=True)
    assert len(packets(tmp_path / "made" / "playback.mp4")) == 30
    assert (tmp_path / "made" / "poster.jpg").stat().st_size > 0


@pytest.mark.parametrize(("name", "code"), [("claims_100h.mp4", "too_long"), ("text.mp4", "not_video")])
def test_what_would_be_refused_ends_with_one_and_its_sentence(folder: Path, name: str, code: str) -> None:
    path = make_clips.make(name, folder)
    told, read = planned(path, "--json"), planned(path)
    assert told.returncode == read.returncode == 1
    refused = json.loads(told.stdout)["refused"]
    assert refused["code"] == code
    assert read.stdout == f"{name} would be refused ({code})\n{refused['sentence']}\n"


def test_the_schools_own_limit_counts(folder: Path) -> None:
    path = make_clips.make("noaudio.mov", folder)
    done = veo("clip", "plan", str(path), VEO_DATA=str(folder / "none"), VEO_MAX_CLIP_SECONDS="1")
    assert (done.returncode, "too_long" in done.stdout) == (1, True)
