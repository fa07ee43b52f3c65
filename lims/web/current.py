"""The request at hand: its person, its reading session, its commands."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, current_app, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.files import FileStore
from lims.models.terminal import Terminal
from lims.web import browser
from lims.workflows import drafts, pins, proving, signing, terminals

Answer = TypeVar("Answer")


class NotAtTerminal(LimsError):
    sentence = N_("This browser is no terminal of the laboratory. Sign in with the password.")
    status = 409


@dataclass(frozen=True)
class Site:
    """What the application was made with; `app.extensions["lims"]`."""

    settings: Settings
    database: Database


def site() -> Site:
    return current_app.extensions["lims"]  # type: ignore[no-any-return]


def store() -> FileStore:
    """Where papers, photographs and files are kept."""
    return site().settings.store


def reading_session() -> Session:
    """The one session in which this request reads; it never writes."""
    if "reading" not in g:
        g.reading_ends = ExitStack()
        g.reading = g.reading_ends.enter_context(site().database.reading())
    return g.reading  # type: ignore[no-any-return]


def end_reading() -> None:
    """Let go of what was read, so that the next look sees what a command has changed."""
    g.pop("reading", None)
    g.pop("_login_user", None)  # flask-login's: the person was read in the session that ends
    g.pop("pages", None)  # which that person may open
    if ends := g.pop("reading_ends", None):
        ends.close()


def terminal() -> Terminal | None:
    """The terminal this browser is registered as; looked up once a request."""
    if "terminal" not in g:
        token = browser.token()
        g.terminal = terminals.of_browser(reading_session(), token) if token else None
    return g.terminal  # type: ignore[no-any-return]


def address() -> str:
    """Where the request comes from: the code of its terminal, else its network address."""
    here = terminal()
    return here.code if here else request.remote_addr or ""


def new_key() -> str:
    """A key for one act, from the system's own randomness."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


def run(
    command: Callable[..., Answer],
    *,
    key: str,
    arguments: Callable[[Session], Mapping[str, Any]],
) -> Answer:
    """`database.run` for the signed-in person at this address; reading starts anew after it."""
    person = current_user.id if current_user.is_authenticated else None
    try:
        return site().database.run(  # type: ignore[no-any-return]
            command, person, key=key, arguments=arguments, terminal=address()
        )
    finally:
        end_reading()


def forget_draft(address: str, form: str) -> None:
    """What the signed-in person has typed into this form waits no more."""
    owner = {"user_id": current_user.id, "address": address, "form": form}
    site().database.run(drafts.forget_draft, None, key="", arguments=lambda _: owner)


def remember(refusal: LimsError) -> None:
    """Keep a refusal that no command has met, for quality to look at."""

    def refused_request(session: Session, *, by: object) -> None:
        raise refusal

    with suppress(type(refusal)):
        run(refused_request, key=new_key(), arguments=lambda session: {})


def prove(login: str, password: str) -> signing.Proof:
    """A single-use proof that whoever knows `password` of `login` is here now."""
    return proving.prove(site().database, login, password, address())


def prove_pin(badge: str, pin: str) -> signing.Proof:
    """That who wears `badge` is at this terminal; it signs nothing."""
    here = terminal()
    if here is None:
        raise NotAtTerminal()
    return pins.prove_pin(site().database, badge, pin, here.code)


def init(app: Flask, settings: Settings) -> None:
    app.extensions["lims"] = Site(settings, Database(settings.database_url))
    app.jinja_env.globals["terminal"] = terminal

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        end_reading()
