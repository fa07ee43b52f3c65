"""That the records are a demonstration's: told on every page; nothing is entered while it fills."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, session
from flask_babel import get_locale
from sqlalchemy import make_url

from lims import locks
from lims.config import Settings
from lims.demo import accounts
from lims.errors import LimsError
from lims.permissions import Role
from lims.web.current import reading_session, site
from lims.workflows import demonstrating, people
from lims.workflows.demonstrating import BeingFilled, HalfMade

MAY_SEND = frozenset({"account.record_sign_in", "account.sign_off", "account.choose_language"})
"""What is open to everybody while it fills: coming in, and going."""


NOT_FOR_USE = {
    "en": "DEMONSTRATION · NOT FOR USE",
    "ru": "ДЕМОНСТРАЦИЯ · НЕ ПРИМЕНЯТЬ",
}
"""Whoever reads the page may read either."""


@dataclass(frozen=True)
class Account:
    """Somebody to try the demonstration as."""

    login: str
    full_name: str
    roles: tuple[Role, ...]


def is_one() -> bool:
    """Whether these are invented records; a demonstration stays one for good."""
    return demonstrating.of(reading_session()) is not None


def trouble() -> LimsError | None:
    """Why nothing can be entered: it is being filled, or its filling was stopped."""
    found, settings = demonstrating.of(reading_session()), site().settings
    if found is None or found.made is None:
        return None
    if locks.is_filling(settings.data_dir):
        return BeingFilled(made=found.made, batches=found.batches)
    return HalfMade(database=named(settings))


def is_being_filled() -> bool:
    """Whether it is still told: what seems due now is of a day long ago."""
    return isinstance(trouble(), BeingFilled)


def named(settings: Settings) -> str:
    """The database as whoever deletes it looks for it, without a password."""
    return str(make_url(settings.database_url).database)


def known() -> bool:
    """The same as `is_one`, for a page that must not ask the database."""
    reading = g.get("reading")
    return reading is not None and reading.info.get("demonstration") is not None


def heading() -> str | None:
    """What stands over all that leaves a demonstration; None elsewhere."""
    return NOT_FOR_USE[str(get_locale())] if is_one() else None


def go_on_as_shown() -> None:
    """Whoever tries it reads on in the language that the sign-in page is in: nobody invited them
    in one. Later they keep what they choose."""
    if is_one() and not is_being_filled():
        session.setdefault("language", str(get_locale()))


def to_try() -> list[Account]:
    """The accounts, where everybody may know them."""
    if not is_one():
        return []
    first = Account(people.FIRST_ADMINISTRATOR, "Administrator", (Role.ADMINISTRATOR,))
    others = (Account(login, *told) for login, told in accounts.PEOPLE.items())
    return [*others, first]


def refuse_while_filled() -> None:
    """Before every form that is sent."""
    if request.method != "POST" or request.endpoint in MAY_SEND:
        return
    if (problem := trouble()) is not None:
        raise problem


def init(app: Flask) -> None:
    app.before_request(refuse_while_filled)
    named: dict[str, Any] = {
        "not_for_use": NOT_FOR_USE,
        "is_demonstration": is_one,
        "demonstration_trouble": trouble,
        "demonstration_is_being_filled": is_being_filled,
        "demonstration_known": known,
    }
    app.jinja_env.globals.update(named)
