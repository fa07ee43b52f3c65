"""Which language a person reads: their own, else the browser's, else the site's."""

from pathlib import Path

from flask import Flask, has_request_context, request, session
from flask_babel import Babel
from flask_login import current_user

import lims
from lims.config import Settings

CATALOGUES = Path(lims.__file__).parent / "translations"
NAMES = {"en": "English", "ru": "Русский"}
"""Each language in its own words: whoever looks for it can read it."""


def of_person(offered: tuple[str, ...], default: str) -> str:
    if not has_request_context():
        return default
    own = getattr(current_user, "language", None) or session.get("language")
    if own in offered:
        return str(own)
    return request.accept_languages.best_match(offered) or default


def init(app: Flask, settings: Settings) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(CATALOGUES)
    Babel(
        app,
        default_locale=settings.default_language,
        timezone_selector=lambda: settings.time_zone,
        locale_selector=lambda: of_person(settings.languages, settings.default_language),
    )
    offered = {tag: NAMES[tag] for tag in settings.languages}
    app.jinja_env.globals["languages"] = offered
