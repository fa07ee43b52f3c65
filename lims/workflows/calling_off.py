"""An injection that no longer takes place is marked so, with the reason; nothing vanishes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, NotFound, Stale
from lims.models.course import InjectionRemoval, PlannedAdministration, TransplantationSession
from lims.models.fill import Dose, DoseStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import course_doses, sessions
from lims.workflows.command import because, command


class OffAlready(LimsError):
    sentence = N_("This injection of %(code)s was called off already.")
    status = 409


class LastOfThem(LimsError):
    sentence = N_(
        "It is the only injection left of %(code)s. Cancel the session instead, with the reason."
    )
    status = 409


@command(Permission.ORDER_COURSE)
def call_off_injection(
    session: Session,
    planned: TransplantationSession,
    *,
    injection_id: int,
    version: int,
    reason: str,
    by: User,
) -> InjectionRemoval:
    """One injection of a session will not take place: the others do, and it stays in sight."""
    because(session, reason)
    injection = of_session(planned, injection_id)
    _require_to_come(session, planned, injection)
    if sessions.version_of(planned) != version:
        raise Stale(code=planned.code)
    if planned.administrations == [injection]:
        raise LastOfThem(code=planned.code)
    removal = InjectionRemoval(
        patient_id=planned.patient_id,
        injection_id=injection.id,
        reason=reason,
        removed_by_id=by.id,
    )
    session.add(removal)
    session.flush()
    session.expire(injection, ["removal"])
    course_doses.follow(session, planned.course)
    return removal


def of_session(planned: TransplantationSession, number: int) -> PlannedAdministration:
    """The injection of a session with this number."""
    for each in planned.injections:
        if each.id == number:
            return each
    raise NotFound(code=str(number))


def _require_to_come(
    session: Session, planned: TransplantationSession, injection: PlannedAdministration
) -> None:
    if planned.cancelled_reason is not None:
        raise sessions.Cancelled(code=planned.code)
    if injection.removal is not None:
        raise OffAlready(code=planned.code)
    done = select(Dose.code).where(
        Dose.planned_administration_id == injection.id, Dose.status == DoseStatus.ADMINISTERED
    )
    if doses := list(session.scalars(done.order_by(Dose.id))):
        raise sessions.Administered(code=planned.code, doses=doses)
