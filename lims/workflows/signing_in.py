"""Signing in and proving who one is: every try is kept, too many in a row must wait.

A password is checked before any transaction that writes: it takes a tenth of a second, and the
try is kept even when what it was for is refused.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Protocol

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.user import Language, LoginAttempt, LoginOutcome, LoginSession, User
from lims.workflows.passwords import require_good_password
from lims.workflows.people import by_login, end_sessions, fold, hasher
from lims.workflows.signing import Proof

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
"""NIST SP 800-63B, assurance level 2: half an hour without a request, half a day in all."""
SEEN_EVERY = timedelta(minutes=1)

FREE_TRIES = 5
"""Wrong passwords in a row for one name from one address before the next must wait."""
LONGEST_WAIT = timedelta(minutes=15)
LOOKED_BACK = 20
"""By then the wait is the longest; locking for longer would shut out a night shift."""
TOKEN_BYTES = 32
LONGEST_LOGIN = 64


class WrongPassword(LimsError):
    sentence = N_("This name and password do not belong together, or the account is closed.")


class LockedOut(LimsError):
    sentence = N_("Too many wrong passwords. Wait until %(until)s, then try again.")
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
    """That whoever typed `password` is `login`; or WrongPassword, or LockedOut. The try is kept."""
    name = fold(login)[:LONGEST_LOGIN]
    with database.reading() as session:
        person = by_login(session, name)
        until = locked_until(session, name, address)
    outcome = LoginOutcome.LOCKED if until else LoginOutcome.WRONG
    if matches(person, password) and not until:
        outcome = LoginOutcome.ACCEPTED
    database.run(
        keep_try,
        None,
        key="",
        arguments=lambda session: {
            "login": name,
            "person": person,
            "outcome": outcome,
            "address": address,
        },
        terminal=address,
    )
    if until:
        raise LockedOut(until=until)
    if outcome is LoginOutcome.WRONG or person is None:
        raise WrongPassword()
    return Proof(user_id=person.id, name=person.full_name)


_nobody: list[str] = []


def matches(person: User | None, password: str) -> bool:
    """Whether `password` is `person`'s; takes as long when there is no such person."""
    if not _nobody:
        _nobody.append(hasher().hash(secrets.token_urlsafe(TOKEN_BYTES)))
    kept = person.password_hash if person and person.is_active else None
    try:
        return hasher().verify(kept or _nobody[0], password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def locked_until(session: Session, login: str, address: str) -> datetime | None:
    """When `login` may be tried again from `address`: the wait doubles with each wrong try."""
    tries = session.scalars(
        select(LoginAttempt)
        .where(
            LoginAttempt.login == login,
            LoginAttempt.address == address,
            LoginAttempt.outcome != LoginOutcome.LOCKED,
        )
        .order_by(LoginAttempt.id.desc())
        .limit(LOOKED_BACK)
    ).all()
    wrong = list(takewhile(lambda each: each.outcome == LoginOutcome.WRONG, tries))
    if len(wrong) < FREE_TRIES:
        return None
    wait = min(timedelta(minutes=2 ** (len(wrong) - FREE_TRIES)), LONGEST_WAIT)
    until = wrong[0].tried_at + wait
    return until if until > clock.now() else None


def keep_try(
    session: Session,
    *,
    login: str,
    person: User | None,
    outcome: LoginOutcome,
    address: str,
    by: User | None = None,
) -> LoginAttempt:
    """Keep one try at a password, whatever came of it."""
    attempt = LoginAttempt(
        login=login, user_id=person.id if person else None, outcome=outcome, address=address
    )
    session.add(attempt)
    return attempt


def open_session(
    session: Session, *, proof: Proof, token: str, address: str, by: User | None = None
) -> LoginSession:
    """Let the person behind `proof` in; `token` is the browser's to keep, its hash is ours."""
    proof.spend(session)
    opened = LoginSession(token_sha256=sha256(token), user_id=proof.user_id, address=address)
    session.add(opened)
    return opened


def close_session(session: Session, *, token: str, by: User) -> User:
    """Sign off: the token opens nothing any more."""
    for opened in session.scalars(
        select(LoginSession).where(
            LoginSession.token_sha256 == sha256(token), LoginSession.ended_at.is_(None)
        )
    ):
        opened.ended_at = clock.now()
    return by


def find_session(session: Session, token: str) -> LoginSession | None:
    """The open session of `token`, unless it was idle or lasted too long; its person with it."""
    opened = session.scalars(
        select(LoginSession).where(
            LoginSession.token_sha256 == sha256(token), LoginSession.ended_at.is_(None)
        )
    ).one_or_none()
    now = clock.now()
    if opened is None or now - opened.seen_at > IDLE or now - opened.started_at > LONGEST:
        return None
    return opened


def note_seen(session: Session, *, token: str, by: User | None = None) -> LoginSession | None:
    """That the session was used just now; asked for at most once a minute."""
    opened = find_session(session, token)
    if opened is not None:
        opened.seen_at = clock.now()
    return opened


def change_password(session: Session, *, proof: Proof, password: str, by: User) -> User:
    """Another password of one's own; it ends every session, also the one at hand."""
    if proof.user_id != by.id:
        raise WrongPassword()
    proof.spend(session)
    require_good_password(password, by)
    by.password_hash = hasher().hash(password)
    end_sessions(session, by)
    return by


def choose_language(session: Session, *, language: Language, by: User) -> User:
    by.language = language
    return by


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
