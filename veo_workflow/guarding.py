"""What is asked before any room is entered, and what every answer carries on its way out."""

from flask import Flask, Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow import web
from veo_workflow.errors import NotAllowed, SignInNeeded
from veo_workflow.operating import views as operating_views
from veo_workflow.pages.attachments import WITH_FILES
from veo_workflow.people import signing_in

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


def install(app: Flask) -> None:
    app.before_request(_refuse_plain_http_from_elsewhere)
    app.before_request(_refuse_foreign_writes)
    app.before_request(_ask_to_sign_in)
    app.before_request(_ask_for_a_second_step)
    app.after_request(_harden)
    app.after_request(_note_seen)


def take_files() -> None:
    """Before a body is read: photos and PDFs are larger than forms, and only the signed in send any."""
    if request.endpoint in WITH_FILES and "_user_id" in session:
        request.max_content_length = FILES_AT_ONCE


def _refuse_plain_http_from_elsewhere() -> None:
    """Without encryption only this machine itself is served: a sign-in must not cross a network (SAFEGUARDING D3)."""
    if request.endpoint in operating_views.FOR_WATCHERS:
        return
    if not request.is_secure and not web.is_this_machine(request.remote_addr):
        raise NotAllowed("From another machine this is reached over HTTPS only. Start it with VEO_TLS=1.")


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
        if request.method == "GET" and not web.speaks_json():
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
    if request.method == "GET" and not web.speaks_json():
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
