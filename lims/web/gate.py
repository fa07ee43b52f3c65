"""What a WSGI server serves: the site, or why it cannot be used, as one page everywhere.

`lims serve` refuses to start; a server that somebody else starts is asked by browsers meanwhile.
Once the database fits again the site opens by itself.
"""

import logging
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

from babel.support import Translations
from flask import Flask
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lims import locks, opening
from lims.config import Settings
from lims.errors import N_, LimsError
from lims.not_ready import NotReady
from lims.resources import TEMPLATES
from lims.web.app import create_app
from lims.web.assets import STATIC
from lims.web.language import CATALOGUES

log = logging.getLogger("lims.web")

HEADING = N_("The system cannot be used now")
MEANWHILE = N_("What was sent just now was not recorded. Tell the administrator what stands here:")
AGAIN = N_("Look again")
NO_DETAILS = N_("The database does not answer.")
"""What else could be said names hosts and users, and anybody may read this page."""
PAGE = Environment(
    loader=FileSystemLoader([TEMPLATES, STATIC]), autoescape=True, undefined=StrictUndefined
)
STYLES = ("app.css", "parts.css")
"""Within the page itself: while the site is closed no other file is served."""
STYLE = "".join(PAGE.get_template(name).render() for name in STYLES)
STYLE_DIGEST = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Retry-After", "60"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; frame-ancestors 'none'",
    ),
]


class Gate:
    """Opens to the site when database and program fit together, and then stays open."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._site: Flask | None = None
        self._in_use = ExitStack()
        self._one_at_a_time = threading.Lock()
        if refusal := self._refusal():
            log.error("%s", refusal.english())

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        refusal = self._refusal()
        if self._site is not None:
            return self._site(environ, start_response)
        start_response("503 Service Unavailable", HEADERS)
        return [self._page(refusal)]

    def _refusal(self) -> LimsError | None:
        """Why the site stays closed; None once it is open."""
        with self._one_at_a_time:
            try:
                if self._site is None:
                    self._open()
            except LimsError as refusal:
                return refusal
        return None

    def _open(self) -> None:
        with opening.opened(self.settings) as database:
            database.require_current_schema()
        self._in_use.enter_context(locks.shared(self.settings.data_dir))
        self._site = create_app(self.settings)

    def _page(self, refusal: LimsError | None) -> bytes:
        fit_to_tell = isinstance(refusal, (NotReady, locks.BeingReplaced))
        told = refusal.sentence if refusal and fit_to_tell else NO_DETAILS
        words = refusal.parameters if refusal else {}
        said = []
        for language in self.settings.languages:
            say = Translations.load(str(CATALOGUES), [language]).gettext
            fixed = {"heading": HEADING, "meanwhile": MEANWHILE, "again": AGAIN}
            said.append({name: say(sentence) for name, sentence in fixed.items()})
            said[-1] |= {"language": language, "reason": say(told) % words}
        page = PAGE.get_template("closed.html")
        return page.render(said=said, site=self.settings.site_name, styles=STYLES).encode()
