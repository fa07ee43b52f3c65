"""Vials taken out far from the planned time, or before the bench waits for them: asked about
before two people sign."""

from datetime import timedelta

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, Amount, LimsError
from lims.models.order import Order
from lims.workflows import specifications, thaw_ready

LONGEST = "retrieval_off_plan_hours_max"


class OffPlan(LimsError):
    sentence = N_(
        "%(order)s is planned for %(planned)s; begun now, that is more than %(most)s before or"
        " after it."
    )


def found(session: Session, order: Order) -> list[LimsError]:
    """What the two people say why about, where they take the vials of `order` out all the same."""
    return [*thaw_ready.found(session, order), *_of_time(session, order)]


def _of_time(session: Session, order: Order) -> list[LimsError]:
    """That now is further from the planned time than the specification has it."""
    version, planned = specifications.current(session), order.scheduled_for
    hours = specifications.known_limit(version, LONGEST)
    if planned is None:
        return []
    if hours is None:
        return [specifications.not_judged(version, LONGEST, order.code)]
    if abs(clock.now() - planned) <= timedelta(hours=float(hours)):
        return []
    return [OffPlan(order=order.code, planned=planned, most=Amount(hours, "h"))]
