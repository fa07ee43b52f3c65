"""Puts the web application together from its settings."""

from importlib import import_module

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from lims import clock
from lims.config import Settings
from lims.permissions import Permission
from lims.resources import TEMPLATES
from lims.web import (
    addresses,
    assets,
    auth,
    current,
    demonstration,
    errors,
    filters,
    headers,
    language,
    navigation,
    spreadsheets,
)

FORM_MEMORY = 2**20
"""A form without its files: far above the longest list of scans."""
MOST_PARTS = 2000
TWELVE_HOURS = 12 * 3600


def create_app(settings: Settings) -> Flask:
    app = Flask("lims.web", template_folder=str(TEMPLATES), static_folder=None)
    configure(app, settings)
    clock.keep_time_of(settings.time_zone)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        Permission=Permission,
        site=settings.site_name,
        now=clock.now,
        days_since=clock.days_since,
    )
    current.init(app, settings)
    addresses.init(app)
    CSRFProtect(app)
    auth.init(app)
    spreadsheets.init(app)
    demonstration.init(app)
    language.init(app, settings)
    headers.init(app, settings)
    errors.init(app)
    filters.init(app)
    navigation.init(app)
    for name in navigation.BLUEPRINTS:
        app.register_blueprint(import_module(f"lims.web.{name}").bp)
    assets.init(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Flask's own settings, the strict ones."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-sid" if settings.https else "sid",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=TWELVE_HOURS,
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 2**20,
        MAX_FORM_MEMORY_SIZE=FORM_MEMORY,
        MAX_FORM_PARTS=MOST_PARTS,
        PROPAGATE_EXCEPTIONS=False,
        WTF_CSRF_TIME_LIMIT=None,  # it lives as long as the session
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        TRUSTED_HOSTS=trusted_hosts(settings),
    )


def trusted_hosts(settings: Settings) -> list[str]:
    """The site's own host; on plain http also this machine by its other names."""
    from urllib.parse import urlsplit

    own = [str(urlsplit(settings.url).hostname)]
    return own if settings.https else [*own, "127.0.0.1", "localhost", "[::1]"]
