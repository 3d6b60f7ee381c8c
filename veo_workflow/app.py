"""The web application: settings for it, proxies to believe, and every room behind one entrance."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from veo_workflow import failing, guarding, web
from veo_workflow import settings as settings_module
from veo_workflow.clips.uploads import views as uploads_views
from veo_workflow.operating import answering
from veo_workflow.operating.short_road import ShortRoad
from veo_workflow.pages import frame
from veo_workflow.people import signing_in
from veo_workflow.rooms import ROOMS
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from veo_workflow.wording import install_filters


def create_app(services: Services | None = None) -> Flask:
    services = services or open_services(settings_module.load())
    root = Path(__file__).parent
    app = Flask(__name__, template_folder=str(root.parent / "templates"), static_folder=str(root / "static"))
    app.config.update(flask_config(services.settings))
    if services.settings.nginx:
        app.wsgi_app = ShortRoad(app, guarding.HEADERS)  # type: ignore[method-assign]
    _believe_proxies(app, services.settings.proxies)
    answering.install(app, services)
    web.install(app, services)
    app.before_request(guarding.take_files)  # before a token is looked for in the body
    CSRFProtect(app).exempt(uploads_views.receive_part)
    signing_in.install(app)
    install_filters(app, frame.school_zone)
    guarding.install(app)
    failing.install(app)
    app.context_processor(_for_every_page)
    for room in ROOMS:
        app.register_blueprint(room)
    return app


def flask_config(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions go by in a school with these `settings`."""
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


def _for_every_page() -> dict[str, Any]:
    signed_in = signing_in.is_signed_in()
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
