"""People: invited by an administrator with a one-time code, who choose their own passwords."""

from collections.abc import Iterable
from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.user import Language, LoginSession, OneTimeCode, User, UserStatus
from lims.permissions import Permission, Role
from lims.workflows import one_time_codes, states
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.passwords import require_good_password
from lims.workflows.roles import (
    give,
    other_holder,
    require_another_administrator,
    require_compatible,
)

FIRST_ADMINISTRATOR = "administrator"
CODE_LIVES = timedelta(hours=72)

_hasher = [PasswordHasher()]


def hasher() -> PasswordHasher:
    return _hasher[0]


class LoginTaken(LimsError):
    sentence = N_("The sign-in name %(login)s is taken. Choose another.")
    status = 409


class AccountDisabled(LimsError):
    sentence = N_("The account %(code)s is disabled. Enable it: that gives a one-time code too.")
    status = 409


class OwnCode(LimsError):
    sentence = N_("Change your own password on the page of your account.")
    status = 409


class NobodyNamed(LimsError):
    sentence = N_("Nobody signs in as %(login)s. Look the name up on the badge or ask them.")


class NoRole(LimsError):
    sentence = N_("Choose at least one role; without any the person could do nothing.")


class CodeNotValid(LimsError):
    sentence = N_(
        "This one-time code is not valid for this name, was used, or has expired."
        " Ask an administrator for a new one."
    )


def fold(login: str) -> str:
    """A sign-in name as it is kept and compared."""
    return " ".join(login.split()).casefold()


def by_login(session: Session, login: str) -> User | None:
    return session.scalars(select(User).where(User.login == fold(login))).one_or_none()


def named(session: Session, login: str) -> User:
    """The person of that sign-in name; raises NobodyNamed."""
    person = by_login(session, login)
    if person is None:
        raise NobodyNamed(login=login)
    return person


def has_administrator(session: Session) -> bool:
    """Whether somebody can sign in as administrator already."""
    return other_holder(session, Role.ADMINISTRATOR, None) is not None


def invite_first_administrator(session: Session, *, by: User | None = None) -> OneTimeCode:
    """The first administrator's one-time code; until it is used, each call gives a new one."""
    first = by_login(session, FIRST_ADMINISTRATOR)
    if first is None:
        first = _new_person(session, FIRST_ADMINISTRATOR, "Administrator", "ru")
        give(session, first, Role.ADMINISTRATOR, None)
    return _one_time_code(session, first, None)


def _new_person(session: Session, login: str, full_name: str, language: str) -> User:
    person = User(login=fold(login), full_name=full_name, language=language)
    session.add(coded(session, states.begin(person)))
    session.flush()
    return person


def _one_time_code(session: Session, person: User, by: User | None) -> OneTimeCode:
    withdraw_codes(session, person)
    plain = one_time_codes.new_code()
    code = OneTimeCode(
        user_id=person.id,
        code_sha256=one_time_codes.sha256_of(plain),
        issued_by_id=by.id if by else None,
        expires_at=clock.now() + CODE_LIVES,
    )
    code.plain = plain
    session.add(code)
    session.flush()
    return code


@command(Permission.ADMINISTER_PEOPLE)
def invite_person(
    session: Session, *, login: str, full_name: str, language: str, roles: Iterable[Role], by: User
) -> OneTimeCode:
    """Register a person; the code returned (once, as `plain`) lets them choose a password."""
    held = list(roles)
    require_compatible(held)
    if not held:
        raise NoRole()
    if by_login(session, login) is not None:
        raise LoginTaken(login=login)
    person = _new_person(session, login, full_name, language)
    for role in held:
        give(session, person, role, by)
    return _one_time_code(session, person, by)


@command(Permission.ADMINISTER_PEOPLE)
def issue_code(session: Session, person: User, *, by: User) -> OneTimeCode:
    """A new one-time code for who forgot the password, or whose password somebody else knows.

    The old password and every session end at once.
    """
    if person.id == by.id:
        raise OwnCode()
    if person.status is UserStatus.DISABLED:
        raise AccountDisabled(code=person.code)
    forget_secrets(person)
    end_sessions(session, person)
    return _one_time_code(session, person, by)


def choose_password(
    session: Session,
    *,
    login: str,
    code: str,
    password: str,
    language: str | None = None,
    by: User | None = None,
) -> User:
    """Use a one-time code: the person, and nobody else, chooses the password.

    `language`, the one they read the page in, becomes that of the first administrator, whom
    nobody invited and asked.
    """
    person = by_login(session, login)
    issued = session.scalars(
        select(OneTimeCode).where(
            OneTimeCode.code_sha256 == one_time_codes.sha256_of(code),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > clock.now(),
        )
    ).one_or_none()
    if person is None or issued is None or issued.user_id != person.id:
        raise CodeNotValid()
    require_good_password(password, person)
    if person.status is UserStatus.DISABLED:
        raise CodeNotValid()
    issued.used_at = person.password_chosen_at = clock.now()
    person.password_hash = hasher().hash(password)
    if language and issued.issued_by_id is None:
        person.language = Language(language)
    end_sessions(session, person)
    if person.status == UserStatus.INVITED:
        states.move(session, person, UserStatus.ACTIVE)
    return person


@command(Permission.ADMINISTER_PEOPLE)
def disable_person(session: Session, person: User, *, reason: str, by: User) -> User:
    """Close an account and end all its sessions; what the person did stays theirs."""
    because(session, reason)
    if person.has(Role.ADMINISTRATOR):
        require_another_administrator(session, person)
    states.move(session, person, UserStatus.DISABLED)
    end_sessions(session, person)
    withdraw_codes(session, person)
    return person


@command(Permission.ADMINISTER_PEOPLE)
def enable_person(session: Session, person: User, *, reason: str, by: User) -> OneTimeCode:
    """Open a disabled account again; the old password is gone, a one-time code gives a new one."""
    because(session, reason)
    states.move(session, person, UserStatus.INVITED)
    forget_secrets(person)
    return _one_time_code(session, person, by)


def forget_secrets(person: User) -> None:
    """Neither the password nor the PIN opens anything any more."""
    person.password_hash = person.pin_hash = None


def withdraw_codes(session: Session, person: User) -> None:
    """Make worthless what was handed out and never used."""
    for earlier in session.scalars(
        select(OneTimeCode).where(OneTimeCode.user_id == person.id, OneTimeCode.used_at.is_(None))
    ):
        earlier.used_at = clock.now()


def end_sessions(session: Session, person: User) -> None:
    """Whatever browser the person sits at, the next request asks for the password."""
    for opened in session.scalars(
        select(LoginSession).where(
            LoginSession.user_id == person.id, LoginSession.ended_at.is_(None)
        )
    ):
        opened.ended_at = clock.now()
