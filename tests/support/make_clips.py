"""Films to test with: as an iPad makes them, and as somebody makes them who means harm. No real footage, no network.

python -m tests.support.make_clips FOLDER [NAME …]
"""

import random
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.support.camera import FASTSTART, camera, claim, cut, ffmpeg, film, h264, hevc, voice

Outcome = Literal["ok", "damaged", "reject", "hostile"]


@dataclass(frozen=True)
class Scale:
    """How large and long the camera's clips are: `quick` is enough wherever the picture does not matter."""

    shrink: int
    longest: float

    def side(self, full: int) -> int:
        return full // self.shrink // 2 * 2

    def kbps(self, full: int) -> int:
        """As much for each dot, and always enough for the counter to be read."""
        return max(1000, full // self.shrink**2)


FULL = Scale(1, 20)
QUICK = Scale(6, 2)


@dataclass(frozen=True)
class Clip:
    """One kind of file: what should become of it, and what it is."""

    name: str
    outcome: Outcome
    note: str
    make: Callable[[Path, Scale], None]


CLIPS: dict[str, Clip] = {}


def make(name: str, folder: Path, scale: Scale = QUICK) -> Path:
    """Write the clip `name` into `folder`."""
    path = folder / name
    CLIPS[name].make(path, scale)
    return path


def clip(name: str, outcome: Outcome, note: str) -> Callable[[Callable[[Path, Scale], None]], None]:
    def keep(function: Callable[[Path, Scale], None]) -> None:
        CLIPS[name] = Clip(name, outcome, note, function)

    return keep


@clip("ipad_hevc_sdr_1080p30.mov", "ok", "HEVC 8-bit, uneven 30, quiet AAC, place and date, moov last, mebx track")
def _(path: Path, scale: Scale) -> None:
    size, seconds = (scale.side(1920), scale.side(1080)), scale.longest
    film(path, size, seconds, hevc(scale.kbps(9000)), uneven=True, sound=[], timed_metadata=True)


@clip("ipad_hevc_hlg_rot90.mov", "ok", "HEVC 10-bit HLG, uneven, rotation 90 (plays upright), place and date")
def _(path: Path, scale: Scale) -> None:
    size, seconds = (scale.side(1920), scale.side(1080)), min(12, scale.longest)
    film(path, size, seconds, hevc(scale.kbps(10000), ten_bit=True), uneven=True, turned=90, hlg=True, sound=[])


@clip("ipad_h264_1080p30_rot180.MOV", "ok", "H.264 High 17 Mb/s, even 30, rotation 180, place and date, moov last")
def _(path: Path, scale: Scale) -> None:
    size, codec = (scale.side(1920), scale.side(1080)), h264(scale.kbps(17000))
    film(path, size, min(12, scale.longest), codec, turned=180, sound=[])


@clip("ipad_hevc_4k60.mov", "ok", "HEVC 3840x2160, 60 a second, 50 Mb/s")
def _(path: Path, scale: Scale) -> None:
    # Large enough, even when quick, for its small film to be smaller than the other.
    scale, seconds = (scale, 3) if scale is FULL else (Scale(4, 1), 1)
    size, codec = (scale.side(3840), scale.side(2160)), hevc(scale.kbps(50000), 60)
    film(path, size, seconds, codec, rate=60, sound=[])


@clip("portrait_h264_720x1280.mp4", "ok", "upright H.264, B-frames, keyframe every 2 s: too far apart to pass on")
def _(path: Path, scale: Scale) -> None:
    codec = h264(scale.kbps(3500), gop=60, b_frames=2)
    film(path, (scale.side(720), scale.side(1280)), min(12, scale.longest), codec, sound=[], container=FASTSTART)


@clip("websafe_720p.mp4", "ok", "H.264 720p30, keyframe every second, AAC stereo, faststart: passed on as it is")
def _(path: Path, scale: Scale) -> None:
    size, seconds = (scale.side(1280), scale.side(720)), min(12, scale.longest)
    codec = h264(scale.kbps(3500), b_frames=2)
    film(path, size, seconds, codec, sound=["-ac", 2, "-ar", 48000], nameless=True, container=FASTSTART)


@clip("noaudio.mov", "ok", "no sound track")
def _(path: Path, scale: Scale) -> None:
    film(path, (scale.side(1280), scale.side(720)), min(5, scale.longest), hevc(scale.kbps(4000)), uneven=True)


@clip("one_second.mov", "ok", "1 s long")
def _(path: Path, scale: Scale) -> None:
    film(path, (scale.side(1280), scale.side(720)), 1, hevc(scale.kbps(4000)), sound=[])


@clip("odd_853x479.webm", "ok", "odd sides: VP9 and Opus in WebM")
def _(path: Path, scale: Scale) -> None:
    seconds = min(5, scale.longest)
    inputs, graph = camera(854, 480, 30, seconds)
    codec = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-b:v", "1500k", "-c:a", "libopus")
    graph = f"{graph};[v]scale=853:479[o]"
    ffmpeg(*inputs, *voice(seconds), "-filter_complex", graph, "-map", "[o]", "-map", "4:a", *codec, path)


@clip("long_gop_h264.mkv", "ok", "Matroska H.264, one keyframe in 10 s, B-frames, AC-3 5.1")
def _(path: Path, scale: Scale) -> None:
    seconds = min(10, scale.longest)
    inputs, graph = camera(scale.side(1280), scale.side(720), 25, seconds)
    codec = (*h264(scale.kbps(3000), gop=250, b_frames=3), "-c:a", "ac3", "-ac", 6)
    sound = voice(seconds, 0.2, 48000)
    ffmpeg(*inputs, *sound, "-filter_complex", graph, "-map", "[v]", "-map", "4:a", *codec, "-f", "matroska", path)


@clip("fragmented.mp4", "ok", "fragmented MP4 with an empty moov, as a web recorder makes")
def _(path: Path, scale: Scale) -> None:
    container = ["-movflags", "frag_keyframe+empty_moov", "-f", "mp4"]
    film(path, (scale.side(640), scale.side(480)), min(5, scale.longest), h264(1000), sound=[], container=container)


@clip("audio_offset.mov", "ok", "sound starts half a second late, by an edit list: they have to stay together")
def _(path: Path, scale: Scale) -> None:
    seconds = min(6, scale.longest)
    inputs, graph = camera(scale.side(1280), scale.side(720), 30, seconds)
    sound = ("-itsoffset", 0.5, *voice(seconds, 0.2))
    ffmpeg(*inputs, *sound, "-filter_complex", graph, "-map", "[v]", "-map", "4:a", *h264(800), "-c:a", "aac", path)


@clip("audio_only.m4a", "reject", "no picture track")
def _(path: Path, _scale: Scale) -> None:
    ffmpeg(*voice(2, 0.2), "-c:a", "aac", "-f", "ipod", path)


@clip("cover_art.m4a", "reject", "sound with an attached picture")
def _(path: Path, _scale: Scale) -> None:
    cover = path.with_suffix(".png")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x320", "-frames:v", 1, cover)
    codec = ("-c:a", "aac", "-c:v", "png", "-disposition:v", "attached_pic", "-f", "ipod")
    ffmpeg(*voice(2, 0.2), "-i", cover, "-map", 0, "-map", 1, *codec, path)
    cover.unlink()


@clip("animated.gif", "reject", "a moving picture for web pages")
def _(path: Path, _scale: Scale) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=1", "-f", "gif", path)


@clip("gif_renamed.mp4", "reject", "the same under another name")
def _(path: Path, _scale: Scale) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=1", "-f", "gif", path)


@clip("zero.mp4", "reject", "no bytes")
def _(path: Path, _scale: Scale) -> None:
    path.touch()


@clip("text.mp4", "reject", "text under another name")
def _(path: Path, _scale: Scale) -> None:
    path.write_text("This is not a video.\n" * 500)


@clip("truncated_no_moov.mov", "reject", "upload cut off at 60 %: no index")
def _(path: Path, scale: Scale) -> None:
    size, codec = (scale.side(1280), scale.side(720)), hevc(scale.kbps(4000))
    film(path, size, min(5, scale.longest), codec, uneven=True, sound=[])
    cut(path, 0.6)


@clip("truncated_faststart.mp4", "damaged", "index first, cut off at 60 %: plays that far")
def _(path: Path, scale: Scale) -> None:
    film(path, (scale.side(1280), scale.side(720)), 10, h264(scale.kbps(3000)), sound=[], container=FASTSTART)
    cut(path, 0.6)


@clip("corrupt_middle.mp4", "damaged", "10 s of H.264, a tenth of it overwritten with noise")
def _(path: Path, scale: Scale) -> None:
    film(path, (scale.side(1280), scale.side(720)), 10, h264(scale.kbps(3000)), sound=[], container=FASTSTART)
    data = bytearray(path.read_bytes())
    first, last = len(data) * 4 // 10, len(data) // 2
    data[first:last] = random.Random(1).randbytes(last - first)
    path.write_bytes(data)


def _playlist(address: str, seconds: float) -> str:
    start = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
    return f"{start}#EXTINF:{seconds},\n{address}\n#EXT-X-ENDLIST\n"


def playlist(path: Path, address: str) -> None:
    """An HLS playlist under another name, pointing at `address`."""
    path.write_text(_playlist(address, 3.0))


def dash(path: Path, address: str) -> None:
    """A DASH manifest under another name, pointing at `address`."""
    path.write_text(
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" codecs="avc1.4d401f" '
        f'width="320" height="240"><BaseURL>{address}</BaseURL></Representation></AdaptationSet></Period></MPD>\n'
    )


@clip("hls_file.mp4", "hostile", "playlist that names a system file")
def _(path: Path, _scale: Scale) -> None:
    playlist(path, "file:///etc/passwd")


@clip("hls_http.mp4", "hostile", "playlist that names an address on the server's own network")
def _(path: Path, _scale: Scale) -> None:
    playlist(path, "http://127.0.0.1:8999/ssrf.ts")


@clip("hls_local_video.mp4", "hostile", "playlist that names somebody else's clip, victim.ts beside it")
def _(path: Path, _scale: Scale) -> None:
    victim = path.with_name("victim.ts")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=3", "-c:v", "libx264", "-f", "mpegts", victim)
    playlist(path, f"file://{victim.absolute()}")


@clip("concat_script.mp4", "hostile", "ffconcat script that names other files")
def _(path: Path, _scale: Scale) -> None:
    path.write_text("ffconcat version 1.0\nfile victim.ts\nfile /etc/passwd\n")


@clip("dash_manifest.mp4", "hostile", "DASH manifest that names an address")
def _(path: Path, _scale: Scale) -> None:
    dash(path, "http://127.0.0.1:8999/dash.mp4")


@clip("png_bomb.mp4", "hostile", "30000x30000 1-bit PNG of about 130 KB: 900 million dots when decoded")
def _(path: Path, _scale: Scale) -> None:
    side = 30000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row = zlib.compressobj(9), b"\0" * (1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


@clip("huge_frame_h264.mp4", "hostile", "real H.264 of 16384x8192, black")
def _(path: Path, scale: Scale) -> None:
    frames = 3 if scale is FULL else 1
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-threads", 1, "-x264-params", "rc-lookahead=1:ref=1")
    source = f"color=black:s=16384x8192:r=1:d={frames}"
    ffmpeg("-f", "lavfi", "-i", source, *codec, "-pix_fmt", "yuv420p", "-movflags", "+faststart", path)


@clip("claims_100h.mp4", "hostile", "3 s of samples under headers that claim 100 h")
def _(path: Path, _scale: Scale) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=3")
    ffmpeg(*source, "-c:v", "libx264", "-g", 30, "-movflags", "+faststart", path)
    claim(path, 360000)


@clip("time_gap_100h.mp4", "hostile", "10 frames, the next 100 h later: filling it up would write 10.8 million")
def _(path: Path, _scale: Scale) -> None:
    time_gap(path, 360000)


def time_gap(path: Path, seconds: int) -> None:
    """Half a second of film with a hole of `seconds` after the tenth frame."""
    late = f"settb=1/600,setpts='PTS+gte(N\\,10)*{seconds}*600'"
    source = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=0.5", "-vf", late, "-fps_mode", "passthrough")
    ffmpeg(*source, "-c:v", "libx264", "-g", 30, "-bf", 0, "-video_track_timescale", 600, path)


@clip("fps_1000.mp4", "hostile", "1000 frames a second")
def _(path: Path, _scale: Scale) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=1000:d=1")
    ffmpeg(*source, "-c:v", "libx264", "-preset", "ultrafast", "-g", 1000, "-video_track_timescale", 10000, path)


@clip("many_streams.mp4", "hostile", "60 sound tracks")
def _(path: Path, _scale: Scale) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=1", "-f", "lavfi", "-i", "sine=d=1", "-map", "0:v")
    ffmpeg(*source, *(["-map", "1:a"] * 60), "-c:v", "libx264", "-c:a", "aac", path)


def main(folder: str, *names: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name in names or CLIPS:
        made = make(name, target, FULL)
        print(f"{name:34} {CLIPS[name].outcome:9} {made.stat().st_size:>11} B")


if __name__ == "__main__":
    main(*sys.argv[1:])
