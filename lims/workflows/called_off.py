"""What no longer takes place, an injection or a whole session, and what was prepared for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.audit import AuditEntry
from lims.models.course import InjectionRemoval, PlannedAdministration, TransplantationSession
from lims.models.fill import Dose, DoseStatus
from lims.models.order import Order
from lims.models.user import User
from lims.workflows import states
from lims.workflows.reserving import UNDER_WAY

UNDECIDED = (DoseStatus.QUARANTINED, DoseStatus.AVAILABLE, DoseStatus.ISSUED, DoseStatus.RECEIVED)
"""Doses of which somebody still decides what becomes of them."""


class InjectionOff(LimsError):
    sentence = N_(
        "%(code)s was filled for an injection that no longer takes place (%(why)s). Quality"
        " decides what becomes of it."
    )
    recorded = True
    status = 409


class SessionOff(LimsError):
    sentence = N_(
        "%(code)s was filled for session %(session)s, which was cancelled (%(why)s). Quality"
        " decides what becomes of it."
    )
    recorded = True
    status = 409


class ForNoOther(LimsError):
    sentence = N_(
        "%(code)s is given at no other injection: it was filled for this one, whose session is"
        " scanned at the hand-over."
    )


class Here(LimsError):
    sentence = N_(
        "%(code)s has not left the laboratory: there is nothing to return. Two people discard it."
    )


class NotHere(LimsError):
    sentence = N_(
        "%(code)s was handed over: the clinic returns it, then two people discard it here."
    )


@dataclass(frozen=True)
class Off:
    """Who said that a session does not take place, and when."""

    by: User | None
    at: datetime


def problems_with(session: Session, dose: Dose, known: datetime) -> Iterator[LimsError]:
    """That the injection a dose is for did not take place any more, as was known by then."""
    removal = _removal(dose)
    if removal is not None and removal.removed_at <= known:
        yield InjectionOff(code=dose.code, why=removal.reason)
    sitting = dose.session
    if sitting.cancelled_reason is not None:
        off = cancelled(session, sitting)
        if off is None or off.at <= known:
            yield SessionOff(code=dose.code, session=sitting.code, why=sitting.cancelled_reason)


def since(session: Session, dose: Dose) -> datetime | None:
    """When its injection, else its session, was called off; None where neither was, or the trail
    does not tell."""
    if (removal := _removal(dose)) is not None:
        return removal.removed_at
    off = cancelled(session, dose.session)
    return off.at if off is not None else None


def told_of(doses: Iterable[Dose]) -> list[LimsError]:
    """Of these doses those whose injection or session was called off and on which nobody decided
    yet, each with why."""
    found: list[LimsError] = []
    for dose in filter(undecided, doses):
        if (removal := _removal(dose)) is not None:
            found.append(InjectionOff(code=dose.code, why=removal.reason))
        else:
            why = dose.session.cancelled_reason
            found.append(SessionOff(code=dose.code, session=dose.session.code, why=why))
    return found


def undecided(dose: Dose) -> bool:
    """Whether its injection or its session was called off and nobody decided on it yet."""
    off = _removal(dose) is not None or dose.session.cancelled_reason is not None
    return off and dose.status in UNDECIDED


def _removal(dose: Dose) -> InjectionRemoval | None:
    """That its injection was called off; None where it was not, or none was planned."""
    return dose.planned.removal if dose.planned is not None else None


def what_becomes_of(session: Session, dose: Dose) -> list[LimsError]:
    """What may become of a dose whose injection was called off, and why nothing else may; empty
    of any other dose."""
    if not undecided(dose):
        return []
    away = states.may_become(dose, DoseStatus.RETURNED)
    return [(NotHere if away else Here)(code=dose.code), ForNoOther(code=dose.code)]


def cancelled(session: Session, sitting: TransplantationSession) -> Off | None:
    """By the audit trail, which tells it of those too that were cancelled long ago."""
    if sitting.cancelled_reason is None:
        return None
    entry = session.execute(
        select(AuditEntry.at, AuditEntry.user_id)
        .where(
            AuditEntry.table_name == TransplantationSession.__tablename__,
            AuditEntry.row_id == sitting.id,
            AuditEntry.changes.contains('"cancelled_reason"', autoescape=True),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()
    if entry is None:
        return None
    return Off(session.get(User, entry.user_id) if entry.user_id else None, entry.at)


def its_injection() -> ColumnElement[bool]:
    """Of doses in a query: the injection or the session it was filled for was called off."""
    sitting = exists().where(
        TransplantationSession.id == Dose.session_id,
        TransplantationSession.cancelled_reason.is_not(None),
    )
    injection = exists().where(InjectionRemoval.injection_id == Dose.planned_administration_id)
    return or_(sitting, injection)


def doses_for(
    session: Session, sitting: TransplantationSession, *injections: PlannedAdministration
) -> Sequence[Dose]:
    """What is filled for a session, or for these of its injections, and waits to be decided on."""
    query = select(Dose).where(Dose.session_id == sitting.id, Dose.status.in_(UNDECIDED))
    if injections:
        numbers = [each.id for each in injections]
        query = query.where(Dose.planned_administration_id.in_(numbers))
    return session.scalars(query.order_by(Dose.id)).all()


def orders_for(session: Session, sitting: TransplantationSession) -> Sequence[Order]:
    """The orders of frozen cells for a session that are under way, with what they keep."""
    query = select(Order).where(Order.session_id == sitting.id, Order.status.in_(UNDER_WAY))
    return session.scalars(query.order_by(Order.id)).all()
