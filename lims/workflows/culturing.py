"""What every step of culture shares: cells of one batch, two scans a transfer, its limits."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.workflows import containers, deviations, identity, specifications, steps
from lims.workflows.codes import require_well_formed
from lims.workflows.since import Material
from lims.workflows.steps import Performed


class NothingScanned(LimsError):
    sentence = N_("Scan at least one container.")


class OtherBatch(LimsError):
    sentence = N_("%(code)s belongs to batch %(found)s; here batch %(expected)s is worked on.")
    recorded = True
    status = 409


class OtherSuspension(LimsError):
    sentence = N_("%(code)s was scanned; this step works on %(expected)s. Scan that tube.")
    recorded = True
    status = 409


def one_batch(session: Session, records: Sequence[Vessel] | Sequence[Suspension]) -> Batch:
    """The batch of all of `records`; one of another patient stops everything."""
    if not records:
        raise NothingScanned()
    batch = records[0].batch
    require_of(session, batch, *records)
    return batch


def require_of(session: Session, batch: Batch, *records: Vessel | Suspension) -> None:
    """Raise Mismatch or OtherBatch unless every one of `records` is of `batch`."""
    identity.require_same_patient(session, batch.patient_id, *records)
    for record in records:
        if record.batch_id != batch.id:
            raise OtherBatch(code=record.code, found=record.batch.code, expected=batch.code)


def batch_of(session: Session, step: Step) -> Batch:
    """The batch a step of culture belongs to."""
    return session.get_one(Batch, step.batch_id)


def limit(batch: Batch, name: str) -> Decimal:
    """A limit of the specification that `batch` is pinned to."""
    return specifications.limit(specifications.of(batch), name)


def record(
    session: Session, step: Step, performed: Performed, by: User, *worked_on: Material
) -> None:
    """Note who did the step and when, late by the batch's own specification."""
    version = specifications.of(batch_of(session, step))
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    steps.record(session, step, performed, late_after, by, *worked_on)


def note_unlabelled(session: Session, step: Step, *sources: Any, by: User) -> None:
    """What was worked from without a label is recorded all the same, with its deviation."""
    by_code = {source.code: source for source in sources}
    for problem in containers.unlabelled(session, list(by_code)):
        subject = by_code[problem.parameters["code"]]
        deviations.open_by_rule(session, "fact", step, subject, description=problem, by=by)


def scan_from(session: Session, step: Step, suspension: Suspension) -> None:
    """The first scan of a transfer: the tube that `step` works on, of this batch and patient."""
    require_of(session, batch_of(session, step), suspension)
    worked_on: int | None = getattr(step, "suspension_id", None)
    if worked_on is not None and worked_on != suspension.id:
        expected = session.get_one(Suspension, worked_on)
        raise OtherSuspension(code=suspension.code, expected=expected.code)
    identity.note_check(session, step, expected=suspension.code, scanned=suspension.code)


def scan_into(session: Session, step: Step, scanned: str) -> str:
    """The second scan: a container planned by `step`; another patient's stops everything."""
    code = require_well_formed(scanned)
    containers.require_planned(session, step, code)
    identity.note_check(session, step, expected=code, scanned=code)
    return code


def took_part(session: Session, step: Step, vessels: Sequence[Vessel], **seen: Any) -> None:
    """Note that each of `vessels` took part in `step`, with what was done to or seen in it."""
    session.add_all(
        StepVessel(patient_id=vessel.patient_id, step_id=step.id, vessel_id=vessel.id, **seen)
        for vessel in vessels
    )
    session.flush()
