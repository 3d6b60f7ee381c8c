"""What the part contract costs over writing the same parts to the same disk with the same care.

Both sides take the same bytes in the same number at once, hash each part and flush each part and its folder to the
disk; what is left is what the contract adds: addresses, checks, names, the join, and HTTP where the caller drives it.
"""

import hashlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from benchmarks.measuring import in_turns
from veo_workflow.storage.disk import DiskStorage

MIB = 1024 * 1024
TOTAL = 200 * MIB
PART = 8 * MIB
AT_ONCE = 3  # as the browser sends them
PIECE = MIB // 2

_noise = os.urandom(PART)


def part_body(n: int, size: int = PART) -> bytes:
    """The bytes of part `n`: no two parts alike, made fast enough not to be what is measured."""
    filler = _noise * (size // len(_noise) + 1)
    return n.to_bytes(8) + filler[: size - 8]


def part_numbers(total: int = TOTAL, part: int = PART) -> range:
    return range(1, total // part + 1)


def bare_disk_write(folder: Path, total: int = TOTAL, part: int = PART) -> float:
    """Write the parts as plain files, each hashed and flushed, three at once; returns seconds of wall time."""

    def write(n: int, body: bytes) -> None:
        digest = hashlib.md5(usedforsecurity=False)
        stream = io.BytesIO(body)
        with (folder / str(n)).open("xb", buffering=0) as file:
            while piece := stream.read(PIECE):
                digest.update(piece)
                file.write(piece)
            os.fsync(file.fileno())
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    return contract_upload(write, lambda: None, total, part)


def contract_upload(
    send: Callable[[int, bytes], object], complete: Callable[[], object], total: int = TOTAL, part: int = PART
) -> float:
    """Send every part, three at once, then complete; returns seconds of wall time.

    `send(n, body)` has to return once the part is acknowledged; both have to raise when they are refused.
    """
    bodies = {n: part_body(n, part) for n in part_numbers(total, part)}
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as browser:
        list(browser.map(send, bodies, bodies.values()))
    complete()
    return time.perf_counter() - begun


def driver_upload(folder: Path, total: int = TOTAL, part: int = PART) -> float:
    """The contract without HTTP: signing, receiving and joining by the disk driver; returns seconds."""
    disk, key = DiskStorage(folder, "a secret"), "uploads/1/original"
    upload = disk.begin_parts(key, "video/mp4")

    def send(n: int, body: bytes) -> None:
        address = urlsplit(disk.sign_part(key, upload, n, len(body), None, 60).url)
        disk.receive_part(upload, n, dict(parse_qsl(address.query)), len(body), None, io.BytesIO(body))

    def complete() -> None:
        disk.join_parts(key, upload, disk.list_parts(key, upload))

    return contract_upload(send, complete, total, part)


def ratio(measured: Callable[[Path], float], bare: Callable[[Path], float], parent: Path, pairs: int = 9) -> float:
    """Median of alternating pairs, each in a fresh folder under `parent`."""

    def fresh(measure: Callable[[Path], float]) -> float:
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            return measure(Path(folder))

    fresh(bare)  # the first write to a quiet disk is another one's measure
    return in_turns(lambda: fresh(measured), lambda: fresh(bare), pairs=pairs)


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    sys.stdout.write(f"driver alone over bare disk: {ratio(driver_upload, bare_disk_write, where, pairs=5):.2f}\n")
