"""Both drivers behind one port: the disk driver in a folder, the S3 driver on a real Swift."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BUCKET, empty
from tests.storage.drivers import DiskDriver, Driver, S3Driver
from tests.support.swift_s3 import Store
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.storage.s3 import S3Storage


@pytest.fixture
def disk(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "storage", secret="correct horse battery staple")


@pytest.fixture
def s3(swift: Store, tmp_path: Path) -> Iterator[S3Storage]:
    """An empty bucket, reached through `localhost` from the house and through 127.0.0.1 from browsers."""
    storage = S3Storage(
        bucket=BUCKET,
        endpoint=swift.endpoint.replace("127.0.0.1", "localhost"),
        public_origin=swift.endpoint,
        region=swift.region,
        access_key=swift.access_key,
        secret=swift.secret_key,
        scratch=tmp_path / "scratch",
    )
    yield storage
    empty(storage)


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
