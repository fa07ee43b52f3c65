"""Sessions: a person signed in at one browser, until they leave or the server ends it."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.audit import AuditEntry
from lims.models.command_run import Refusal
from lims.models.draft import Draft
from lims.models.user import Language, LoginSession, User
from lims.workflows import demonstrating, hiding, stops
from lims.workflows.passwords import require_good_password
from lims.workflows.people import end_sessions, hasher
from lims.workflows.proving import WrongPassword
from lims.workflows.signing import Proof


class NotTheirScreen(LimsError):
    sentence = N_("This screen is locked by %(name)s. Scan your badge, or sign in.")


IDLE = timedelta(minutes=15)
"""OWASP Session Management: 15 to 30 minutes; a bench terminal has several people a day.
Then the screen is locked."""
LONGEST = timedelta(hours=12)
"""NIST SP 800-63B 4.2.3, assurance level 2: half a day in all."""
SEEN_EVERY = timedelta(minutes=1)
TOKEN_BYTES = 32
OPENED = (
    select(
        LoginSession,
        exists().where(Draft.user_id == LoginSession.user_id, Draft.saved_at.is_not(None)),
        exists(Refusal.id).where(*stops.unread(LoginSession.user_id)),
        hiding.UNDER_WAY,
        *demonstrating.COLUMNS,
    )
    .where(LoginSession.token_sha256 == bindparam("token_sha256"), LoginSession.ended_at.is_(None))
    .options(joinedload(LoginSession.user).joinedload(User.roles))
)
"""Put together once: it is asked at every request."""


def open_session(
    session: Session,
    *,
    proof: Proof,
    token: str,
    address: str,
    before: str | None = None,
    left_page: str | None = None,
    by: User | None = None,
) -> LoginSession:
    """Let the person behind `proof` in; `token` is the browser's to keep, its hash is ours.

    Who was signed in there `before` is signed off, and led back to `left_page` on coming again.
    """
    proof.spend(session)
    for ended in _open_under(session, before) if before else ():
        ended.ended_at, ended.left_page = clock.now(), left_page
    opened = LoginSession(token_sha256=sha256(token), user_id=proof.user_id, address=address)
    session.add(opened)
    return opened


def close_session(session: Session, *, token: str, by: User) -> User:
    """Sign off: the token opens nothing any more."""
    for opened in _open_under(session, token):
        opened.ended_at = clock.now()
    return by


def _open_under(session: Session, token: str) -> Iterable[LoginSession]:
    return session.scalars(
        select(LoginSession).where(
            LoginSession.token_sha256 == sha256(token), LoginSession.ended_at.is_(None)
        )
    )


def page_left(session: Session, person: User, address: str) -> str | None:
    """What `person` had open at `address` when the next one took over, the last time but this."""
    last = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == person.id, LoginSession.ended_at.is_not(None))
        .order_by(LoginSession.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.address != address or clock.now() - last.started_at > LONGEST:
        return None
    return last.left_page


def find_session(session: Session, token: str) -> LoginSession | None:
    """The open session of `token`, unless it lasted too long; person and roles too.

    Who reads with it from now on sees nothing of an import under way, and knows whether the
    records are a demonstration's.
    """
    asked = {"token_sha256": sha256(token), **stops.lately()}
    found = session.execute(OPENED, asked).unique().one_or_none()
    if found is None or not is_open(found[0]) or not found[0].user.is_active:
        return None
    opened, opened.user.has_drafts, opened.user.has_stop, under_way, batches, made = found
    demonstrating.keep(session, demonstrating.told(batches, made))
    if under_way and session.info.get("reading"):
        hiding.hide_unfinished(session)
    return opened  # type: ignore[no-any-return]


def is_open(opened: LoginSession) -> bool:
    """Whether the browser of this session is still let in, if only to unlock it."""
    return opened.ended_at is None and clock.now() - opened.started_at <= LONGEST


def is_locked(opened: LoginSession) -> bool:
    """Whether it answers nothing until its person shows to be there: left alone, or locked."""
    return opened.locked_at is not None or clock.now() - opened.seen_at > IDLE


def note_seen(session: Session, *, token: str, by: User | None = None) -> LoginSession | None:
    """That the session was used just now; asked for at most once a minute."""
    opened = find_session(session, token)
    if opened is not None and not is_locked(opened):
        opened.seen_at = clock.now()
    return opened


def lock_session(session: Session, *, token: str, by: User) -> User:
    """From now on it answers nothing but its person's PIN or password."""
    for opened in _open_under(session, token):
        opened.locked_at = opened.locked_at or clock.now()
    return by


def unlock_session(
    session: Session, *, token: str, new_token: str, proof: Proof, by: User
) -> LoginSession:
    """Go on where it was locked, under a new token; how long it lasts is not begun anew."""
    opened = find_session(session, token)
    if opened is None or proof.user_id != opened.user_id:
        raise NotTheirScreen(name=by.full_name)
    proof.spend(session)
    opened.token_sha256, opened.locked_at, opened.seen_at = sha256(new_token), None, clock.now()
    return opened


def change_password(session: Session, *, proof: Proof, password: str, by: User) -> User:
    """Another password of one's own; it ends every session, also the one at hand."""
    if proof.user_id != by.id:
        raise WrongPassword()
    proof.require_password()
    proof.spend(session)
    require_good_password(password, by)
    by.password_hash = hasher().hash(password)
    by.password_chosen_at = clock.now()
    end_sessions(session, by)
    return by


def choose_language(session: Session, *, language: Language, by: User) -> User:
    by.language = language
    return by


def chose_language(session: Session, person: User) -> bool:
    """Whether `person` ever chose a language; else theirs is what whoever invited them gave."""
    chosen = exists().where(
        AuditEntry.table_name == User.__tablename__,
        AuditEntry.row_id == person.id,
        AuditEntry.command == choose_language.__name__,
    )
    return bool(session.scalar(select(chosen)))


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
