"""Consents: what a patient agreed to in writing, by which form, until withdrawn."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.course import Course, CourseStatus
from lims.models.patient import Consent, ConsentKind, Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import days, states, stopping
from lims.workflows.command import because, command


class SignedAlready(LimsError):
    sentence = N_("This form was signed already, on %(signed_on)s. Nothing needs recording.")
    status = 409


class SignedEarlier(LimsError):
    sentence = N_("A newer consent, signed on %(signed_on)s, is recorded already.")


class Withdrawn(LimsError):
    sentence = N_("This consent ended already, on %(ended_on)s.")
    status = 409


class BeforeSigning(LimsError):
    sentence = N_("The consent was signed on %(signed_on)s; it cannot end before.")


class ConsentMissing(LimsError):
    sentence = N_("There is no consent to %(kind)s in force. Record the signed form.")
    recorded = True


def in_force(
    session: Session, patient: Patient, on: date | None = None
) -> dict[ConsentKind, Consent]:
    """The consents not withdrawn, now or on a day of the past; at most one of each kind."""
    query = select(Consent).where(Consent.patient_id == patient.id)
    standing = Consent.withdrawn_on.is_(None)
    if on is None:
        query = query.where(standing)
    else:
        query = query.where(Consent.signed_on <= on, standing | (Consent.withdrawn_on > on))
    found = session.scalars(query)
    return {consent.kind: consent for consent in found}


def missing(
    session: Session, patient: Patient, *kinds: ConsentKind, on: date | None = None
) -> list[LimsError]:
    """What a gate that needs `kinds` says of those not in force."""
    given = in_force(session, patient, on)
    return [ConsentMissing(kind=kind) for kind in kinds if kind not in given]


def require(session: Session, patient: Patient, kind: ConsentKind) -> None:
    """Raise ConsentMissing unless a consent of `kind` is in force."""
    for refusal in missing(session, patient, kind):
        raise refusal


@command(Permission.RECORD_CONSENT)
def record_consent(
    session: Session,
    patient: Patient,
    *,
    kind: ConsentKind,
    form_version: str,
    signed_on: date,
    by: User,
) -> Consent:
    """Record a signed form; it takes the place of an older form of the same kind."""
    days.require_lived(signed_on, born=patient.birth_date, field="signed_on")
    older = in_force(session, patient).get(kind)
    if older is not None:
        _take_the_place_of(session, older, form_version, signed_on)
    consent = Consent(
        patient_id=patient.id,
        kind=kind,
        form_version=form_version,
        signed_on=signed_on,
        recorded_by_id=by.id,
    )
    session.add(consent)
    session.flush()
    if kind == ConsentKind.PRODUCTION:
        for course in _courses(session, patient, CourseStatus.ELIGIBLE):
            states.move(session, course, CourseStatus.CONSENTED)
    return consent


def _take_the_place_of(
    session: Session, older: Consent, form_version: str, signed_on: date
) -> None:
    if older.form_version == form_version:
        raise SignedAlready(signed_on=older.signed_on)
    if signed_on < older.signed_on:
        raise FieldError(field="signed_on", problem=SignedEarlier(signed_on=older.signed_on))
    older.withdrawn_on = signed_on
    session.flush()


@command(Permission.RECORD_CONSENT)
def withdraw_consent(
    session: Session, consent: Consent, *, version: int, withdrawn_on: date, reason: str, by: User
) -> Consent:
    """The patient takes a consent back; without that to production, manufacture stops."""
    because(session, reason)
    patient = session.get_one(Patient, consent.patient_id)
    if consent.withdrawn_on is not None:
        raise Withdrawn(ended_on=consent.withdrawn_on)
    if consent.version != version:
        raise Stale(code=patient.code)
    days.require_lived(withdrawn_on, born=patient.birth_date, field="withdrawn_on")
    if withdrawn_on < consent.signed_on:
        raise FieldError(field="withdrawn_on", problem=BeforeSigning(signed_on=consent.signed_on))
    consent.withdrawn_on, consent.withdrawal_reason = withdrawn_on, reason
    session.flush()
    if consent.kind == ConsentKind.PRODUCTION:
        stopping.stop_manufacture(session, patient, reason=reason, by=by)
    return consent


def _courses(session: Session, patient: Patient, status: CourseStatus) -> Sequence[Course]:
    return session.scalars(
        select(Course)
        .where(Course.patient_id == patient.id, Course.status == status)
        .with_for_update()
    ).all()
