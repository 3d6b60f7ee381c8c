"""A camera made of ffmpeg's own test pictures, and the boxes of its files bent afterwards.

Every frame carries a 16-bit counter: 16 squares along the top-left edge, lowest bit first, white for 1, each a 36th of
the picture's height, so that a test reads from the picture itself which source frame it is looking at. Rotation, false
durations and Apple's timed metadata are patched into the file here and so do not depend on ffmpeg's version.
"""

import struct
import subprocess
from pathlib import Path

PLACE = "+51.5007-000.1246+011.200/"
_METADATA = (
    ("creation_time", "2026-03-11T09:14:07Z"),
    ("title", "9B period 3"),
    ("com.apple.quicktime.creationdate", "2026-03-11T09:14:07+0000"),
    ("com.apple.quicktime.location.ISO6709", PLACE),
    ("com.apple.quicktime.make", "Apple"),
    ("com.apple.quicktime.model", "iPad (9th generation)"),
    ("com.apple.quicktime.software", "17.5"),
)
# What a film must not say any more once it is converted; the last three are its tools' names.
TRACES = (*(value for _, value in _METADATA), PLACE[:8], "iPad", "2026-03", "Core Media", "Lavf", "x264")
_TAGGED = [word for name, value in _METADATA for word in ("-metadata", f"{name}={value}")]
_SDR = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]
_HLG = ["-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc"]
MOV = ["-movflags", "use_metadata_tags", "-video_track_timescale", "600", "-f", "mov"]
FASTSTART = ["-movflags", "+faststart", "-f", "mp4"]


