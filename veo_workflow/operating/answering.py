"""Every request on its way through: it gets an id, is timed and counted, by the route and never by the address."""

import logging
import time

from flask import Flask, Request, Response, g, request

from veo_workflow import logs, metrics
from veo_workflow.operating.readiness import Readiness
from veo_workflow.services import Services
from veo_workflow.web import services as services_of_app

log = logging.getLogger(__name__)


def install(app: Flask, services: Services) -> None:
    """Before anything else is installed: what is asked for first is answered for last."""
    app.extensions["readiness"] = Readiness(services)
    metrics.keep_in(services.redis)
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    begin(request, services_of_app())
    g.began = time.monotonic()


def begin(request: Request, services: Services) -> None:
    """The id comes from whoever stands in front, as far as they are believed."""
    given = request.headers.get("X-Request-Id", "") if services.settings.proxies else ""
    logs.request_id.set(given if logs.is_request_id(given) else logs.new_request_id())


def _count(response: Response) -> Response:
    took = time.monotonic() - g.began
    response.headers["X-Request-Id"] = note(request.endpoint or "none", response.status_code, took)
    return response


def note(route: str, status: int, took: float) -> str:
    """Count and log an answer after `took` seconds; the id of its request."""
    metrics.REQUESTS.add(route, str(status))
    metrics.REQUEST_SECONDS.observe(took, route)
    facts = {"route": route, "status": status, "milliseconds": round(took * 1000)}
    log.info("%s answered %d", route, status, extra={"facts": facts})
    return logs.request_id.get() or ""
