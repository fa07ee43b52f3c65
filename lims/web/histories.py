"""In which steps something was used: one row a use, with its batch and its patient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from lims.models.batch import Batch
from lims.models.patient import Patient
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.models.step import Step
from lims.web.current import reading_session
from lims.web.listing import Listing, listing

MOST_RUNS = 50


@dataclass(frozen=True)
class Use:
    """A use of a lot or a piece of equipment, or the step itself at a station."""

    step: Step
    row: Any
    patient: str
    batch: str


def uses(statement: Select[Any], key: InstrumentedAttribute[int]) -> Listing:
    """The newest uses that `statement` selects (each a step, or with one), a page at a time."""
    found = listing(statement, key)
    return replace(found, rows=whose(found.rows))


def whose(rows: Sequence[Any]) -> list[Use]:
    """Each of `rows`, a step or a use in one, with its batch and its patient; one query."""
    steps = {row.id: row if isinstance(row, Step) else row.step for row in rows}
    named = _codes_of(steps.values())
    return [Use(steps[row.id], row, *named[steps[row.id].id]) for row in rows]


def qc_runs_with(kind: type[QcRunLot] | type[QcRunEquipment], used: Any) -> Sequence[Any]:
    """The newest runs at QC that something was scanned into, with how it was used there."""
    query = select(kind).where(used).options(joinedload(kind.run))
    return reading_session().scalars(query.order_by(kind.id.desc()).limit(MOST_RUNS)).all()


def _codes_of(steps: Iterable[Step]) -> dict[int, tuple[str, str]]:
    """By step: the codes of its patient and of its batch, where it has one; one query."""
    rows = reading_session().execute(
        select(Step.id, Patient.code, Batch.code)
        .join(Patient, Patient.id == Step.patient_id)
        .outerjoin(Batch, Batch.id == Step.batch_id)
        .where(Step.id.in_({step.id for step in steps}))
    )
    return {step_id: (patient, batch or "") for step_id, patient, batch in rows}
