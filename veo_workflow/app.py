"""The web application: wires the rooms, guards every request, renders every error in one place."""

import hashlib
import ipaddress
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow import logs, web
from veo_workflow import settings as settings_module
from veo_workflow.clips import views as clips_views
from veo_workflow.clips.shares import views as shares_views
from veo_workflow.clips.uploads import views as uploads_views
from veo_workflow.cycles import views as cycles_views
from veo_workflow.cycles.adapting import views as adapting_views
from veo_workflow.cycles.learning.conversation import views as conversation_views
from veo_workflow.cycles.pairing import views as pairing_views
from veo_workflow.cycles.readings import views as readings_views
from veo_workflow.cycles.reality import views as reality_views
from veo_workflow.cycles.sessions import views as sessions_views
from veo_workflow.cycles.wordings import views as wordings_views
from veo_workflow.errors import (
    ConfirmationNeeded,
    InvalidInput,
    NotAllowed,
    NotFound,
    SignInNeeded,
    TooLarge,
    Unavailable,
    VeoError,
)
from veo_workflow.operating import answering
from veo_workflow.operating import views as operating_views
from veo_workflow.oversight.logs import views as logs_views
from veo_workflow.oversight.overview import views as overview_views
from veo_workflow.pages import beginning, frame, handbook
from veo_workflow.pages import views as pages_views
from veo_workflow.pages.attachments import WITH_FILES
from veo_workflow.pages.evidence import views as evidence_views
from veo_workflow.pages.exemplars import views as exemplars_views
from veo_workflow.pages.learning import checklist, practice, resources
from veo_workflow.pages.modelling import views as modelling_views
from veo_workflow.pages.noticeboard import views as notices_views
from veo_workflow.pages.sharing import views as sharing_views
from veo_workflow.people import signing_in
from veo_workflow.people import views as people_views
from veo_workflow.people.devices import views as devices_views
from veo_workflow.people.factors import passkey_views, second_views
from veo_workflow.people.factors import school_views as second_step_views
from veo_workflow.people.factors import views as factors_views
from veo_workflow.people.providers import views as provider_views
from veo_workflow.people.recording import views as recording_views
from veo_workflow.people.roster import views as roster_views
from veo_workflow.people.shared import views as shared_ipad_views
from veo_workflow.people.staff import views as staff_views
from veo_workflow.people.year import views as year_views
from veo_workflow.playbook import views as playbook_views
from veo_workflow.removal import views as removal_views
from veo_workflow.removal.flags import views as flags_views
from veo_workflow.removal.holds import views as holds_views
from veo_workflow.removal.leaving import views as leaving_views
from veo_workflow.reviews import views as reviews_views
from veo_workflow.reviews.comparing import views as comparing_views
from veo_workflow.reviews.patterns import views as patterns_views
from veo_workflow.reviews.queue import views as queue_views
from veo_workflow.reviews.room import views as room_views
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from veo_workflow.tags import views as tags_views
from veo_workflow.tags.agreement import views as agreement_views
from veo_workflow.tags.replies import views as replies_views
from veo_workflow.tags.self_first import views as self_first_views
from veo_workflow.takeout import views as takeout_views
from veo_workflow.takeout.moments import views as moments_views
from veo_workflow.takeout.person import views as archive_views
from veo_workflow.takeout.review import views as review_paper_views
from veo_workflow.wording import install_filters

log = logging.getLogger(__name__)

ROOMS = (
    people_views.blueprint,
    devices_views.blueprint,
    factors_views.blueprint,
    second_views.blueprint,
    passkey_views.blueprint,
    provider_views.blueprint,
    shared_ipad_views.blueprint,
    second_step_views.blueprint,
    pairing_views.blueprint,
    roster_views.blueprint,
    staff_views.blueprint,
    year_views.blueprint,
    recording_views.blueprint,
    playbook_views.blueprint,
    cycles_views.blueprint,
    reality_views.blueprint,
    wordings_views.blueprint,
    adapting_views.blueprint,
    modelling_views.blueprint,
    readings_views.blueprint,
    sessions_views.blueprint,
    conversation_views.blueprint,
    clips_views.blueprint,
    shares_views.blueprint,
    uploads_views.blueprint,
    tags_views.blueprint,
    replies_views.blueprint,
    self_first_views.blueprint,
    agreement_views.blueprint,
    reviews_views.blueprint,
    room_views.blueprint,
    queue_views.blueprint,
    comparing_views.blueprint,
    patterns_views.blueprint,
    removal_views.blueprint,
    leaving_views.blueprint,
    holds_views.blueprint,
    flags_views.blueprint,
    logs_views.blueprint,
    overview_views.blueprint,
    takeout_views.blueprint,
    archive_views.blueprint,
    moments_views.blueprint,
    review_paper_views.blueprint,
    pages_views.blueprint,
    evidence_views.blueprint,
    sharing_views.blueprint,
    exemplars_views.blueprint,
    checklist.blueprint,
    practice.blueprint,
    resources.blueprint,
    notices_views.blueprint,
    beginning.blueprint,
    handbook.blueprint,
    operating_views.blueprint,
)

