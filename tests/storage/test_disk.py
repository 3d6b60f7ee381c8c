"""What can happen to a disk: full, killed, interrupted, crowded. Whatever it is, nothing is left half done."""

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.drivers import KEY, MIB, DiskDriver, content_md5, receive, send_all
from veo_workflow.errors import StorageFull
from veo_workflow.storage import AddressRefused, BadPart, NoSuchObject
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.storage.files import append_file, fresh_file, place

NOW = timedelta(seconds=-1)  # older than a moment from now: everything


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


class BreaksOff(io.BytesIO):
    """A body whose sender walks out of the wireless network."""

    def __init__(self, content: bytes, how: Exception | None) -> None:
        super().__init__(content)
        self.how = how

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece and self.how:
            raise self.how
        return piece


@pytest.mark.parametrize("how", [None, ConnectionResetError("reset by peer")])
def test_an_interrupted_part_leaves_nothing(disk: DiskStorage, tmp_path: Path, how: Exception | None) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    before = files(tmp_path)
    address = disk.sign_part(KEY, upload, 1, 2 * MIB, None, 60)
    with pytest.raises(BadPart):
        receive(disk, address.url, BreaksOff(os.urandom(MIB), how), 2 * MIB)
    assert files(tmp_path) == before
    assert disk.list_parts(KEY, upload) == []


def test_a_part_that_comes_without_a_length_is_refused_unread(disk: DiskStorage) -> None:
    address = disk.sign_part(KEY, disk.begin_parts(KEY, "video/mp4"), 1, 5, None, 60)
    body = io.BytesIO(b"hello")
    with pytest.raises(BadPart):
        receive(disk, address.url, body, None)
    with pytest.raises(AddressRefused):
        receive(disk, address.url.replace("size=5", "size=6"), body, 5)
    assert body.tell() == 0


def test_a_part_that_comes_with_another_digest_than_signed_is_refused_unread(disk: DiskStorage) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    address = disk.sign_part(KEY, upload, 1, 5, content_md5(b"hello"), 60)
    body = io.BytesIO(b"hello")
    with pytest.raises(BadPart):
        receive(disk, address.url, body, 5, content_md5(b"jello"))
    assert body.tell() == 0
    receive(disk, address.url, body, 5)
    assert len(disk.list_parts(KEY, upload)) == 1


def test_an_upload_id_does_not_lead_out_of_the_folder_of_uploads(disk: DiskStorage, tmp_path: Path) -> None:
    (tmp_path / "storage" / "key").write_text(KEY)
    with pytest.raises(NoSuchObject):
        disk.list_parts(KEY, "..")
    disk.abort_parts(KEY, "..")
    assert (tmp_path / "storage" / "key").exists()


def test_no_more_than_the_signed_length_is_read(disk: DiskStorage) -> None:
    address = disk.sign_part(KEY, disk.begin_parts(KEY, "video/mp4"), 1, 5, None, 60)
    body = io.BytesIO(b"hello, and the next request")
    receive(disk, address.url, body, 5)
    assert body.tell() == 5


def test_a_digest_sent_with_an_address_that_has_none_is_checked_too(disk: DiskStorage) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    url = disk.sign_part(KEY, upload, 1, 5, None, 60).url
    for digest in (content_md5(b"jello"), "not a digest"):
        with pytest.raises(BadPart):
            receive(disk, url, io.BytesIO(b"hello"), 5, digest)
    assert disk.list_parts(KEY, upload) == []


def test_an_address_from_another_copy_is_refused(disk: DiskStorage, tmp_path: Path) -> None:
    other = DiskStorage(tmp_path / "storage", secret="another secret")
    upload = disk.begin_parts(KEY, "video/mp4")
    with pytest.raises(AddressRefused):
        receive(disk, other.sign_part(KEY, upload, 1, 5, None, 60).url, io.BytesIO(b"hello"), 5)


