"""Before the application: the next range of a film that somebody is in the middle of.

Behind nginx no byte of it passes through here, so that asking is all there is to do, and it is asked for each of many
ranges.  Where the answer is yes it is given at once.  Whatever else it may be, a refusal, a first range, which the
audit log has to know of, a request that is not quite as it should be, goes the whole road and is answered there.
"""

import re
import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from flask import Flask, Request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import SecurityError

from veo_workflow.clips import delivery, ranges, watching
from veo_workflow.clips.models import RenditionKind
from veo_workflow.database import now
from veo_workflow.errors import VeoError
from veo_workflow.operating import answering
from veo_workflow.services import Services
from veo_workflow.web import is_this_machine

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROUTE = "clips.media"
SITTINGS = 10_000  # that one process remembers
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FILM = re.compile(f"/media/({_ID})/(preview|playback|small)")


class ShortRoad:
    def __init__(self, app: Flask, headers: dict[str, str]) -> None:
        """`headers` go out with every answer."""
        self._app, self._whole_road, self._headers = app, app.wsgi_app, headers
        self._cookies = cast(URLSafeTimedSerializer, SecureCookieSessionInterface().get_signing_serializer(app))
        self._cookie = app.config["SESSION_COOKIE_NAME"]
        self._lasts = int(app.permanent_session_lifetime.total_seconds())
        self._noted_until: dict[tuple[uuid.UUID, uuid.UUID], float] = {}  # in the seconds of time.monotonic

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        film = _FILM.fullmatch(environ["PATH_INFO"])
        if film is None or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._whole_road(environ, start_response)
        began, request = time.monotonic(), Request(environ)
        try:
            headers = self._granted(request, uuid.UUID(film[1]), RenditionKind(film[2]))
        except (SQLAlchemyError, SecurityError, VeoError):
            headers = None
        if headers is None:
            return self._whole_road(environ, start_response)
        answering.begin(request, self._services())
        headers["X-Request-Id"] = answering.note(ROUTE, 200, time.monotonic() - began)
        start_response("200 OK", list(headers.items()))
        return []

    def _granted(self, request: Request, clip_id: uuid.UUID, kind: RenditionKind) -> dict[str, str] | None:
        """What tells nginx to send it. Raises SecurityError for a foreign host, NoSuchObject, Unavailable."""
        request.trusted_hosts = self._app.config["TRUSTED_HOSTS"]
        token = self._token(request)
        if not token or not request.host or not (request.is_secure or is_this_machine(request.remote_addr)):
            return None
        services = self._services()
        film = ranges.granted(services.database, token, clip_id, kind, services.settings, now())
        if film is None or not self._is_noted(film.person_id, clip_id):
            return None
        found = services.storage.delivery(film.key)
        return {
            **self._headers,
            "Content-Type": film.content_type,
            "Content-Length": "0",
            "Vary": "Cookie",
            **delivery.by_nginx(film.key, found, request),
        }

    def _is_noted(self, person_id: uuid.UUID, clip_id: uuid.UUID) -> bool:
        """Whether the log has this sitting; asked once a sitting and process."""
        at, sitting = time.monotonic(), (person_id, clip_id)
        if self._noted_until.get(sitting, 0) > at:
            return True
        seconds = watching.noted_for(self._services(), person_id, clip_id)
        if len(self._noted_until) >= SITTINGS:
            self._noted_until.clear()
        self._noted_until[sitting] = at + seconds
        return seconds > 0

    def _services(self) -> Services:
        return cast(Services, self._app.extensions["veo"])

    def _token(self, request: Request) -> str | None:
        """What the cookie signs somebody in by, if it is one of ours; read as Flask itself reads it."""
        try:
            held = self._cookies.loads(request.cookies[self._cookie], max_age=self._lasts)
        except (KeyError, BadSignature):
            return None
        return cast("str | None", held.get("_user_id"))
