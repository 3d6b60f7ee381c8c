"""Both drivers behind one port: the disk driver in a folder, the S3 driver on a real Swift."""

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.drivers import DiskDriver, Driver, S3Driver
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.storage.s3 import S3Storage

STARTS_WITHIN = 90  # seconds, installing included
BUCKET = "veo-test"


@pytest.fixture(scope="session")
def swift() -> Iterator[dict[str, str]]:
    """How to reach a private S3-compatible store: endpoint, access_key, secret_key, region."""
    with tempfile.TemporaryDirectory(prefix="swift-", ignore_cleanup_errors=True) as home:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.swift_s3", home, BUCKET],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        try:
            assert server.stdout is not None
            ready, _, _ = select.select([server.stdout], [], [], STARTS_WITHIN)
            line = server.stdout.readline() if ready else ""
            if not line:
                server.terminate()
                pytest.fail(f"The S3-compatible store did not start: {server.communicate(timeout=15)[1].strip()}")
            yield json.loads(line)
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture
def disk(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "storage", secret="correct horse battery staple")


@pytest.fixture
def s3(swift: dict[str, str], tmp_path: Path) -> Iterator[S3Storage]:
    """An empty bucket, reached through `localhost` from the house and through 127.0.0.1 from browsers."""
    storage = S3Storage(
        bucket=BUCKET,
        endpoint=swift["endpoint"].replace("127.0.0.1", "localhost"),
        public_origin=swift["endpoint"],
        region=swift["region"],
        access_key=swift["access_key"],
        secret=swift["secret_key"],
        scratch=tmp_path / "scratch",
    )
    yield storage
    for key, upload in list(storage.open_uploads("")):
        storage.abort_parts(key, upload)
    for found in list(storage.list("")):
        storage.delete(found.key)


@pytest.fixture(params=["disk", "s3"])
def driver(request: pytest.FixtureRequest) -> Driver:
    if request.param == "disk":
        return DiskDriver(request.getfixturevalue("disk"))
    return S3Driver(request.getfixturevalue("s3"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds five megabytes; where mounting is not allowed, one whose files hold two."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mounting, check=False, capture_output=True).returncode == 0:
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 1024 * 1024, before[1]))
        try:
            yield folder
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
