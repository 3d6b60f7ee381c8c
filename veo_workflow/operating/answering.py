"""Every request on its way through: it gets an id, is timed and counted, by the route and never by the address."""

import logging
import time

from flask import Flask, Response, g, request

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
    """The id comes from whoever stands in front, as far as they are believed."""
    given = request.headers.get("X-Request-Id", "") if services_of_app().settings.proxies else ""
    logs.request_id.set(given if logs.is_request_id(given) else logs.new_request_id())
    g.began = time.monotonic()


def _count(response: Response) -> Response:
    route, took = request.endpoint or "none", time.monotonic() - g.began
    response.headers["X-Request-Id"] = logs.request_id.get() or ""
    metrics.REQUESTS.add(route, str(response.status_code))
    metrics.REQUEST_SECONDS.observe(took, route)
    facts = {"route": route, "status": response.status_code, "milliseconds": round(took * 1000)}
    log.info("%s answered %d", route, response.status_code, extra={"facts": facts})
    return response
