"""How a stored object reaches a browser, once the application has said yes to this very request.

Behind nginx no byte passes through Python: the answer has no body and names a place that only nginx can reach, by
X-Accel-Redirect, and nginx or the store see to ranges, validators and lengths.  Without nginx Flask sends the file.
Either way the browser's next range comes here first, and is authorised anew.
"""

from urllib.parse import urlsplit

from flask import Request, current_app, request
from werkzeug.utils import send_file
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.errors import Unavailable
from veo_workflow.storage import Delivery
from veo_workflow.web import release, services

# The places that config/nginx.conf keeps to itself.
OBJECTS = "/internal/objects"
STORE = "/internal/store"
AS_FOOTAGE = {"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}


def deliver(key: str, content_type: str) -> BaseResponse:
    """The object under a key, whole or the range that is asked for; the request's transaction ends here.

    Raises NoSuchObject.
    """
    release()
    delivery = services().storage.delivery(key)
    if services().settings.nginx:
        response: BaseResponse = current_app.response_class(mimetype=content_type)
        response.headers.update(by_nginx(key, delivery, request))
    else:
        response = _by_flask(delivery, content_type)
        response.headers.update(AS_FOOTAGE)
    return response


def by_nginx(key: str, delivery: Delivery, request: Request) -> dict[str, str]:
    """What tells nginx to send the object under a key, whole or the range that is asked for."""
    if delivery.address is None:
        return {"X-Accel-Redirect": f"{OBJECTS}/{key}", **AS_FOOTAGE}
    signed = urlsplit(delivery.address)
    return {
        "X-Accel-Redirect": f"{STORE}{signed.path}?{signed.query}",
        "X-Accel-Range": _range_of_this_very(delivery.etag, request),
        **AS_FOOTAGE,
    }


def _range_of_this_very(etag: str | None, request: Request) -> str:
    """The range that is asked for; none, and so the whole, if it was meant for what stood here before (RFC 9110)."""
    meant = request.if_range
    for_anything = meant.etag is None and meant.date is None
    return request.headers.get("Range", "") if for_anything or meant.etag == etag else ""


def _by_flask(delivery: Delivery, content_type: str) -> BaseResponse:
    if delivery.path is None:  # settings do not let it come to this
        raise Unavailable("Footage in a bucket is sent by nginx. Put config/nginx.conf in front and set VEO_NGINX=1.")
    # Without gunicorn's own wrapper of files, which cannot jump: it would read all that comes before the range.
    environ = {name: value for name, value in request.environ.items() if name != "wsgi.file_wrapper"}
    return send_file(
        delivery.path, environ, mimetype=content_type, conditional=True, response_class=current_app.response_class
    )
