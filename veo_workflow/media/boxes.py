"""The boxes of an MP4 file we made: which codecs to name to a browser, and what HEVC's header may not carry along.

Pure functions over the bytes of `moov` (ISO/IEC 14496-12; avcC and hvcC in 14496-15, esds in 14496-1). What does not
read as it should raises ValueError.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_LARGEST_INDEX = 64 << 20
_PICTURE_ENTRY, _SOUND_ENTRY = 78, 28  # bytes of a sample entry before the boxes in it
_SEI = {39, 40}
_SPACES = ("", "A", "B", "C")


def read_index(path: Path) -> tuple[int, bytes]:
    """Where `moov`, which comes first, begins in the file, and its bytes."""
    with path.open("rb") as file:
        at = 0
        while len(head := file.read(8)) == 8:
            size, name = struct.unpack(">I4s", head)
            if name == b"moov" and 8 <= size <= _LARGEST_INDEX:
                return at, head + file.read(size - 8)
            if size < 8:
                break
            at += size
            file.seek(at)
    raise ValueError("no index")


def codecs(moov: bytes) -> str:
    """Picture and sound as RFC 6381 names them: `avc1.640028, mp4a.40.2`."""
    named = [_named(name, moov[start:end]) for name, start, end in _entries(moov)]
    return ", ".join(named)


def messages(moov: bytes) -> list[tuple[int, int]]:
    """(first byte, length) of every supplemental message in the header of an HEVC track."""
    found: list[tuple[int, int]] = []
    for name, start, end in _entries(moov):
        if name == b"hvc1":
            found += _messages_of(moov, *_inside(moov, b"hvcC", start + _PICTURE_ENTRY, end))
    return found


def blank_message(length: int) -> bytes:
    """A supplemental message of that length that says nothing: filler payload (Rec. ITU-T H.265, D.2.4)."""
    body, rest = bytearray(), length - 3
    while rest > 1:
        size = min(rest - 2, 254)
        size -= rest - 2 - size == 1  # what is left over has to be a payload again
        body += bytes((3, size)) + b"\xff" * size
        rest -= 2 + size
    return b"\x4e\x01" + bytes(body) + b"\x80" * (length - 2 - len(body))


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, first byte, end) of the content of each box in a stretch."""
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        if not 8 <= size <= end - start:
            raise ValueError("a box reaches out of its own")
        yield name, start + 8, start + size
        start += size


def _inside(data: bytes, name: bytes, start: int, end: int) -> tuple[int, int]:
    for found, first, last in _boxes(data, start, end):
        if found == name:
            return first, last
    raise ValueError(f"no {name.decode()}")


def _entries(moov: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The sample entry of each track."""
    for name, start, end in _boxes(moov, 8, len(moov)):
        if name != b"trak":
            continue
        for inner in (b"mdia", b"minf", b"stbl", b"stsd"):
            start, end = _inside(moov, inner, start, end)
        yield next(_boxes(moov, start + 8, end))


def _named(name: bytes, entry: bytes) -> str:
    match name:
        case b"avc1":
            start, _ = _inside(entry, b"avcC", _PICTURE_ENTRY, len(entry))
            return f"avc1.{entry[start + 1 : start + 4].hex().upper()}"
        case b"hvc1":
            start, end = _inside(entry, b"hvcC", _PICTURE_ENTRY, len(entry))
            return _hevc(entry[start:end])
        case b"mp4a":
            start, end = _inside(entry, b"esds", _SOUND_ENTRY, len(entry))
            return _aac(entry[start + 4 : end])
    raise ValueError(f"a track of {name.decode(errors='replace')}")


def _hevc(record: bytes) -> str:
    """Profile, compatible profiles, tier and level, constraints: ISO/IEC 14496-15, annex E.3."""
    first, compatible = struct.unpack_from(">BI", record, 1)
    constraints, level = record[6:12].rstrip(b"\0"), record[12]
    mirrored = int(f"{compatible:032b}"[::-1], 2)
    tier = "H" if first & 0x20 else "L"
    parts = (f"hvc1.{_SPACES[first >> 6]}{first & 0x1F}", f"{mirrored:X}", f"{tier}{level}")
    return ".".join((*parts, *(f"{byte:X}" for byte in constraints)))


def _aac(descriptors: bytes) -> str:
    """`mp4a.40.` and the audio object type (ISO/IEC 14496-3)."""
    inside = _descriptor(descriptors, 3)[3:]
    decoder = _descriptor(inside, 4)
    specific = _descriptor(decoder[13:], 5)
    kind = specific[0] >> 3
    if kind == 31:
        kind = 32 + (int.from_bytes(specific[:2], "big") >> 5 & 0x3F)
    return f"mp4a.{decoder[0]:X}.{kind}"


def _descriptor(data: bytes, tag: int) -> bytes:
    """What the descriptor at the beginning holds; its length takes up to four bytes of seven bits."""
    if data[:1] != bytes((tag,)):
        raise ValueError("no such descriptor")
    length, at = 0, 1
    while True:
        byte = data[at]
        length, at = length << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            return data[at : at + length]


def _messages_of(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    arrays, at = data[start + 22], start + 23
    for _ in range(arrays):
        kind, count = struct.unpack_from(">BH", data, at)
        at += 3
        for _ in range(count):
            length = int.from_bytes(data[at : at + 2], "big")
            if at + 2 + length > end:
                raise ValueError("a message reaches out of its box")
            if kind & 0x3F in _SEI:
                yield at + 2, length
            at += 2 + length