def ffmpeg(*arguments: object) -> None:
    argv = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def counter(height: int) -> str:
    side = max(4, height // 36 // 2 * 2)
    boxes = [f"drawbox=x=0:y=0:w={16 * side}:h={side}:color=black:t=fill"]
    for bit in range(16):
        when = f"gte(mod(n\\,{2 << bit})\\,{1 << bit})"
        boxes.append(f"drawbox=x={bit * side}:y=0:w={side}:h={side}:color=white:t=fill:enable='{when}'")
    return ",".join(boxes)


def camera(width: int, height: int, rate: int, seconds: float) -> tuple[list[object], str]:
    """Inputs and a graph ending in [v]: a textured still room, a shaking hand, people who move, sensor noise."""
    wide, high = width + 64, height + 64
    person = f"{max(16, width // 10 // 2 * 2)}x{max(16, height // 3 // 2 * 2)}"
    still = f"trim=end_frame=1,loop=loop=-1:size=1:start=0,setpts=N/({rate}*TB),trim=duration={seconds}"
    sources = (
        f"mandelbrot=s={wide}x{high}:r={rate}:start_x=-0.7436:start_y=0.1318:start_scale=0.08:maxiter=300",
        f"color=c=0x8a7a66:s={wide}x{high}:r={rate}",
        f"testsrc2=s={person}:r={rate}:d={seconds}",
        f"mandelbrot=s={person}:r={rate}:start_scale=0.5:end_scale=0.01:end_pts=400:maxiter=120",
    )
    graph = (
        f"[0:v]{still},format=yuv420p[m];"
        f"[1:v]noise=alls=40:allf=u,gblur=sigma=1.5,{still},format=yuv420p[n];"
        f"[n][m]blend=all_mode=average,eq=contrast=0.8:saturation=0.5,fps={rate}[room];"
        f"[2:v]format=yuv420p,split=3[p1][p2][p3];[3:v]format=yuv420p,trim=duration={seconds}[p4];"
        "[room][p1]overlay=x='W*(0.2+0.15*sin(t*0.5))':y='H*0.45+12*sin(t*3)'[a1];"
        "[a1][p2]overlay=x='W*(0.5+0.3*sin(t*0.23+1))':y='H*0.5+6*sin(t*4)'[a2];"
        "[a2][p3]overlay=x='W*(0.7+0.1*sin(t*0.9+2))':y='H*0.4'[a3];"
        "[a3][p4]overlay=x='W*(0.05+0.02*sin(t))':y='H*0.1'[a4];"
        f"[a4]crop={width}:{height}:x='32+14*sin(t*0.7)+3*sin(t*6.1)':y='32+9*sin(t*0.9)+2*sin(t*7.3)',"
        f"noise=alls=6:allf=t,format=yuv420p,setsar=1,{counter(height)},trim=duration={seconds}[v]"
    )
    return [word for source in sources for word in ("-f", "lavfi", "-i", source)], graph


def voice(seconds: float, level: float = 0.02, rate: int = 44100) -> list[object]:
    """Speech-like sound, at `level` 0.02 about -40 LUFS: a teacher across the room."""
    formants = "sin(2*PI*(140+20*sin(t*2))*t)+0.6*sin(2*PI*560*t)+0.4*sin(2*PI*1700*t)+0.2*sin(2*PI*2600*t)"
    syllables = "max(0\\,sin(2*PI*3.1*t))*gt(mod(t\\,4)\\,0.8)"
    sound = f"{level}*({syllables})*({formants})+{level / 20}*(random(0)-0.5)"
    return ["-f", "lavfi", "-i", f"aevalsrc='{sound}':s={rate}:d={seconds}"]


def hevc(kbps: int, rate: int = 30, *, ten_bit: bool = False) -> list[object]:
    options = (
        f"keyint={rate}:min-keyint={rate}:scenecut=0:bframes=0:open-gop=0:log-level=error"
        f":vbv-maxrate={kbps * 3 // 2}:vbv-bufsize={kbps * 2}"
    )
    if ten_bit:
        options += ":colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    depth = "yuv420p10le" if ten_bit else "yuv420p"
    rates = ["-b:v", f"{kbps}k", "-pix_fmt", depth, "-x265-params", options]
    return ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", *rates]


def h264(kbps: int, *, gop: int = 30, b_frames: int = 0) -> list[object]:
    rates = ["-b:v", f"{kbps}k", "-maxrate", f"{kbps * 3 // 2}k", "-bufsize", f"{kbps * 2}k"]
    shape = ["-g", gop, "-bf", b_frames, "-sc_threshold", 0, "-pix_fmt", "yuv420p"]
    return ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", *rates, *shape]


# A camera in dim light: a frame missing now and then, the others up to a tenth of a frame late.
_UNEVEN = "[v]select='not(eq(mod(n\\,97)\\,50)+eq(mod(n\\,211)\\,7))',settb=1/600,setpts='PTS+mod(N*7\\,5)-2'[vv]"
DROPPED = {n for n in range(65536) if n % 97 == 50 or n % 211 == 7}
_TO_HLG = (
    "zscale=tin=bt709:pin=bt709:min=bt709:rin=tv:t=arib-std-b67:p=bt2020:m=bt2020nc:r=tv:npl=203,format=yuv420p10le[vh]"
)


def film(
    path: Path,
    size: tuple[int, int],
    seconds: float,
    codec: list[object],
    *,
    rate: int = 30,
    uneven: bool = False,
    turned: int = 0,
    sound: list[object] | None = None,
    hlg: bool = False,
    timed_metadata: bool = False,
    nameless: bool = False,
    container: list[str] = MOV,
) -> None:
    """A clip as a camera app writes it. `sound` is audio options; an empty list means quiet AAC in one channel."""
    inputs, graph = camera(*size, rate, seconds)
    label = "[v]"
    if uneven:
        graph, label = f"{graph};{_UNEVEN}", "[vv]"
    if hlg:
        graph, label = f"{graph};{label}{_TO_HLG}", "[vh]"
    maps: list[object] = ["-map", label]
    if sound is not None:
        inputs += voice(seconds)
        maps += ["-map", "4:a", "-c:a", "aac", "-b:a", "96k", *(sound or ["-ac", 1])]
    lines = path.with_suffix(".srt")
    if timed_metadata:
        spoken = (f"{n + 1}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\nx\n\n" for n in range(min(int(seconds), 59)))
        lines.write_text("".join(spoken))
        inputs += ["-i", lines]
        maps += ["-map", f"{4 + (sound is not None)}:s", "-c:s", "mov_text"]
    colours, names = _HLG if hlg else _SDR, [] if nameless else _TAGGED
    times = ["-fps_mode", "vfr", *(["-enc_time_base", "1:600"] if uneven else [])]  # the encoder rounds them otherwise
    ffmpeg(*inputs, "-filter_complex", graph, *maps, *codec, *colours, *names, *times, *container, path)
    if timed_metadata:
        lines.unlink()
        as_timed_metadata(path)
    if turned:
        turn(path, turned)


def as_timed_metadata(path: Path) -> None:
    """The text track becomes what Apple's cameras write: handler `meta`, sample entry `mebx`."""
    data = bytearray(path.read_bytes())
    handler = data.find(b"mhlrtext", data.rfind(b"moov"))
    data[handler : handler + 8] = b"mhlrmeta"
    entry = data.find(b"stsd", handler)
    data[entry + 16 : entry + 20] = b"mebx"  # after the name: flags, count, size, then the type
    path.write_bytes(data)


def turn(path: Path, degrees: int) -> None:
    """Set the display matrix of the first track, as a camera held sideways does."""
    data = bytearray(path.read_bytes())
    track = data.find(b"tkhd", data.rfind(b"moov"))
    matrix = track + 4 + (52 if data[track + 4] else 40)
    width, height = struct.unpack(">II", data[matrix + 36 : matrix + 44])
    one = 0x10000
    rows = {
        90: (0, one, 0, -one, 0, 0, height, 0),
        180: (-one, 0, 0, 0, -one, 0, width, height),
        270: (0, -one, 0, one, 0, 0, 0, width),
    }[degrees]
    data[matrix : matrix + 36] = struct.pack(">9i", *rows, 1 << 30)
    path.write_bytes(data)


def claim(path: Path, seconds: int) -> None:
    """Every header says `seconds`; the samples stay as they are."""
    data = bytearray(path.read_bytes())
    movie = data.find(b"mvhd")
    whole = struct.unpack(">I", data[movie + 16 : movie + 20])[0]
    for name, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        box = data.find(name)
        while box >= 0:
            units = struct.unpack(">I", data[box + 16 : box + 20])[0] if name == b"mdhd" else whole
            struct.pack_into(">I", data, box + offset, min(0xFFFFFFFE, seconds * units))
            box = data.find(name, box + 4)
    path.write_bytes(data)


def cut(path: Path, part: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