# Addresses that answer somebody who is not signed in.
OPEN_ENDPOINTS = {
    "static",
    *operating_views.FOR_WATCHERS,
    "beginning.begin",
    "beginning.begin_now",
    "pages.protected",
    "people.sign_in",
    "people.sign_in_now",
    "people.sign_out",
    "people.forgotten",
    "people.welcome",
    "people.welcome_now",
    "provider.leave",
    "provider.come_back",
    "second.ask",
    "shared_ipad.scanned",
    "shared_ipad.take",
    "second.give",
    "passkeys.ask_at_sign_in",
    "uploads.receive_part",  # carries its own signature, and no cookie
}

# What somebody who has to set up a second step still reaches.
SETTING_UP = {"factors", "passkeys", "devices", "people.confirm", "people.confirm_now"}

FILES_AT_ONCE = 64 * 1024 * 1024  # bytes of all files in one request; each has its own limit

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), screen-wake-lock=(self)",
}


def create_app(services: Services | None = None) -> Flask:
    services = services or open_services(settings_module.load())
    root = Path(__file__).parent
    app = Flask(__name__, template_folder=str(root.parent / "templates"), static_folder=str(root / "static"))
    app.config.update(_config(services.settings))
    _believe_proxies(app, services.settings.proxies)
    answering.install(app, services)
    web.install(app, services)
    app.before_request(_take_files)
    CSRFProtect(app).exempt(uploads_views.receive_part)
    signing_in.install(app)
    install_filters(app, frame.school_zone)
    app.before_request(_refuse_plain_http_from_elsewhere)
    app.before_request(_refuse_foreign_writes)
    app.before_request(_ask_to_sign_in)
    app.before_request(_ask_for_a_second_step)
    app.after_request(_harden)
    app.after_request(_note_seen)
    app.register_error_handler(VeoError, _render_error)
    app.register_error_handler(HTTPException, _render_http_error)
    app.register_error_handler(Exception, _render_surprise)
    app.context_processor(_for_every_page)
    for room in ROOMS:
        app.register_blueprint(room)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    named = {urlsplit(settings.origin).hostname or "", *settings.trusted_hosts.split(",")}
    hosts = {settings.host, "127.0.0.1", "localhost", *named} - {"", "0.0.0.0", "::"}
    return {
        "SECRET_KEY": settings.secret(),
        "SESSION_COOKIE_NAME": "__Host-veo" if settings.encrypted else "veo",
        "SESSION_COOKIE_SECURE": settings.encrypted,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=settings.sign_in_lifetime),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the sign-in itself: a form left open over lunch still saves
        "TRUSTED_HOSTS": sorted(hosts),
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,  # parts are streamed and lift this for themselves
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
    }


def _believe_proxies(app: Flask, count: int) -> None:
    """Who asks, and over HTTPS or not, is what the last of our own proxies says; Host they hand on as it came."""
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]


def _take_files() -> None:
    """Before a body is read: photos and PDFs are larger than forms, and only the signed in send any."""
    if request.endpoint in WITH_FILES and "_user_id" in session:
        request.max_content_length = FILES_AT_ONCE


def _refuse_plain_http_from_elsewhere() -> None:
    """Without encryption only this machine itself is served: a sign-in must not cross a network (SAFEGUARDING D3)."""
    if request.endpoint in operating_views.FOR_WATCHERS:
        return
    if not request.is_secure and not _is_this_machine(request.remote_addr):
        raise NotAllowed("From another machine this is reached over HTTPS only. Start it with VEO_TLS=1.")


