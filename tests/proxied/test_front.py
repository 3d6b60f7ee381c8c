"""What config/nginx.conf promises beside footage and parts: who asks, what every answer says, what is logged."""

import contextlib
import http.client
import re
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.proxied.conftest import FILM, Front, Shown
from tests.support.in_process import in_process
from tests.support.live import School
from tests.support.nginx import filled_in, private_nginx
from tests.support.over_http import Visitor, ask
from tests.support.ports import free_port
from veo_workflow.app import create_app
from veo_workflow.commands import tls
from veo_workflow.guarding import HEADERS
from veo_workflow.services import Services

Somebody = Callable[[str], Visitor]

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/elsewhere",
    "Forwarded": "for=203.0.113.9;proto=https;host=elsewhere.example",
}


def test_what_a_browser_claims_about_itself_ends_at_nginx(visitor: Somebody, school: School) -> None:
    """Believed, the first claim would be refused for coming from elsewhere in the clear."""
    assert ask("GET", f"{school.origin}/sign-in", headers=FORGED).status_code == 200
    form = b"email=newcomer%40example.org&name=New+Person"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    page = visitor("ada").post("/people", data=form, headers={**FORGED, **kind}).data.decode()
    assert f"{school.origin}/welcome/" in page
    assert "elsewhere.example" not in page


def test_a_name_that_is_not_ours_is_refused(school: School) -> None:
    assert ask("GET", f"{school.origin}/sign-in", headers={"Host": "elsewhere.example"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/", "/static/css/tokens.css", "/static/js/upload/page.js?v=1", "/static/none", "/internal/objects/x"],
)
def test_every_answer_carries_the_strict_headers_once(school: School, path: str) -> None:
    headers = ask("GET", f"{school.origin}{path}").headers
    for name, value in HEADERS.items():
        assert headers.get_all(name) == [value]
    assert headers.get_all("Server") == ["nginx"], "and no version"
    assert "Strict-Transport-Security" not in headers, "in the clear it would mean nothing"


def test_static_files_are_nginxs_own_and_kept_by_their_content(school: School) -> None:
    path, small = "/static/css/tokens.css", {"Accept-Encoding": "gzip"}
    for address, kept in ((f"{path}?v=abc", "max-age=31536000"), (path, "no-cache")):
        answer = ask("GET", f"{school.origin}{address}", headers=small)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, kept)
        assert answer.headers["Content-Encoding"] == "gzip"
    page = ask("GET", f"{school.origin}/sign-in", headers=small)
    assert "Content-Encoding" not in page.headers, "a page holds secrets, and its length would tell"


def test_news_come_through_at_once(visitor: Somebody, clip: Shown, school: School) -> None:
    asha = visitor("asha")
    connection = http.client.HTTPConnection(urlsplit(school.origin).netloc, timeout=60)
    connection.request("GET", f"/api/clips/stream?id={clip.id}", headers=asha.signed_in)
    answer = connection.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.readline() == b": listening\n"
    connection.close()


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/%6detrics", "//metrics", "/x/../metrics"])
def test_what_is_for_watchers_is_not_for_the_public(school: School, path: str) -> None:
    answer = ask("GET", f"{school.origin}{path}")
    assert answer.status_code == 404
    assert b"veo_" not in answer.data


def test_a_form_that_is_too_large_is_turned_away(visitor: Somebody) -> None:
    answer = visitor("asha").post("/api/uploads", data=b"x" * (4 * 1024 * 1024))
    assert answer.status_code == 413


def test_no_log_holds_an_address(front: Front, visitor: Somebody, clip: Shown) -> None:
    asha = visitor("asha")
    assert asha.get(clip.film).data == FILM
    asha.get("/welcome/a-secret-token")
    asha.get("/static/a-secret-token")
    asha.get("/internal/objects/a-secret-token")
    nginx = front.folder / "nginx"
    logged = "".join((nginx / name).read_text() for name in ("said", "error.log", "access.log"))
    assert "a-secret-token" not in logged
    assert str(clip.id) not in logged


def test_no_log_holds_an_address_when_the_application_is_gone(tmp_path: Path) -> None:
    port = free_port()
    conf = filled_in(application=f"127.0.0.1:{free_port()}", data=tmp_path, listen=f"127.0.0.1:{port}")
    with private_nginx(tmp_path / "nginx", conf, port):
        assert ask("GET", f"http://127.0.0.1:{port}/welcome/a-secret-token").status_code == 502
    logged = "".join((tmp_path / "nginx" / name).read_text() for name in ("said", "error.log", "access.log"))
    assert "a-secret-token" not in logged


def test_over_https_the_cookie_is_bound_to_it_and_the_browser_is_told_to_stay(
    services: Services, tmp_path: Path
) -> None:
    port = free_port()
    origin = f"https://127.0.0.1:{port}"
    settings = services.settings.model_copy(update={"public_origin": origin, "proxies": 1, "nginx": True})
    certificate, key = tls.ensure_certificate(settings)
    with contextlib.ExitStack() as running:
        inside = running.enter_context(in_process(create_app(Services(**{**vars(services), "settings": settings}))))
        listen = f"127.0.0.1:{port} ssl"
        conf = filled_in(application=inside.removeprefix("http://"), data=settings.data, listen=listen)
        keys = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
        running.enter_context(private_nginx(tmp_path / "nginx", conf, port, keys))
        trusting = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=trusting)
        connection.request("GET", "/sign-in")
        answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert re.match("__Host-veo=.*; Secure;.*", answer.headers["Set-Cookie"])


def test_it_fits_into_the_distributions_own_configuration(tmp_path: Path) -> None:
    """Filled in by `envsubst`'s rule, that only what is named is replaced, and taken without a word of warning."""
    conf = filled_in(application="127.0.0.1:8000", data=tmp_path, listen=f"127.0.0.1:{free_port()}")
    assert re.findall(r"\$\{\w+\}|\$VEO_\w+", _without_comments(conf)) == []
    (tmp_path / "veo.conf").write_text(conf)
    around = Path("/etc/nginx/nginx.conf").read_text()
    around = re.sub(r"include /etc/nginx/(conf\.d|sites-enabled)/[^;]*;", "", around)
    around = re.sub(r"/(run|var/log/nginx)/", f"{tmp_path}/", around)
    around = around.replace("http {", f"http {{ include {tmp_path}/veo.conf;", 1)
    (tmp_path / "nginx.conf").write_text(around)
    tried = subprocess.run(
        ["nginx", "-t", "-q", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert (tried.returncode, tried.stderr) == (0, "")


def _without_comments(conf: str) -> str:
    return re.sub(r"(?m)^\s*#.*$", "", conf)
