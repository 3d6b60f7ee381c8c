"""For those who run the system, and for the programs that watch it; nginx lets only `/healthz` through."""

import hmac
import ipaddress
from typing import cast

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from veo_workflow.errors import NotFound
from veo_workflow.operating.figures import Figures
from veo_workflow.operating.readiness import Readiness
from veo_workflow.web import services

blueprint = Blueprint("operating", __name__)

# Asked in the clear by whatever watches over the machines, without a sign-in, and telling nothing about anybody.
FOR_WATCHERS = {"operating.alive", "operating.ready", "operating.figures"}


@blueprint.get("/healthz")
def alive() -> Response:
    """This process answers. Whether what it needs answers as well is another question: a restart would not help."""
    return jsonify(state="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    missing = [name for name, well in _readiness().ask().items() if not well]
    if missing:
        return jsonify(state="not ready", missing=missing), 503
    return jsonify(state="ready"), 200


@blueprint.get("/metrics")
def figures() -> Response:
    """For this machine itself, and for whoever has the token; for anybody else there is nothing here."""
    if not (_asks_from_here() or _has_token(services().settings.metrics_token)):
        raise NotFound()
    return Response(Figures(services(), _readiness().ask()).text(), content_type=CONTENT_TYPE_LATEST)


def _asks_from_here() -> bool:
    """A program on this machine, and not a proxy on it that asks for somebody else."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token(token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _readiness() -> Readiness:
    return cast(Readiness, current_app.extensions["readiness"])
