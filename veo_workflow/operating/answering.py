"""Every request on its way through: counted and timed, by the route and never by the address."""

import time

from flask import Flask, Response, g, request

from veo_workflow import metrics
from veo_workflow.operating.readiness import Readiness
from veo_workflow.services import Services


def install(app: Flask, services: Services) -> None:
    """Before anything else is installed: what is asked for first is answered for last."""
    app.extensions["readiness"] = Readiness(services)
    metrics.keep_in(services.redis)
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.began = time.monotonic()


def _count(response: Response) -> Response:
    route = request.endpoint or "none"
    metrics.REQUESTS.add(route, str(response.status_code))
    metrics.REQUEST_SECONDS.observe(time.monotonic() - g.began, route)
    return response
