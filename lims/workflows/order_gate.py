"""What speaks against an order of frozen cells: one function for the gates and for the pages."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, DoseStatus, Vial
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.patient import ConsentKind, Patient
from lims.workflows import (
    consents,
    reserving,
    sessions,
    specifications,
    storage_cells,
    unknown_markers,
)
from lims.workflows.stopping import ENDED

NEEDED_CONSENTS: dict[OrderKind, Sequence[ConsentKind]] = {
    OrderKind.THAW: (ConsentKind.STORAGE, ConsentKind.USE),
    OrderKind.TEST: (ConsentKind.STORAGE, ConsentKind.USE),
    OrderKind.TRANSFER: (),
    OrderKind.DESTROY: (),
}
"""A transfer and a destruction rest on the paper that comes with the order."""
STANDING = (*reserving.UNDER_WAY, OrderStatus.FULFILLED, OrderStatus.CLOSED)
"""Orders that bring cells, or brought them."""


class PatientDied(LimsError):
    sentence = N_(
        "%(code)s died on %(died_on)s. What becomes of the cells is ordered with its document."
    )
    recorded = True
    status = 409


class CourseOver(LimsError):
    sentence = N_("%(code)s is %(status)s; nothing is thawed for it.")
    recorded = True
    status = 409


class OrderedAlready(LimsError):
    sentence = N_(
        "%(other)s is ordered for %(code)s already (%(status)s, for %(needed_on)s). More is needed"
        " only where that does not do."
    )


class AgreementNeeded(LimsError):
    sentence = N_(
        "%(code)s was kept beyond the course it was frozen in, and no storage agreement of"
        " %(patient)s is in force. Record one; then this can be ordered."
    )
    recorded = True
    status = 409


def problems_with(session: Session, order: Order, vials: Sequence[Vial] = ()) -> list[LimsError]:
    """Why `order` may not go on now, with these vials where they are chosen; empty when it may."""
    patient = session.get_one(Patient, order.patient_id)
    found: list[LimsError] = []
    if patient.died_on is not None and order.kind in (OrderKind.THAW, OrderKind.TEST):
        found.append(PatientDied(code=patient.code, died_on=patient.died_on))
    if order.session is not None:
        found += about_session(session, order.session)
    found += consents.missing(session, patient, *NEEDED_CONSENTS[order.kind])
    if order.kind is OrderKind.THAW:
        found += unknown_markers.barring(
            session, patient, clock.today(), specifications.current(session)
        )
    return found + _agreement_due(session, order, patient, vials)


def warnings(session: Session, order: Order) -> list[LimsError]:
    """What is told beside an order that may go on: another one for its session, markers that are
    not known any more."""
    if order.kind is not OrderKind.THAW or order.status not in reserving.UNDER_WAY:
        return []
    patient = session.get_one(Patient, order.patient_id)
    version = specifications.current(session)
    others = ordered_already(session, order.session, but=order) if order.session else []
    return others + unknown_markers.warnings(session, patient, clock.today(), version)


def ordered_already(
    session: Session, sitting: TransplantationSession, *, but: Order | None = None
) -> list[LimsError]:
    """The other orders of cells for the same session, under way or done with."""
    same = Order.session_id == sitting.id, Order.status.in_(STANDING)
    found = session.scalars(select(Order).where(*same).order_by(Order.id))
    return [
        OrderedAlready(
            other=each.code, code=sitting.code, status=each.status, needed_on=each.needed_on
        )
        for each in found
        if but is None or each.id != but.id
    ]


def about_session(session: Session, sitting: TransplantationSession) -> list[LimsError]:
    """Why nothing is thawed for a session any more."""
    if sitting.course.status in ENDED:
        return [CourseOver(code=sitting.course.code, status=sitting.course.status)]
    if sitting.cancelled_reason is not None:
        return [sessions.Cancelled(code=sitting.code)]
    injected = Dose.session_id == sitting.id, Dose.status == DoseStatus.ADMINISTERED
    if doses := list(session.scalars(select(Dose.code).where(*injected).order_by(Dose.id))):
        return [sessions.Administered(code=sitting.code, doses=doses)]
    return []


def _agreement_due(
    session: Session, order: Order, patient: Patient, vials: Sequence[Vial]
) -> list[LimsError]:
    """Vials kept for the sessions of their own course need none."""
    if order.kind is not OrderKind.THAW:
        return []
    return list(without_agreement(session, order.course_id, patient, vials).values())[:1]


def without_agreement(
    session: Session, course_id: int | None, patient: Patient, vials: Sequence[Vial]
) -> dict[int, LimsError]:
    """By vial, that it was kept beyond its course and no agreement is in force: of `course_id`
    none is thawed then."""
    beyond = [vial for vial in vials if vial.fill.batch.course_id != course_id]
    if not beyond or storage_cells.agreement_in_force(session, patient.id) is not None:
        return {}
    return {
        vial.id: AgreementNeeded(code=vial.on_the_tube, patient=patient.code) for vial in beyond
    }


def require(session: Session, order: Order, vials: Sequence[Vial] = ()) -> None:
    """Raise the first of the problems."""
    for problem in problems_with(session, order, vials):
        raise problem
