"""The one place where an error becomes an answer: a page, JSON for scripts, or the way to the password."""

import logging

from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow import logs, refusing, web
from veo_workflow.errors import ConfirmationNeeded, InvalidInput, NotFound, TooLarge, Unavailable, VeoError
from veo_workflow.people import signing_in
from veo_workflow.people import views as people_views

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    app.register_error_handler(VeoError, _render_error)
    app.register_error_handler(HTTPException, _render_http_error)
    app.register_error_handler(Exception, _render_surprise)


def _render_error(error: VeoError) -> tuple[Response | str, int] | BaseResponse:
    web.rollback()
    signing_in.look_again()
    refusing.note(error)
    if isinstance(error, ConfirmationNeeded) and not web.speaks_json():
        return _ask_to_confirm(error)
    if web.speaks_json():
        body = {"error": error.code, "message": error.message, "retryable": error.retryable, **error.details}
        return jsonify(body), error.status
    reference = logs.reference(logs.request_id.get() or "")
    signed_in = signing_in.is_signed_in()
    return render_template("error.html", error=error, reference=reference, signed_in=signed_in), error.status


def _ask_to_confirm(error: ConfirmationNeeded) -> tuple[str, int] | BaseResponse:
    onward = request.full_path.rstrip("?")
    if request.method == "GET":
        return redirect(url_for("people.confirm", next=onward))
    return people_views.confirm_page(onward, again=True), error.status


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