def test_addresses_stay_on_the_applications_own_origin(tmp_path: Path) -> None:
    disk = DiskStorage(tmp_path, secret="s", origin_path="/storage/parts")
    upload = disk.begin_parts(KEY, "video/mp4")
    assert disk.sign_part(KEY, upload, 7, 5, None, 60).url.startswith(f"/storage/parts/{upload}/7?")


def test_an_abort_while_a_part_is_on_its_way_wins(disk: DiskStorage, tmp_path: Path) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    address = disk.sign_part(KEY, upload, 1, 4 * MIB, None, 60)

    class AbortedMidway(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 2 * MIB:
                disk.abort_parts(KEY, upload)
            return super().read(size)

    with pytest.raises(NoSuchObject):
        receive(disk, address.url, AbortedMidway(os.urandom(4 * MIB)), 4 * MIB)
    assert files(tmp_path) == []


def test_a_full_disk_refuses_a_part_and_keeps_the_others(small_disk: Path) -> None:
    disk = DiskStorage(small_disk, secret="s")
    upload = disk.begin_parts(KEY, "video/mp4")
    send_all(DiskDriver(disk), upload, [b"hello"])
    before = files(small_disk)
    address = disk.sign_part(KEY, upload, 2, 8 * MIB, None, 60)
    with pytest.raises(StorageFull) as refusal:
        receive(disk, address.url, io.BytesIO(os.urandom(8 * MIB)), 8 * MIB)
    assert refusal.value.status == 507
    assert files(small_disk) == before
    again = disk.sign_part(KEY, upload, 2, 5, None, 60)
    receive(disk, again.url, io.BytesIO(b"world"), 5)
    assert [part.size for part in disk.list_parts(KEY, upload)] == [5, 5]


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(bytes(8 * MIB))
    return path


def test_a_full_disk_refuses_an_object_and_keeps_the_one_before(
    large_file: Path, small_disk: Path, tmp_path: Path
) -> None:
    disk = DiskStorage(small_disk / "storage", secret="s")
    source = tmp_path / "source"
    source.write_bytes(b"first")
    first = disk.put(KEY, source, "video/mp4")
    before = files(small_disk)
    with pytest.raises(StorageFull):
        disk.put(KEY, large_file, "video/mp4")
    assert disk.head(KEY) == first
    assert files(small_disk) == before


def test_a_full_disk_refuses_the_join_and_keeps_every_part(small_disk: Path) -> None:
    disk = DiskStorage(small_disk, secret="s")
    upload = disk.begin_parts(KEY, "video/mp4")
    send_all(DiskDriver(disk), upload, [os.urandom(3 * MIB // 2)] * 2)
    arrived = disk.list_parts(KEY, upload)
    before = files(small_disk)
    with pytest.raises(StorageFull):
        disk.join_parts(KEY, upload, arrived)
    assert disk.head(KEY) is None
    assert files(small_disk) == before
    assert disk.list_parts(KEY, upload) == arrived


def test_neither_a_part_nor_a_join_is_held_in_memory(disk: DiskStorage) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    size = 16 * MIB
    address = disk.sign_part(KEY, upload, 1, size, None, 60)
    body = io.BytesIO(os.urandom(size))
    tracemalloc.start()
    try:
        receive(disk, address.url, body, size)
        disk.join_parts(KEY, upload, disk.list_parts(KEY, upload))
        assert tracemalloc.get_traced_memory()[1] < 2 * MIB
    finally:
        tracemalloc.stop()


def test_a_crash_after_the_object_stood_but_before_the_parts_went_is_finished(
    disk: DiskStorage, tmp_path: Path
) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    send_all(DiskDriver(disk), upload, [b"hello", b"world"])
    arrived = disk.list_parts(KEY, upload)
    folder = tmp_path / "storage" / "parts" / upload
    shutil.copytree(folder, tmp_path / "as at the crash")
    joined = disk.join_parts(KEY, upload, arrived)
    shutil.move(tmp_path / "as at the crash", folder)
    standing = disk.delivery(KEY).path
    assert standing
    inode = standing.stat().st_ino

    assert disk.join_parts(KEY, upload, arrived) == joined
    assert standing.stat().st_ino == inode
    assert files(tmp_path / "storage") == [f"objects/{KEY}"]


def test_a_superseded_part_that_a_crash_left_behind_does_not_count(disk: DiskStorage, tmp_path: Path) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    folder = tmp_path / "storage" / "parts" / upload
    for turn in range(1, 11):
        content = b"turn %d" % turn
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        (folder / f"00001.{turn}.{len(content)}.{digest}").write_bytes(content)
    (part,) = disk.list_parts(KEY, upload)
    assert part.etag == hashlib.md5(b"turn 10", usedforsecurity=False).hexdigest()
    disk.join_parts(KEY, upload, [part])
    with disk.local(KEY) as path:
        assert path.read_bytes() == b"turn 10"


RECEIVER = """
import sys
from pathlib import Path
from tests.storage.drivers import receive
from veo_workflow.storage.disk import DiskStorage
receive(DiskStorage(Path(sys.argv[1]), "s"), sys.argv[2], sys.stdin.buffer.raw, int(sys.argv[3]))
"""


def test_a_killed_process_leaves_what_was_acknowledged_and_nothing_that_counts(tmp_path: Path) -> None:
    disk = DiskStorage(tmp_path, secret="s")
    upload = disk.begin_parts(KEY, "video/mp4")
    send_all(DiskDriver(disk), upload, [b"hello"])
    arrived = disk.list_parts(KEY, upload)
    before = files(tmp_path)
    address = disk.sign_part(KEY, upload, 2, 2 * MIB, None, 60)
    process = subprocess.Popen(
        [sys.executable, "-c", RECEIVER, str(tmp_path), address.url, str(2 * MIB)],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin
    process.stdin.write(os.urandom(MIB))
    process.stdin.flush()
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdin.close()

    assert disk.list_parts(KEY, upload) == arrived
    disk.sweep_temporary(NOW)
    assert files(tmp_path) == before
    assert disk.join_parts(KEY, upload, arrived).size == 5


def test_the_sweep_takes_what_crashes_left_and_nothing_younger(disk: DiskStorage, tmp_path: Path) -> None:
    root = tmp_path / "storage"
    upload = disk.begin_parts(KEY, "video/mp4")
    send_all(DiskDriver(disk), upload, [b"hello"])
    kept = files(root)
    (root / "temporary" / "half an object").write_bytes(b"x")
    (root / "temporary" / "half an upload").mkdir()
    (root / "temporary" / "half an upload" / "key").write_text("k")
    (root / "parts" / upload / "arriving.x").write_bytes(b"x")
    assert disk.sweep_temporary(timedelta(hours=1)) == 0

    (root / "temporary" / f"{'0' * 24}.ended").mkdir()
    (root / "temporary" / f"{'0' * 24}.ended" / "00001").write_bytes(b"of a child")
    assert disk.sweep_temporary(timedelta(hours=1)) == 1
    assert disk.sweep_temporary(NOW) == 3
    assert files(root) == kept
    assert [part.size for part in disk.list_parts(KEY, upload)] == [5]


def test_the_same_part_from_many_sides_at_once_is_one_of_them_whole(disk: DiskStorage, tmp_path: Path) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    bodies = [os.urandom(5_000 + n) for n in range(4)]
    together = threading.Barrier(len(bodies))

    def send(body: bytes) -> None:
        for _ in range(25):
            address = disk.sign_part(KEY, upload, 1, len(body), None, 60)
            together.wait()
            receive(disk, address.url, io.BytesIO(body), len(body))
            together.wait()
            assert len(files(tmp_path / "storage" / "parts")) == 2  # the key, and one part

    with ThreadPoolExecutor(len(bodies)) as senders:
        list(senders.map(send, bodies))
    joined = disk.join_parts(KEY, upload, disk.list_parts(KEY, upload))
    with disk.local(KEY) as path:
        assert path.read_bytes() in bodies
        assert path.stat().st_size == joined.size


@pytest.mark.parametrize("_", range(10))
def test_join_abort_and_a_part_at_once_end_in_one_of_the_two(disk: DiskStorage, tmp_path: Path, _: int) -> None:
    upload = disk.begin_parts(KEY, "video/mp4")
    send_all(DiskDriver(disk), upload, [b"x" * 100_000, b"y" * 100_000])
    arrived = disk.list_parts(KEY, upload)
    address = disk.sign_part(KEY, upload, 2, 5, None, 60)
    attempts: list[Callable[[], object]] = [
        lambda: disk.join_parts(KEY, upload, arrived),
        lambda: disk.abort_parts(KEY, upload),
        lambda: receive(disk, address.url, io.BytesIO(b"later"), 5),
    ]
    together = threading.Barrier(len(attempts))

    def at_once(attempt: Callable[[], object]) -> object:
        together.wait()
        with suppress(NoSuchObject, BadPart):
            return attempt()
        return None

    with ThreadPoolExecutor(len(attempts)) as people:
        joined, _aborted, _received = people.map(at_once, attempts)
    assert disk.head(KEY) == joined
    assert files(tmp_path / "storage") == ([f"objects/{KEY}"] if joined else [])


def test_putting_and_deleting_beside_each_other_do_not_take_each_others_folders(
    disk: DiskStorage, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")

    def churn(name: str) -> None:
        for _ in range(40):
            disk.put(f"clips/1/{name}", source, "video/mp4")
            disk.delete(f"clips/1/{name}")

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(churn, ["a", "b"]))
    assert list((tmp_path / "storage" / "objects").iterdir()) == []


def test_a_folder_taken_away_again_and_again_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "clips" / "1"
    done = threading.Event()

    def take_away() -> None:
        while not done.is_set():
            with suppress(OSError):
                folder.rmdir()

    with ThreadPoolExecutor(1) as other:
        other.submit(take_away)
        try:
            for _ in range(200):
                (tmp_path / "temporary").write_bytes(b"x")
                place(tmp_path / "temporary", folder / "x", tmp_path)
                (folder / "x").unlink()
        finally:
            done.set()


def test_deleting_the_last_object_takes_its_folders_along(disk: DiskStorage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for key in ("clips/1/1/a", "clips/1/2/a"):
        disk.put(key, source, "video/mp4")
    disk.delete("clips/1/1/a")
    objects = tmp_path / "storage" / "objects"
    assert [path.name for path in (objects / "clips" / "1").iterdir()] == ["2"]
    disk.delete("clips/1/2/a")
    assert list(objects.iterdir()) == []


def test_nobody_but_us_and_the_web_server_can_read_and_nobody_can_write(disk: DiskStorage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    disk.put(KEY, source, "video/mp4")
    upload = disk.begin_parts("uploads/2/original", "video/mp4")
    send_all(DiskDriver(disk), upload, [b"hello"], "uploads/2/original")
    disk.join_parts("uploads/2/original", upload, disk.list_parts("uploads/2/original", upload))
    for key in (KEY, "uploads/2/original"):
        with disk.local(key) as path:
            assert path.stat().st_mode & 0o777 == 0o440


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another file system, where the machine has one."""
    folder = Path("/dev/shm") / f"veo-test-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def test_fetching_to_another_file_system_copies(disk: DiskStorage, tmp_path: Path, elsewhere: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(MIB))
    disk.put(KEY, source, "video/mp4")
    disk.fetch(KEY, elsewhere / "copy")
    assert (elsewhere / "copy").read_bytes() == source.read_bytes()
    assert files(elsewhere) == ["copy"]


def test_where_ranges_cannot_be_copied_the_kernel_sends_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> int:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuses)
    source = tmp_path / "source"
    source.write_bytes(os.urandom(MIB))
    with fresh_file(tmp_path / "target") as target:
        append_file(source, target)
        append_file(source, target)
    assert (tmp_path / "target").read_bytes() == source.read_bytes() * 2