def _is_this_machine(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:  # a proxy that says something else than an address
        return False


def _refuse_foreign_writes() -> None:
    """Fetch Metadata beside the CSRF token: no other site writes here (SAFEGUARDING E4)."""
    if request.method not in web.READING and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        raise NotAllowed("That came from another site. Open the page here and try again.")


def _ask_to_sign_in() -> BaseResponse | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_ENDPOINTS:
        return None
    try:
        signing_in.me()
    except SignInNeeded:
        if request.method == "GET" and not _speaks_json():
            return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
        raise
    return None


def _ask_for_a_second_step() -> BaseResponse | None:
    """Where the school's day has come, somebody without a second step gets no further than to setting one up."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_ENDPOINTS or {endpoint, request.blueprint} & SETTING_UP:
        return None
    if not signing_in.has_to_set_up():
        return None
    if request.method == "GET" and not _speaks_json():
        return redirect(url_for("factors.own", next=request.full_path.rstrip("?")))
    raise NotAllowed("Your school asks for a second step when you sign in. Set one up first, under “How you sign in”.")


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        age = 31_536_000 if "v" in request.args else 0
        response.headers["Cache-Control"] = f"public, max-age={age}" + (", immutable" if age else ", no-cache")
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _note_seen(response: Response) -> Response:
    """Runs before the request's own commit is due, so it makes that happen first."""
    web.release()
    signing_in.note_seen()
    return response


def _speaks_json() -> bool:
    return request.path.startswith(("/api/", "/storage/", "/media/", "/metrics"))


def _render_error(error: VeoError) -> tuple[Response | str, int] | BaseResponse:
    web.rollback()
    signing_in.look_again()
    if isinstance(error, ConfirmationNeeded) and not _speaks_json():
        return _ask_to_confirm(error)
    if _speaks_json():
        body = {"error": error.code, "message": error.message, "retryable": error.retryable, **error.details}
        return jsonify(body), error.status
    reference = logs.reference(logs.request_id.get() or "")
    return render_template("error.html", error=error, reference=reference, signed_in=_signed_in()), error.status


def _ask_to_confirm(error: ConfirmationNeeded) -> tuple[str, int] | BaseResponse:
    onward = request.full_path.rstrip("?")
    if request.method == "GET":
        return redirect(url_for("people.confirm", next=onward))
    return people_views.confirm_page(onward, again=True), error.status


def _signed_in() -> bool:
    try:
        return bool(signing_in.me())
    except (SignInNeeded, SQLAlchemyError):
        return False


def _render_http_error(error: HTTPException) -> tuple[Response | str, int] | BaseResponse | HTTPException:
    if error.code is not None and error.code < 400:
        return error
    if isinstance(error, InternalServerError):  # what was raised once the view had returned, by the commit
        return _render_surprise(error.original_exception or error)
    if isinstance(error, SecurityError):  # under a foreign name there are no addresses to build a page from
        foreign = "This server does not answer to that name. Add it to VEO_TRUSTED_HOSTS, or use another address."
        return Response(foreign, mimetype="text/plain"), 400
    plain: VeoError
    if isinstance(error, CSRFError):
        plain = InvalidInput("This page was open while you signed in or out. Go back, reload it, and try again.")
        plain.status = 400
    elif error.code in {404, 405}:
        plain = NotFound()
        plain.status = error.code
    elif error.code == TooLarge.status:
        plain = TooLarge("What was sent is larger than 2 MB, which nothing here needs to be. Choose a smaller file.")
    else:
        plain = VeoError("The request could not be read. Reload the page and try again.", code="bad_request")
        plain.status = error.code or 500
    return _render_error(plain)


def _render_surprise(error: BaseException) -> tuple[Response | str, int] | BaseResponse:
    log.error("unexpected: %s", type(error).__name__, exc_info=error)
    surprise = Unavailable(
        "Something went wrong on our side, and it has been noted. Nothing was saved; try again in a moment."
    )
    surprise.status = 500
    return _render_error(surprise)


def _for_every_page() -> dict[str, Any]:
    signed_in = _signed_in()
    return {
        "me": signing_in.me() if signed_in else None,
        "on_shared": signed_in and signing_in.is_on_shared(),
        "shared_idle": web.services().settings.shared_idle,
        "static_url": static_url,
    }


_versions: dict[str, str] = {}


def static_url(name: str) -> str:
    """A static file's address with its content in it, so that browsers may keep it for good."""
    if name not in _versions:
        content = (Path(__file__).parent / "static" / name).read_bytes()
        _versions[name] = hashlib.sha256(content).hexdigest()[:12]
    return url_for("static", filename=name, v=_versions[name])
