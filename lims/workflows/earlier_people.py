"""People of the earlier records: known by the name that is written there, and never signed in."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.user import User, UserStatus
from lims.workflows import names, states
from lims.workflows.codes import coded

NOBODY = "—"
"""Who did what no row names a person for."""


def named(session: Session, written: Collection[str]) -> dict[str, User]:
    """The person behind each name as written: one known by just that name, else a new one.

    A new one has no role, and an account that was never opened.
    """
    known: dict[str, User] = {}
    for user in session.scalars(select(User).order_by(User.id)):
        known.setdefault(_folded(user.full_name), user)
    found: dict[str, User] = {}
    for name in sorted(written):
        shown = names.tidy(name) or NOBODY
        if (key := _folded(shown)) not in known:
            known[key] = _new(session, shown)
        found[name] = known[key]
    return found


def _folded(name: str) -> str:
    return names.folded(name) or NOBODY


def _new(session: Session, full_name: str) -> User:
    person = coded(session, User(full_name=full_name))
    person.login = f"earlier-{person.code.lower()}"
    session.add(states.begin(person))
    session.flush()
    states.move(session, person, UserStatus.DISABLED)
    return person
