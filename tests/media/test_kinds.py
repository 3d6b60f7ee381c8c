"""Every kind of file that people and their devices send, and those made to do harm: each one's fate, and its cost.

Each is converted once in a process of its own, in a folder with files that a malicious one would like to be read and
near a socket that it would like to be called.
"""

import re
from pathlib import Path

import pytest

from tests.media.conftest import Convert, Find, Handle
from tests.support import bait
from tests.support.camera import PLACE, TRACES
from tests.support.counter import describe, told
from tests.support.make_clips import CLIPS
from veo_workflow.media import Limits
from veo_workflow.media.run import Task, run
from veo_workflow.media.sandbox import works

# Bytes that one tool may hold: two of them and the worker fit into the smallest server that schools rent.
MEMORY = 600 << 20

CODES = {
    "audio_only.m4a": "no_video_track",
    "cover_art.m4a": "no_video_track",
    "animated.gif": "not_video",
    "gif_renamed.mp4": "not_video",
    "zero.mp4": "empty",
    "text.mp4": "not_video",
    "truncated_no_moov.mov": "incomplete",
    "hls_file.mp4": "not_video",
    "hls_http.mp4": "not_video",
    "hls_local_video.mp4": "not_video",
    "concat_script.mp4": "not_video",
    "dash_manifest.mp4": "not_video",
    "png_bomb.mp4": "not_video",
    "huge_frame_h264.mp4": "too_big",
    "claims_100h.mp4": "too_long",
    "time_gap_100h.mp4": "too_long",
    "fps_1000.mp4": "unsupported",
    "many_streams.mp4": "unsupported",
}
NOTES = {
    "truncated_faststart.mp4": r"The end .* is missing: the first [56] seconds of 10 seconds can be played\.",
    "corrupt_middle.mp4": r"This recording is damaged in places: (9|10) seconds can be played, .*",
}
OWN_TAGS = {
    *(("major_brand", "isom"), ("minor_version", "512"), ("compatible_brands", "isomiso2avc1mp41")),
    *(("language", "und"), ("vendor_id", "[0][0][0][0]"), ("encoder", "H.264")),
}
# How ffmpeg is made to follow what those files name.
BITTEN = {
    "hls_file.mp4": ("hls", bait.SECRET),
    "hls_local_video.mp4": ("hls", bait.VICTIM),
    "hls_http.mp4": ("hls", "a call"),
    "concat_script.mp4": ("concat", bait.VICTIM),
    "dash_manifest.mp4": ("dash", "a call"),
}


# Frames of the kinds that are less than a second long.
SHORT = {"divx_packed.avi": 22, "mpeg4_amr_short.3gp": 18, "mjpeg_short.avi": 6}


def kinds(*outcomes: str) -> list[str]:
    return [name for name, clip in CLIPS.items() if clip.outcome in outcomes]


@pytest.mark.parametrize("name", kinds("ok", "damaged"))
def test_it_becomes_a_clip(handled: Handle, name: str) -> None:
    outcome = handled(name).outcome
    assert outcome.made is not None, outcome.sentence
    assert outcome.made.frames >= SHORT.get(name, 25)
    if CLIPS[name].outcome == "ok":
        assert outcome.made.note is None
    else:
        assert re.fullmatch(NOTES[name], outcome.made.note or "")


@pytest.mark.parametrize("name", kinds("reject", "hostile"))
def test_it_is_refused_in_one_plain_sentence(handled: Handle, name: str) -> None:
    outcome = handled(name).outcome
    assert outcome.code == CODES[name]
    assert name not in outcome.sentence
    assert outcome.sentence.endswith(".")
    assert list(handled(name).folder.iterdir()) == []


@pytest.mark.parametrize("name", CLIPS)
def test_no_tool_holds_much_memory_over_it(handled: Handle, name: str) -> None:
    assert handled(name).outcome.peak < MEMORY


@pytest.mark.parametrize("name", CLIPS)
def test_nothing_but_the_file_itself_is_opened_and_nobody_is_called(handled: Handle, name: str) -> None:
    reached = handled(name).reached
    assert reached.opened <= {name}
    assert reached.calls == 0


@pytest.mark.parametrize("name", BITTEN)
def test_the_sandbox_alone_keeps_a_tool_from_what_it_names(
    clip: Find, tmp_path: Path, bait_address: bait.Listener, name: str
) -> None:
    """With every other guard taken away; without the sandbox the tool does reach it, so the bait is good."""
    if not works():
        pytest.skip("this machine has no sandbox; `veo doctor` says so")
    source = bait.copy_of(clip(name), tmp_path)
    demuxer, wanted = BITTEN[name]
    follow = ("-f", demuxer, "-protocol_whitelist", "file,http,tcp", *(("-safe", "0") * (demuxer == "concat")))
    task = Task(("ffprobe", "-v", "quiet", *follow, "-show_packets", str(source)), reads=(source,))
    for sandbox in (False, True):
        with bait.watched(source, bait_address) as reached:
            run(task, Limits(sandbox=sandbox))
        got = reached.opened - {name} | ({"a call"} if reached.calls else set())
        assert (wanted in got) is not sandbox
        assert not sandbox or not got


@pytest.mark.parametrize("name", kinds("ok", "damaged"))
def test_nothing_made_from_it_says_where_when_or_with_what_it_was_filmed(converted: Convert, name: str) -> None:
    for output in converted(name).outputs:
        tags, sides = told(output.path)
        assert tags == (OWN_TAGS if output.content_type == "video/mp4" else set()), output.kind
        assert sides == set(), output.kind
        held = output.path.read_bytes()
        assert [trace for trace in TRACES if trace.encode() in held] == [], output.kind


def test_the_originals_do_say_it(clip: Find) -> None:
    """Without which the test above would prove nothing."""
    for name in ("ipad_hevc_sdr_1080p30.mov", "ipad_h264_1080p30_rot180.MOV"):
        assert PLACE in str(describe(clip(name))["format"]["tags"])
    assert "9B period 3" in str(told(clip("truncated_faststart.mp4"))[0])
