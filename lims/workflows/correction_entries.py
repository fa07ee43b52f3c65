"""What the audit trail keeps of corrections: which entries they are, and how many."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from lims.models.audit import Action, AuditEntry
from lims.models.base import table_of
from lims.models.fill import Dose, Fill, Vial
from lims.models.step import Step, StepLot
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.models.vessel import Vessel

COMMANDS = ("correct_step", "correct_made", "correct_vehicle")


def count_of(session: Session, steps: Sequence[Step]) -> int:
    """How many corrections were made of what was recorded in `steps`; what follows is none."""
    moments = select(func.count(AuditEntry.at.distinct()))  # a transaction has one
    changed = AuditEntry.action == Action.UPDATE.value, entries_of(steps)
    return int(session.scalar(moments.where(*changed)) or 0)


def entries_of(steps: Sequence[Step]) -> ColumnElement[bool]:
    """The entries of the trail in which corrections changed `steps` and what was made in them."""
    ids = [step.id for step in steps]
    sown = select(Vessel.id).join(Vessel.withdrawal).where(Withdrawal.step_id.in_(ids))
    rows: dict[str, Any] = {
        "suspension": select(Suspension.id).where(Suspension.made_by_id.in_(ids)),
        "cell_count": select(CellCount.id).where(CellCount.step_id.in_(ids)),
        "withdrawal": select(Withdrawal.id).where(Withdrawal.step_id.in_(ids)),
        "vessel": sown,
        "dose": select(Dose.id).join(Dose.fill).where(Fill.made_by_id.in_(ids)),
        "fill": select(Fill.id).where(Fill.made_by_id.in_(ids)),
        "step_lot": select(StepLot.id).where(StepLot.step_id.in_(ids)),
        "vial": select(Vial.id).join(Vial.fill).where(Fill.made_by_id.in_(ids)),
    }
    own = AuditEntry.table_name.in_({"step", *(table_of(step).name for step in steps)})
    made = [
        (AuditEntry.table_name == table) & AuditEntry.row_id.in_(of) for table, of in rows.items()
    ]
    return AuditEntry.command.in_(COMMANDS) & or_(own & AuditEntry.row_id.in_(ids), *made)
