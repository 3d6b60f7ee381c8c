"""How footage leaves: by Flask with ranges, or by nginx, which is only told where it lies."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from gunicorn.http.wsgi import FileWrapper

from tests.support.world import World, make_clip
from veo_workflow.app import create_app
from veo_workflow.cycles.models import Cycle
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.settings import MIB

LENGTH = 64 * MIB
PIECE = 1000


@pytest.fixture
def address(services: Services, world: World, tmp_path: Path) -> str:
    """The address of a clip of 64 MiB, which ends in a piece that nothing else in it is like."""
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
    film = tmp_path / "film"
    with film.open("wb") as file:
        file.truncate(LENGTH - PIECE)
        file.seek(LENGTH - PIECE)
        file.write(b"z" * PIECE)
    services.storage.put(f"clips/{clip.id}/1/playback.mp4", film, "video/mp4")
    return f"/media/{clip.id}/playback"


def test_a_range_far_into_a_film_reads_no_more_than_one_at_its_beginning(
    client_for: Callable[[Person], FlaskClient], world: World, address: str
) -> None:
    asha = client_for(world.asha)
    gunicorn = {"wsgi.file_wrapper": FileWrapper}
    before = _bytes_read()
    far = asha.get(address, headers={"Range": f"bytes={LENGTH - PIECE}-"}, environ_overrides=gunicorn)
    assert (far.status_code, far.data) == (206, b"z" * PIECE)
    assert far.headers["Content-Range"] == f"bytes {LENGTH - PIECE}-{LENGTH - 1}/{LENGTH}"
    assert _bytes_read() - before < 4 * MIB


def test_by_flask_a_film_is_asked_for_anew_and_sent_only_if_it_has_changed(
    client_for: Callable[[Person], FlaskClient], world: World, address: str
) -> None:
    asha = client_for(world.asha)
    first = asha.head(address)
    assert (first.headers["Cache-Control"], first.headers["Accept-Ranges"]) == ("private, no-cache", "bytes")
    assert (first.headers["Content-Type"], first.headers["Content-Length"]) == ("video/mp4", str(LENGTH))
    again = asha.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert asha.get(address, headers={"Range": f"bytes={LENGTH}-"}).status_code == 416


def test_behind_nginx_only_the_place_is_told(services: Services, world: World, address: str) -> None:
    settings = services.settings.model_copy(update={"proxies": 1, "nginx": True})
    app = create_app(Services(**{**vars(services), "settings": settings}))
    asha = _signed_in(app.test_client(), services, world.asha)
    answer = asha.get(address, headers={"Range": "bytes=0-99"})
    clip = address.split("/")[2]
    assert answer.headers["X-Accel-Redirect"] == f"/internal/objects/clips/{clip}/1/playback.mp4"
    assert (answer.status_code, answer.data) == (200, b"")
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("video/mp4", "private, no-cache")
    assert "X-Accel-Redirect" not in app.test_client().get(address).headers


def _signed_in(client: FlaskClient, services: Services, person: Person) -> FlaskClient:
    with services.database.transaction() as session:
        token = people.open_sign_in(session, session.get_one(Person, person.id))
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


def _bytes_read() -> int:
    """By this process, of whatever file."""
    return int(Path(f"/proc/{os.getpid()}/io").read_text().split()[1])
