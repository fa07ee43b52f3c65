"""What a review of production counts: labels that are not settled, values that were corrected."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.models.audit import Action, AuditEntry
from lims.models.label import Label, LabelStatus
from lims.models.step import PlannedContainer, Step


def labels_open(session: Session, step_ids: Sequence[int]) -> Sequence[str]:
    """The codes of labels that are neither applied nor destroyed."""
    unsettled = [LabelStatus.REQUESTED, LabelStatus.SENT, LabelStatus.VOID]
    planned = select(PlannedContainer.container_code).where(PlannedContainer.step_id.in_(step_ids))
    return session.scalars(
        select(Label.subject_code)
        .where(
            Label.step_id.in_(step_ids) | Label.subject_code.in_(planned),
            Label.status.in_(unsettled),
        )
        .order_by(Label.id)
    ).all()


def corrections(session: Session, all_steps: Sequence[Step]) -> int:
    """How many recorded steps were changed by a correction."""
    tables = {type(step).__mapper__.local_table.name for step in all_steps}  # type: ignore[attr-defined]
    found = session.scalar(
        select(func.count()).where(
            AuditEntry.action == Action.UPDATE.value,
            AuditEntry.command == "correct_step",
            AuditEntry.table_name.in_(tables),
            AuditEntry.row_id.in_([step.id for step in all_steps]),
        )
    )
    return int(found or 0)
