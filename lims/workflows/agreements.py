"""Storage agreements: recorded with their paper, paid for longer, ended.

An unpaid agreement is a matter to be talked about: it never leads to destruction by itself.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.agreement import AfterDeath, StorageAgreement
from lims.models.course import Course, CourseStatus
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.storage import CellStatus, StorageCell
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import days
from lims.workflows.command import because, command
from lims.workflows.storage_cells import KEPT, agreement_in_force

ENDED_COURSES = (
    CourseStatus.COMPLETED,
    CourseStatus.WITHDRAWN,
    CourseStatus.EXCLUDED,
    CourseStatus.EARLIER,
)
"""After these nothing is kept for the course itself."""
NOTICE = timedelta(days=30)
"""How long before it runs out a payment is asked for: time for a letter and a bank."""


class PaidBeforeStart(FieldError):
    sentence = N_("It cannot be paid until a day before it starts.")


class PaidAlready(FieldError):
    sentence = N_("It is paid until %(day)s already; enter a later day.")


class NumberTaken(FieldError):
    sentence = N_("This number is of the agreement in force already.")


class AgreementEnded(LimsError):
    sentence = N_("This agreement ended on %(day)s.")
    status = 409


class EndsBeforeSigned(FieldError):
    sentence = N_("The agreement was signed on %(day)s; it cannot end before.")


@command(Permission.RECORD_AGREEMENT)
def record_agreement(
    session: Session,
    patient: Patient,
    *,
    number: str,
    signed_on: date,
    starts_on: date,
    paid_until: date | None,
    permitted_uses: str,
    after_death: AfterDeath,
    document_sha256: str | None,
    by: User,
) -> StorageAgreement:
    """Record a signed agreement; it takes the place of the one in force.

    `paid_until` is None where it is paid for an unlimited time.
    """
    days.require_lived(signed_on, born=patient.birth_date, field="signed_on")
    if paid_until is not None and paid_until < starts_on:
        raise PaidBeforeStart("paid_until")
    if (former := agreement_in_force(session, patient.id)) is not None:
        _replace(session, former, number, signed_on)
    agreement = StorageAgreement(
        patient_id=patient.id,
        number=number,
        signed_on=signed_on,
        starts_on=starts_on,
        paid_until=paid_until,
        permitted_uses=permitted_uses,
        after_death=after_death,
        document_sha256=document_sha256,
        recorded_by_id=by.id,
    )
    session.add(agreement)
    session.flush()
    return agreement


def _replace(session: Session, former: StorageAgreement, number: str, signed_on: date) -> None:
    if former.number == number:
        raise NumberTaken("number")
    if signed_on < former.signed_on:
        raise EndsBeforeSigned("signed_on", day=former.signed_on)
    former.ended_on, former.end_reason = signed_on, f"→ {number}"
    session.flush()


@command(Permission.RECORD_AGREEMENT)
def renew_agreement(
    session: Session,
    agreement: StorageAgreement,
    *,
    version: int,
    paid_until: date | None,
    reason: str,
    by: User,
) -> StorageAgreement:
    """It is paid until a later day, or for an unlimited time; `reason` names the payment."""
    _require_in_force(agreement, version)
    paid = agreement.paid_until
    if paid is None or (paid_until is not None and paid_until <= paid):
        raise PaidAlready("paid_until", day=paid or "∞")
    because(session, reason)
    agreement.paid_until = paid_until
    return agreement


@command(Permission.RECORD_AGREEMENT)
def end_agreement(
    session: Session,
    agreement: StorageAgreement,
    *,
    version: int,
    ended_on: date,
    reason: str,
    by: User,
) -> StorageAgreement:
    """It ends; the vials stay where they are until somebody orders what becomes of them."""
    _require_in_force(agreement, version)
    if ended_on > clock.today():
        raise FieldError(field="ended_on", problem=days.InTheFuture())
    if ended_on < agreement.signed_on:
        raise EndsBeforeSigned("ended_on", day=agreement.signed_on)
    because(session, reason)
    agreement.ended_on, agreement.end_reason = ended_on, reason
    return agreement


def _require_in_force(agreement: StorageAgreement, version: int) -> None:
    if agreement.ended_on is not None:
        raise AgreementEnded(day=agreement.ended_on)
    if agreement.version != version:
        raise Stale(code=agreement.number)


def of_patient(session: Session, patient_id: int) -> Sequence[StorageAgreement]:
    """Every agreement of a patient, the newest first."""
    return session.scalars(
        select(StorageAgreement)
        .where(StorageAgreement.patient_id == patient_id)
        .order_by(StorageAgreement.id.desc())
    ).all()


def is_overdue(agreement: StorageAgreement) -> bool:
    """Whether an agreement in force is paid no longer."""
    paid = agreement.paid_until
    return agreement.ended_on is None and paid is not None and paid < clock.today()


def to_talk_about() -> Select[StorageCell]:
    """The open cells whose agreement has run out or soon will, or that should have one.

    The vials kept for the sessions of a course need none; those kept after it do.
    """
    agreed = StorageAgreement.patient_id == StorageCell.patient_id
    in_force = select(StorageAgreement.id).where(agreed, StorageAgreement.ended_on.is_(None))
    running_out = in_force.where(StorageAgreement.paid_until < clock.today() + NOTICE).exists()
    return select(StorageCell).where(
        StorageCell.status == CellStatus.OPEN,
        or_(running_out, ~in_force.exists() & _keeps_vials() & ~_has_course()),
    )


def _keeps_vials() -> ColumnElement[bool]:
    mine = Vial.patient_id == StorageCell.patient_id
    return select(Vial.id).where(mine, Vial.status.in_(KEPT)).exists()


def _has_course() -> ColumnElement[bool]:
    mine = Course.patient_id == StorageCell.patient_id
    return select(Course.id).where(mine, Course.status.not_in(ENDED_COURSES)).exists()
