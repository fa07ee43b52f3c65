"""Which language a person reads: their own, else the browser's, else the site's."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from babel.dates import get_month_names
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, force_locale, get_locale, get_timezone, get_translations
from flask_login import current_user
from jinja2.filters import do_striptags
from markupsafe import escape

import lims
from lims.config import Settings
from lims.errors import in_words

CATALOGUES = Path(lims.__file__).parent / "translations"
NAMES = {"en": "English", "ru": "Русский"}
"""Each language in its own words: whoever looks for it can read it."""
MOST_KEPT = 10_000
"""Sentences of templates, in all languages."""


@dataclass(frozen=True)
class Reader:
    """How whoever reads the page at hand reads it."""

    tag: str
    translations: Any
    zone: tzinfo


def reader() -> Reader:
    """Found once a request: flask_babel looks for it at every sentence, several times."""
    try:
        known = g._get_current_object().get("reader")  # half of what a look through `g` takes
    except RuntimeError:  # no page is at hand
        return _found()
    if known is None:
        known = g.reader = _found()
    return known  # type: ignore[no-any-return]


def _found() -> Reader:
    return Reader(str(get_locale() or "en"), get_translations(), get_timezone())


def said(sentence: str) -> str:
    """In the reader's language."""
    return str(reader().translations.ugettext(sentence))


def counted(one: str, many: str, number: int) -> str:
    return str(reader().translations.ungettext(one, many, number))


def in_template(sentence: str, /, **values: Any) -> str:
    """What `_` is in a template. A person may have typed what it is given: nothing of it is a tag,
    and nothing a place for a value where none is given."""
    said = _said_once(reader().translations, sentence)
    return escape(said) % values if values else said


@lru_cache(maxsize=MOST_KEPT)
def _said_once(translations: Any, sentence: str) -> str:
    return str(translations.ugettext(sentence))


def word_of(member: StrEnum) -> str:
    """The reader's word for a member of a closed set."""
    return _word_once(member, type(member), reader().translations)


@lru_cache(maxsize=MOST_KEPT)
def _word_once(member: StrEnum, kind: type[StrEnum], translations: Any) -> str:
    return in_words(member, translations.ugettext)  # members of two kinds may be equal


@cache
def months(tag: str) -> dict[int, str]:
    """As they stand in a day: 21 Nov 2026."""
    return dict(get_month_names("abbreviated", locale=tag))


def of_the_site(settings: Settings) -> AbstractContextManager[None]:
    """Meanwhile all is said in the site's own language, for what many people read."""
    return spoken(settings.default_language)


@contextmanager
def spoken(tag: str) -> Iterator[None]:
    """Meanwhile all is said in the language `tag`."""
    before = g.pop("reader", None)
    try:
        with force_locale(tag):
            yield
    finally:
        g.reader = before


def in_each(offered: Iterable[str], written: Callable[[], str]) -> dict[str, str]:
    """By language, what a part of a page says in it, without its tags."""
    found = {}
    for tag in offered:
        with spoken(tag):
            found[tag] = do_striptags(written())
    return found


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
    app.jinja_env.install_gettext_callables(said, counted, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = in_template
    offered = {tag: NAMES[tag] for tag in settings.languages}
    app.jinja_env.globals["languages"] = offered
    app.jinja_env.globals["in_each_language"] = partial(in_each, settings.languages)
