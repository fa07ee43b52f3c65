"""The PIN that goes with a badge: at a terminal of ours it says who is there, and signs nothing.

A badge is what one has, the PIN what one knows; both hold where the browser is registered, for
only there are tries counted one by one.
"""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.user import LoginAttempt, LoginOutcome, User
from lims.workflows import proving
from lims.workflows.people import hasher
from lims.workflows.proving import LONGEST_LOGIN, Signer, WrongPassword
from lims.workflows.signing import Proof

DIGITS = 6
MOST_WRONG = 5
"""PINs in a row for one badge at one terminal; then the password is asked, which begins anew."""
SHAPE = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)
ROW = "01234567890123456789"
LEAST_DIFFERENT = 3


class PinOfOtherShape(FieldError):
    sentence = N_("A PIN has six digits and nothing else.")


class PinGuessed(FieldError):
    sentence = N_(
        "This PIN is easily guessed. Take no row, no repetition and none of your badge's digits."
    )


class WrongPin(LimsError):
    sentence = N_(
        "This badge and PIN do not belong together, or no PIN was chosen yet."
        " Try again, or sign in with the password."
    )


class PinClosed(LimsError):
    sentence = N_(
        "Too many wrong PINs with this badge at this terminal. Give the name and the password."
    )
    status = 429


def choose_pin(session: Session, *, proof: Proof, pin: str, by: User) -> User:
    """Another PIN of one's own; the password proves who chooses it."""
    if proof.user_id != by.id:
        raise WrongPassword()
    proof.require_password()
    proof.spend(session)
    require_good_pin(pin, by)
    by.pin_hash = hasher().hash(pin)
    by.pin_chosen_at = clock.now()
    return by


def require_good_pin(pin: str, person: User) -> None:
    """Raise unless `pin` may go with this person's badge."""
    if not SHAPE.fullmatch(pin):
        raise PinOfOtherShape("pin")
    guessed = pin in ROW or pin in ROW[::-1] or len(set(pin)) < LEAST_DIFFERENT
    if guessed or pin in person.code or pin[: DIGITS // 2] == pin[DIGITS // 2 :]:
        raise PinGuessed("pin")


def prove_pin(database: Signer, badge: str, pin: str, terminal: str) -> Proof:
    """That who wears `badge` is at `terminal`; or WrongPin, PinClosed. It signs nothing."""
    with database.reading() as session:
        person = session.scalars(select(User).where(User.code == badge)).one_or_none()
    tried = {
        "login": person.login if person else badge[:LONGEST_LOGIN],
        "person_id": person.id if person else None,
        "right": proving.agrees(person.pin_hash if person and person.is_active else None, pin),
        "terminal": terminal,
    }
    kept = database.run(keep_pin_try, None, key="", arguments=lambda _: tried, terminal=terminal)
    if kept.outcome is LoginOutcome.LOCKED:
        raise PinClosed()
    if kept.outcome is LoginOutcome.WRONG or person is None:
        raise WrongPin()
    return Proof(user_id=person.id, name=person.full_name, by_pin=True)


def keep_pin_try(
    session: Session,
    *,
    login: str,
    person_id: int | None,
    right: bool,
    terminal: str,
    by: User | None = None,
) -> LoginAttempt:
    """Keep one try and what came of it; tries with one badge are judged one after another."""
    if person_id is not None:
        session.get(User, person_id, with_for_update={"key_share": True})
    outcome = LoginOutcome.ACCEPTED if right else LoginOutcome.WRONG
    if is_closed(session, login, terminal):
        outcome = LoginOutcome.LOCKED
    attempt = LoginAttempt(
        login=login, user_id=person_id, outcome=outcome, address=terminal, by_pin=True
    )
    session.add(attempt)
    return attempt


def is_closed(session: Session, login: str, terminal: str) -> bool:
    """Whether the PIN of this person opens nothing at `terminal` until the password did."""
    return proving.wrong_in_a_row(session, login, terminal, by_pin=True)[0] >= MOST_WRONG


def opens(session: Session, person: User, terminal: str) -> bool:
    """Whether the PIN may be asked of `person` at `terminal`."""
    return person.pin_hash is not None and not is_closed(session, person.login, terminal)
