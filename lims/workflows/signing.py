"""Electronic signatures: proved before the transaction, bound to exactly what was shown."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, Stale
from lims.models.audit import canonical, stored
from lims.models.signature import Meaning, PendingSignature, Signature
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.command import COMMANDS

PROOF_LIVES = timedelta(seconds=60)
SECOND_WITHIN = timedelta(hours=24)


class ProofSpent(LimsError):
    sentence = N_("The password was given too long ago or for something else. Enter it again.")


class NotTheSigner(LimsError):
    sentence = N_("The password belongs to %(given)s; here %(expected)s signs.")
    recorded = True


class SamePerson(LimsError):
    sentence = N_("%(name)s has signed already. The second signature is another person's.")
    recorded = True


class SecondNotPermitted(LimsError):
    sentence = N_("%(name)s may not sign this: their role does not include: %(permission)s.")
    recorded = True
    status = 403


class OnlyThePassword(LimsError):
    sentence = N_("A badge and its PIN say who is here; here only the password will do.")
    recorded = True


@dataclass
class Proof:
    """That a person just gave their password, or badge and PIN: for one command in a minute."""

    user_id: int
    name: str
    proved_at: datetime = field(default_factory=clock.now)
    spent_on: str | None = None
    seen: str | None = None
    """SHA-256 of what the page showed of the record that is signed; None where no page did."""
    about: tuple[str, int] | None = None
    by_pin: bool = False
    """Says who is here, and no more: it signs nothing."""

    def require_password(self) -> None:
        if self.by_pin:
            raise OnlyThePassword()

    def spend(self, session: Session) -> None:
        """Use it for the command at hand, known by its key; a second try of it spends no more."""
        key = session.info.get("key")
        if not key:
            raise ProofSpent()
        if self.spent_on not in (None, key) or clock.now() - self.proved_at > PROOF_LIVES:
            raise ProofSpent()
        self.spent_on = key

    def require_seen(self, record: Any, shown: object) -> None:
        """Raise Stale where the page showed another thing; what follows from it is not shown."""
        subject = (record.__mapper__.local_table.name, record.id)
        self.about = self.about or subject
        if self.seen is not None and self.about == subject and self.seen != sha256_of(shown):
            raise Stale(code=getattr(record, "code", ""))


def sha256_of(shown: object) -> str:
    """SHA-256 of the canonical JSON of what a signer was shown."""
    return hashlib.sha256(canonical(_plain(shown)).encode()).hexdigest()


def _plain(shown: object) -> Any:
    if isinstance(shown, dict):
        return {str(key): _plain(value) for key, value in shown.items()}
    if isinstance(shown, (list, tuple)):
        return [_plain(value) for value in shown]
    if isinstance(shown, Decimal):  # 2.5 as typed is 2.500 as kept
        return format(shown.normalize(), "f")
    value = stored(shown)
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)


def sign(
    session: Session,
    record: Any,
    *,
    meaning: Meaning,
    shown: object,
    proof: Proof,
    by: User,
    reason: str | None = None,
    seen: object = None,
) -> Signature:
    """Sign `record` as it is `shown`; raises unless `proof` is fresh, unspent and of `by`.

    `seen` is what the page could show of it, where the signer's own words are part of `shown`.
    """
    if proof.user_id != by.id:
        raise NotTheSigner(given=proof.name, expected=by.full_name)
    proof.require_password()
    proof.require_seen(record, shown if seen is None else seen)
    proof.spend(session)
    signature = Signature(
        user_id=by.id,
        printed_name=by.full_name,
        meaning=meaning,
        subject_table=record.__mapper__.local_table.name,
        subject_id=record.id,
        subject_code=getattr(record, "code", ""),
        shown_sha256=sha256_of(shown),
        reason=reason,
    )
    session.add(signature)
    session.flush()
    return signature


def still_valid(signature: Signature, shown: object) -> bool:
    """Whether what was signed is still what `shown` says now."""
    return signature.shown_sha256 == sha256_of(shown)


def second_person(
    session: Session,
    proof: Proof,
    *,
    not_these: list[User],
    permission: Permission | None = None,
    signs: bool = True,
) -> User:
    """The person behind a second password: none of `not_these`, and allowed to; spends it. Badge
    and PIN say enough of who only stands there, and `signs` nothing."""
    if signs:
        proof.require_password()
    person = session.get_one(User, proof.user_id)
    for problem in problems_with_second(person, *not_these, permission=permission):
        raise problem
    proof.spend(session)
    return person


def problems_with_second(
    person: User, *not_these: User, permission: Permission | None
) -> Iterator[LimsError]:
    """Why `person` is no second one beside `not_these`, also before anything proved them."""
    if person.id in {other.id for other in not_these}:
        yield SamePerson(name=person.full_name)
    if permission is not None and not person.may(permission):
        yield SecondNotPermitted(name=person.full_name, permission=permission)


@dataclass(frozen=True)
class TwoSignatures:
    first: Signature
    second: Signature


def sign_by_two(
    session: Session,
    record: Any,
    *,
    meaning: Meaning,
    shown: object,
    proof: Proof,
    second: Proof | None,
    by: User,
    reason: str | None = None,
    seen: object = None,
) -> TwoSignatures | None:
    """Two different people's signatures; None where the first now waits for the second.

    The second comes on the same form (`second`) or within 24 hours from any session, by another
    person giving the same command for the same record, shown the same: where the record changed
    in between, the first signature counts no more and this one is a first.
    """
    waiting = pending_for(session, record, meaning, shown)
    if waiting is not None and waiting.first.user_id == by.id:
        raise SamePerson(name=by.full_name)
    words: dict[str, Any] = {"meaning": meaning, "shown": shown, "reason": reason, "seen": seen}
    mine = sign(session, record, proof=proof, by=by, **words)
    if waiting is not None:
        waiting.second_signature_id = mine.id
        session.flush()
        return TwoSignatures(waiting.first, mine)
    if second is None:
        _wait(session, record, mine)
        return None
    person = _second_signer(session, second, by)
    theirs = sign(session, record, proof=second, by=person, **words)
    return TwoSignatures(mine, theirs)


def _second_signer(session: Session, second: Proof, by: User) -> User:
    """Another person than `by`, who might give the command at hand alone just as well."""
    person, given = session.get_one(User, second.user_id), session.info.get("command", "")
    for problem in problems_with_second(person, by, permission=COMMANDS.get(given)):
        raise problem
    return person


def pending_for(
    session: Session, record: Any, meaning: Meaning, shown: object
) -> PendingSignature | None:
    """The first signature that waits here for a second, if it was for just this and holds yet."""
    waiting = session.scalars(
        select(PendingSignature)
        .where(
            PendingSignature.command == session.info.get("command", "system"),
            PendingSignature.subject_table == record.__mapper__.local_table.name,
            PendingSignature.subject_id == record.id,
            PendingSignature.second_signature_id.is_(None),
            PendingSignature.expires_at > clock.now(),
        )
        .order_by(PendingSignature.id.desc())
        .limit(1)
    ).one_or_none()
    if waiting is None or waiting.first.meaning is not meaning:
        return None
    return waiting if still_valid(waiting.first, shown) else None


def _wait(session: Session, record: Any, first: Signature) -> None:
    session.add(
        PendingSignature(
            command=session.info.get("command", "system"),
            subject_table=first.subject_table,
            subject_id=first.subject_id,
            first_signature_id=first.id,
            expires_at=clock.now() + SECOND_WITHIN,
        )
    )
    session.flush()
