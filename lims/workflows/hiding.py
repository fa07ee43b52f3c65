"""Hiding: a page shows what an import brought once all of it is there, and nothing before.

Commands, papers, exports and `lims verify` see all that is stored.
"""

from typing import Any

from sqlalchemy import Select, event, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch, EarlierPatient, EarlierVial, Import, ImportStatus
from lims.models.fill import Fill, Vial
from lims.models.patient import Patient
from lims.models.storage import Placement

UNDER_WAY = select(Import.id).where(Import.status == ImportStatus.RUNNING).exists()
"""Whether anything is to be hidden: asked with the session of who signed in."""


def hide_unfinished(session: Session) -> None:
    """Let a session that reads see nothing of what the imports under way have stored so far."""

    def brought(column: Any, mark: Any) -> Select[Any]:
        return (
            select(column)
            .join(Import, Import.id == mark.import_id)
            .where(Import.status == ImportStatus.RUNNING)
        )

    batches = brought(EarlierBatch.batch_id, EarlierBatch)
    vials = brought(EarlierVial.vial_id, EarlierVial)
    hidden = [
        with_loader_criteria(
            Patient, Patient.id.not_in(brought(EarlierPatient.patient_id, EarlierPatient))
        ),
        with_loader_criteria(Batch, Batch.id.not_in(batches)),
        with_loader_criteria(Fill, Fill.batch_id.not_in(batches)),
        with_loader_criteria(Vial, Vial.id.not_in(vials)),
        with_loader_criteria(Placement, Placement.vial_id.not_in(vials)),
    ]

    @event.listens_for(session, "do_orm_execute")
    def _hide(state: ORMExecuteState) -> None:
        if state.is_select and not state.is_column_load:
            state.statement = state.statement.options(*hidden)
