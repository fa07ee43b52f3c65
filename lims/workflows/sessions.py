"""Transplantation sessions: planned with their injections, moved, changed, cancelled."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, Stale
from lims.models.course import Course, PlannedAdministration, TransplantationSession
from lims.models.fill import Dose, DoseStatus
from lims.models.order import Order
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    course_doses,
    courses,
    days,
    dose_gate,
    planned_injections,
    reserving,
    sites,
    stopping,
)
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.planned_injections import Injection


class CourseEnded(LimsError):
    sentence = N_("%(code)s is %(status)s; no session is planned for it.")
    status = 409


class NothingPlanned(LimsError):
    sentence = N_("Plan at least one injection: its joint, side, cells and volume.")


class Cancelled(LimsError):
    sentence = N_("%(code)s was cancelled. Plan a new session.")
    status = 409


class DosesFilled(LimsError):
    sentence = N_(
        "Doses are filled for %(code)s (%(doses)s): only its day can change."
        " Quality decides what becomes of the doses."
    )
    status = 409


class Administered(LimsError):
    sentence = N_("%(code)s has taken place: %(doses)s was injected.")
    status = 409


class InjectionDropped(LimsError):
    sentence = N_(
        "No injection is taken out of %(code)s here. Call it off on the page of the session, with"
        " the reason: it stays in sight."
    )
    status = 409


@command(Permission.ORDER_COURSE)
def plan_session(
    session: Session,
    course: Course,
    *,
    planned_on: date,
    injections: Sequence[Injection],
    reason: str | None = None,
    otherwise: str | None = None,
    by: User,
) -> TransplantationSession:
    """Plan one more visit of a course; a second one of a joint on one day says why in `reason`,
    one that is unusual in itself in `otherwise`."""
    if course.status in stopping.ENDED:
        raise CourseEnded(code=course.code, status=course.status)
    days.require_ahead(planned_on, field="planned_on")
    planned_injections.require_reason(session, course, planned_on, injections, reason)
    planned_injections.require_why(course, injections, otherwise)
    because(session, planned_injections.both(reason, otherwise))
    before = session.scalar(
        select(func.max(TransplantationSession.number)).where(
            TransplantationSession.course_id == course.id
        )
    )
    planned = coded(
        session,
        TransplantationSession(
            patient_id=course.patient_id,
            course_id=course.id,
            number=(before or 0) + 1,
            planned_on=planned_on,
        ),
    )
    session.add(planned)
    session.flush()
    _keep(session, planned, injections)
    session.expire(course, ["sessions"])
    return planned


@command(Permission.ORDER_COURSE)
def change_session(
    session: Session,
    planned: TransplantationSession,
    *,
    version: int,
    planned_on: date,
    injections: Sequence[Injection],
    reason: str,
    otherwise: str | None = None,
    by: User,
) -> TransplantationSession:
    """Move a session to another day, or change its injections while no dose is filled for it;
    where the change itself is unusual, `otherwise` says why it is meant so."""
    because(session, planned_injections.both(reason, otherwise))
    _require_open(session, planned, version)
    if planned_on != planned.planned_on:
        days.require_ahead(planned_on, field="planned_on")
        planned.planned_on = planned_on
    if list(injections) != as_planned(planned):
        if fixed := fixed_by(session, planned):
            raise fixed
        planned_injections.require_why(
            planned.course, injections, otherwise, before=as_planned(planned)
        )
        if 0 < len(injections) < len(planned.administrations):
            raise InjectionDropped(code=planned.code)
        _keep(session, planned, injections)
    session.flush()
    return planned


@command(Permission.ORDER_COURSE)
def cancel_session(
    session: Session, planned: TransplantationSession, *, version: int, reason: str, by: User
) -> TransplantationSession:
    """A session that will not take place stays on the course, with the reason; what was filled
    for it waits for quality to decide (`called_off.py`), and its orders end."""
    because(session, reason)
    _require_open(session, planned, version)
    planned.cancelled_reason = reason
    session.flush()
    reserving.end_all(session, Order.session_id == planned.id, reason)
    course_doses.follow(session, planned.course)
    return planned


def version_of(planned: TransplantationSession) -> int:
    """Grows with every change of the session or of one of its injections."""
    rows = planned.injections
    return planned.version + sum(each.version + (each.removal is not None) for each in rows)


def fixed_by(session: Session, planned: TransplantationSession) -> DosesFilled | None:
    """Why nothing but the day of a session changes any more; None while everything may."""
    filled = _doses(session, planned)
    return DosesFilled(code=planned.code, doses=filled) if filled else None


def as_planned(planned: TransplantationSession) -> list[Injection]:
    """The injections of a session as plain values, in their order."""
    return [
        Injection(each.joint, each.side, each.cells, each.volume_ml, each.joint_named)
        for each in planned.administrations
    ]


def _keep(
    session: Session, planned: TransplantationSession, injections: Sequence[Injection]
) -> None:
    """Change the planned injections in their order, and add those that are new."""
    if not injections:
        raise NothingPlanned()
    kept = list(planned.administrations)
    for number, injection in enumerate(injections):
        courses.require_dose(
            session,
            cells=("injections", injection.cells),
            volume_ml=("injections", injection.volume_ml),
        )
        if number < len(kept):
            row = kept[number]
        else:
            row = PlannedAdministration(patient_id=planned.patient_id, session_id=planned.id)
        row.joint, row.side = injection.joint, injection.side
        row.joint_named = sites.named(injection.joint, injection.joint_named, field="injections")
        row.cells, row.volume_ml = injection.cells, injection.volume_ml
        session.add(row)
    session.flush()
    session.expire(planned, ["injections"])


def _require_open(session: Session, planned: TransplantationSession, version: int) -> None:
    if version_of(planned) != version:
        raise Stale(code=planned.code)
    if planned.cancelled_reason is not None:
        raise Cancelled(code=planned.code)
    if done := _doses(session, planned, DoseStatus.ADMINISTERED):
        raise Administered(code=planned.code, doses=done)


GONE = (DoseStatus.DISCARDED, DoseStatus.RETURNED)


def _doses(
    session: Session, planned: TransplantationSession, status: DoseStatus | None = None
) -> list[str]:
    """The codes of the doses filled for a session, or of those with one status."""
    of_session = Dose.session_id == planned.id, dose_gate.not_emptied()
    query = select(Dose.code).where(*of_session).order_by(Dose.id)
    wanted = Dose.status.not_in(GONE) if status is None else Dose.status == status
    return list(session.scalars(query.where(wanted)))
