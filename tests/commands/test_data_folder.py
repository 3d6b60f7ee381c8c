"""The data folder belongs to one running copy and to its owner alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from veo_workflow.commands import data_folder
from veo_workflow.errors import Conflict
from veo_workflow.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Settings]:
    """A data folder whose socket would have a name too long for a socket."""
    settings = Settings(data=tmp_path / ("a" * 60) / ("b" * 60))
    data_folder.prepare(settings)
    yield settings
    link = settings.data / "redis" / "redis.sock"
    if link.is_symlink():
        link.readlink().parent.rmdir()


def test_it_is_open_to_its_owner_alone(settings: Settings) -> None:
    settings.data.mkdir(mode=0o755)
    data_folder.prepare(settings)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (settings.data, *settings.data.iterdir())] == [0o700] * 5


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(data_folder.DataFolderUnusable, match=r"file/data cannot be used .*set VEO_DATA"):
        data_folder.prepare(Settings(data=tmp_path / "file" / "data"))


def test_a_second_copy_is_refused_until_the_first_has_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_folder, "PATIENCE", 0.1)
    data_folder.prepare(settings)
    assert not data_folder.is_held(settings)
    lock = data_folder.hold(settings)
    assert data_folder.is_held(settings)
    with pytest.raises(Conflict, match=r"Another copy is running on .*set VEO_DATA"):
        data_folder.hold(settings)
    os.close(lock)
    os.close(data_folder.hold(settings))


def test_the_socket_lies_in_the_data_folder(settings: Settings) -> None:
    data_folder.prepare(settings)
    assert data_folder.place_socket(settings) == settings.data / "redis" / "redis.sock" == settings.redis_socket


def test_a_long_path_gets_a_short_private_folder_that_settings_follow(deep: Settings) -> None:
    socket = data_folder.place_socket(deep)
    assert len(str(socket)) < data_folder.SOCKET_PATH_LIMIT
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert deep.redis_socket == socket
    assert data_folder.place_socket(deep) == socket


def test_a_short_folder_that_others_may_enter_is_not_used_again(deep: Settings) -> None:
    socket = data_folder.place_socket(deep)
    socket.parent.chmod(0o755)
    other = data_folder.place_socket(deep)
    socket.parent.rmdir()
    assert other.parent != socket.parent
