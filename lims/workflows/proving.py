"""Proving who one is: every try at a password is kept, too many in a row must wait.

A password is checked before any transaction that writes: it takes a tenth of a second, and the
try is kept even when what it was for is refused.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.user import LoginAttempt, LoginOutcome, User
from lims.workflows.people import by_login, fold, hasher
from lims.workflows.signing import Proof

FREE_TRIES = 10
"""Wrong passwords in a row for one name from one address before the next must wait."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_TRIES = 100
"""NIST SP 800-63B 5.2.2: no more than 100 in a row, ever. An address from which the person was
let in before is counted alone, so that a stranger elsewhere cannot shut out the night shift."""
LONGEST_LOGIN = 64


class WrongPassword(LimsError):
    sentence = N_("This name and password do not belong together, or the account is closed.")


class LockedOut(LimsError):
    sentence = N_("Too many wrong passwords. Wait until %(until)s, then try again.")
    status = 429


class LockedForGood(LimsError):
    sentence = N_(
        "Too many wrong passwords. Nobody is let in here by this name"
        " until an administrator gives a new one-time code."
    )
    status = 429


class Signer(Protocol):
    """What of the database `prove` needs."""

    def reading(self) -> AbstractContextManager[Session]: ...

    def run(
        self,
        command: Callable[..., Any],
        user_id: int | None,
        *,
        key: str,
        arguments: Callable[[Session], Mapping[str, Any]],
        terminal: str | None = None,
    ) -> Any: ...


def prove(database: Signer, login: str, password: str, address: str) -> Proof:
    """That whoever typed `password` is `login`; or WrongPassword, LockedOut, LockedForGood."""
    name = fold(login)[:LONGEST_LOGIN]
    with database.reading() as session:
        person = by_login(session, name)
    right = matches(person, password)
    tried = {
        "login": name,
        "person_id": person.id if person else None,
        "right": right,
        "address": address,
        "newer_hash": rehashed(person, password) if right else None,
    }
    kept = database.run(keep_try, None, key="", arguments=lambda _: tried, terminal=address)
    if kept.outcome is LoginOutcome.LOCKED:
        with database.reading() as session:
            until = locked_until(session, name, address)
        raise LockedOut(until=until) if until else LockedForGood()
    if kept.outcome is LoginOutcome.WRONG or person is None:
        raise WrongPassword()
    return Proof(user_id=person.id, name=person.full_name)


_nobody: list[str] = []


def matches(person: User | None, password: str) -> bool:
    """Whether `password` is `person`'s; takes as long when there is no such person."""
    return agrees(person.password_hash if person and person.is_active else None, password)


def agrees(kept: str | None, secret: str) -> bool:
    """Whether `kept` is the hash of `secret`; takes as long when none is kept."""
    if not _nobody:
        _nobody.append(hasher().hash(secrets.token_urlsafe()))
    try:
        return hasher().verify(kept or _nobody[0], secret) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def rehashed(person: User | None, password: str) -> str | None:
    """The hash to keep from now on where today's costs more than the one kept."""
    if person and person.password_hash and hasher().check_needs_rehash(person.password_hash):
        return hasher().hash(password)
    return None


def keep_try(
    session: Session,
    *,
    login: str,
    person_id: int | None,
    right: bool,
    address: str,
    newer_hash: str | None = None,
    by: User | None = None,
) -> LoginAttempt:
    """Keep one try and what came of it; tries at one account are judged one after another."""
    person = None
    if person_id is not None:
        person = session.get(User, person_id, with_for_update={"key_share": True})
    outcome = LoginOutcome.ACCEPTED if right else LoginOutcome.WRONG
    if is_locked(session, login, address):
        outcome = LoginOutcome.LOCKED
    attempt = LoginAttempt(
        login=login, user_id=person_id, outcome=outcome, address=address, by_pin=False
    )
    session.add(attempt)
    if person and newer_hash and outcome is LoginOutcome.ACCEPTED:
        person.password_hash = newer_hash
    return attempt


def is_locked(session: Session, login: str, address: str) -> bool:
    """Whether nobody is let in as `login` from `address` now, not even by the right password."""
    return is_locked_for_good(session, login, address) or (
        locked_until(session, login, address) is not None
    )


def is_locked_for_good(session: Session, login: str, address: str) -> bool:
    """Whether the last of the tries ever allowed was wrong; a new password opens it again."""
    counted_alone = wrong_in_a_row(session, login, address)[0]
    if counted_alone >= MOST_TRIES or knows(session, login, address):
        return counted_alone >= MOST_TRIES
    return wrong_in_a_row(session, login)[0] >= MOST_TRIES


def locked_until(session: Session, login: str, address: str) -> datetime | None:
    """When `login` may be tried again from `address`: the wait doubles with each wrong try."""
    wrong, last = wrong_in_a_row(session, login, address)
    if last is None or not FREE_TRIES <= wrong < MOST_TRIES:
        return None
    doubled = min(wrong - FREE_TRIES, 10)  # the longest wait comes much earlier
    until = last + min(FIRST_WAIT * 2**doubled, LONGEST_WAIT)
    return until if until > clock.now() else None


def wrong_in_a_row(
    session: Session, login: str, address: str | None = None, *, by_pin: bool = False
) -> tuple[int, datetime | None]:
    """How many tries were wrong since the last right one or new password, and the last of them.

    Of passwords; or of PINs, where a right password counts as well.
    """
    these = [LoginAttempt.login == login]
    if address is not None:
        these.append(LoginAttempt.address == address)
    passwords = LoginAttempt.by_pin.is_not(True)
    accepted = select(func.max(LoginAttempt.id)).where(
        *these, LoginAttempt.outcome == LoginOutcome.ACCEPTED, true() if by_pin else passwords
    )
    since = User.pin_chosen_at if by_pin else User.password_chosen_at
    chosen = session.scalar(select(since).where(User.login == login))
    if chosen is not None:
        these.append(LoginAttempt.tried_at > chosen)
    count, last = session.execute(
        select(func.count(), func.max(LoginAttempt.tried_at)).where(
            *these,
            LoginAttempt.outcome == LoginOutcome.WRONG,
            LoginAttempt.by_pin.is_(True) if by_pin else passwords,
            LoginAttempt.id > func.coalesce(accepted.scalar_subquery(), 0),
        )
    ).one()
    return count, last


def knows(session: Session, login: str, address: str) -> bool:
    """Whether the person was let in from `address` before."""
    found = session.scalar(
        select(LoginAttempt.id)
        .where(
            LoginAttempt.login == login,
            LoginAttempt.address == address,
            LoginAttempt.outcome == LoginOutcome.ACCEPTED,
            LoginAttempt.by_pin.is_not(True),
        )
        .limit(1)
    )
    return found is not None
