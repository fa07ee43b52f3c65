"""What was prepared for an injection that no longer takes place, until somebody decides on it."""

from typing import Any

from sqlalchemy import Select, exists, func, select

from lims.models.audit import AuditEntry
from lims.models.course import InjectionRemoval, PlannedAdministration
from lims.models.fill import DoseStatus
from lims.models.order import Order
from lims.workflows import agenda_bench, called_off, dose_gate
from lims.workflows.due import Timing, end_of, waits
from lims.workflows.redrafting import CHANGING
from lims.workflows.reserving import UNDER_WAY


def doses() -> Select[Any]:
    """Quality decides what becomes of them, wherever they are; the bench, which has them in its
    hands or waits for them to come back, is told."""
    return _off(*called_off.UNDECIDED).where(dose_gate.not_emptied())


def doses_away() -> Select[Any]:
    """Handed over already: the clinic gives them back."""
    return _off(*dose_gate.AWAY)


def _off(*statuses: DoseStatus) -> Select[Any]:
    return agenda_bench.doses(*statuses).where(called_off.its_injection())


def orders() -> Select[Any]:
    """Made before an injection of their session was called off, and not changed since; those of
    a cancelled session end with it."""
    last = (
        select(func.max(InjectionRemoval.removed_at))
        .join(PlannedAdministration, PlannedAdministration.id == InjectionRemoval.injection_id)
        .where(PlannedAdministration.session_id == Order.session_id)
        .correlate(Order)
        .scalar_subquery()
    )
    changed = exists().where(
        AuditEntry.table_name == Order.__tablename__,
        AuditEntry.row_id == Order.id,
        AuditEntry.command.in_(CHANGING),
        AuditEntry.at > last,
    )
    return waits(Order.code, end_of(Order.needed_on), Timing.ON, patient=Order.patient_id).where(
        Order.status.in_(UNDER_WAY), Order.drafted_at < last, ~changed
    )
