"""What is due at the benches: tissue, feeding, passages, steps left open, doses to hand over."""

from typing import Any

from sqlalchemy import (
    Select,
    case,
    func,
    select,
    union_all,
)

from lims.models.batch import Batch
from lims.models.batch_note import BatchNote
from lims.models.fill import Dose, DoseStatus, Fill, Vial
from lims.models.isolation import Isolation
from lims.models.reception import Dispatch
from lims.models.sample import Sample, SampleStatus
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension, SuspensionOrigin, SuspensionStatus
from lims.models.vessel import Vessel
from lims.workflows import called_off, care, deviations, dose_gate, label_contents, tube_age
from lims.workflows.due import Timing, after, limit_now, limit_of, waits, word

ON_THE_WAY = (SampleStatus.COLLECTED, SampleStatus.IN_TRANSIT)
UNDECIDED = (SampleStatus.RECEIVED, SampleStatus.QUARANTINED)
UNDER_WAY = (StepStatus.OPEN, StepStatus.RECORDED)
TO_ISOLATE = (SampleStatus.ACCEPTED, SampleStatus.ACCEPTED_AT_RISK)


def tissue_coming() -> Select[Any]:
    """Until it has travelled as long as it may."""
    sent = select(func.max(Dispatch.performed_at)).where(Dispatch.sample_id == Sample.id)
    left = func.coalesce(sent.correlate(Sample).scalar_subquery(), Sample.collected_at)
    due = after(left, limit_now("transport_hours_max"), "h")
    return waits(Sample.code, due, Timing.BY, patient=Sample.patient_id).where(
        Sample.status.in_(ON_THE_WAY)
    )


def tissue_undecided() -> Select[Any]:
    return waits(Sample.code, Sample.received_at, Timing.SINCE, patient=Sample.patient_id).where(
        Sample.status.in_(UNDECIDED)
    )


def tissue_to_isolate() -> Select[Any]:
    """Until it has waited since its collection as long as it may; one begun is told as a step."""
    begun = select(Isolation.id).where(
        Isolation.sample_id == Sample.id, Isolation.status != StepStatus.VOID
    )
    due = after(Sample.collected_at, limit_now("collection_to_isolation_hours_max"), "h")
    return waits(Sample.code, due, Timing.BY, patient=Sample.patient_id).where(
        Sample.status.in_(TO_ISOLATE), ~begun.exists()
    )


def feeds() -> Select[Any]:
    """The vessels of a batch that were fed together are due together."""
    cared = (
        select(Vessel.batch_id, func.coalesce(care.last_fed(), Vessel.seeded_at).label("at"))
        .where(Vessel.status.in_(care.LIVING))
        .subquery("cared")
    )
    due = after(cared.c.at, limit_of(Batch.specification_version_id, care.INTERVAL), "d")
    return (
        waits(Batch.code, due, Timing.BY, patient=Batch.patient_id, number=func.count())
        .join(cared, cared.c.batch_id == Batch.id)
        .group_by(Batch.code, Batch.patient_id, Batch.specification_version_id, cared.c.at)
    )


def notes_left() -> Select[Any]:
    """Hand-over notes that nobody took over yet."""
    return (
        waits(
            Batch.code,
            func.min(BatchNote.written_at),
            Timing.SINCE,
            patient=Batch.patient_id,
            number=func.count(),
        )
        .join(BatchNote, BatchNote.batch_id == Batch.id)
        .where(BatchNote.taken_at.is_(None))
        .group_by(Batch.code, Batch.patient_id)
    )


def steps_open() -> Select[Any]:
    """Begun and not recorded, or recorded and not closed."""
    return waits(Step.code, Step.started_at, Timing.SINCE, patient=Step.patient_id).where(
        Step.status.in_(UNDER_WAY)
    )


def cells_in_tubes() -> Select[Any]:
    """Cells counted and left in their tube: to be filled, seeded or discarded, until they are out
    of culture or of the cold for as long as they bear. While their step is open, that is told.

    Asked by what their step is not: of all the steps that are closed, most left no tube."""
    version = Batch.specification_version_id
    most = case(
        (Suspension.origin == SuspensionOrigin.THAW, limit_of(version, tube_age.OUT_OF_THE_COLD)),
        else_=limit_of(version, tube_age.OUT_OF_CULTURE),
    )
    due = after(Step.performed_at, most, "h")
    return (
        waits(Suspension.code, due, Timing.BY, patient=Suspension.patient_id)
        .join(Step, Step.id == Suspension.made_by_id)
        .join(Batch, Batch.id == Suspension.batch_id)
        .where(Suspension.status == SuspensionStatus.MADE, Step.status.not_in(UNDER_WAY))
    )


def labels_to_stick_on() -> Select[Any]:
    """Of what was filled and is still here: doses until they expire, vials since they were filled.

    Nobody is sent to label what was rejected, recalled or destroyed.
    """
    found = union_all(
        *(
            select(kind.code, kind.patient_id, kind.fill_id).where(label_contents.to_label(kind))
            for kind in (Dose, Vial)
        )
    ).subquery("to_label")
    return (
        waits(
            found.c.code,
            func.coalesce(Fill.expires_at, Fill.filled_at),
            case((Fill.expires_at.is_(None), word(Timing.SINCE)), else_=word(Timing.BY)),
            patient=found.c.patient_id,
        )
        .join(Fill, Fill.id == found.c.fill_id)
        .where(Fill.status.not_in(deviations.FILLS_ENDED))
    )


def doses_here() -> Select[Any]:
    """Where samples left something to be given."""
    return _given_on(DoseStatus.AVAILABLE).where(dose_gate.not_emptied())


def doses_at_the_clinic() -> Select[Any]:
    return _given_on(*dose_gate.AWAY)


def _given_on(*statuses: DoseStatus) -> Select[Any]:
    """Of an injection called off, `agenda_called_off` tells."""
    return doses(*statuses).where(~called_off.its_injection())


def doses(*statuses: DoseStatus) -> Select[Any]:
    """Until they expire."""
    return (
        waits(Dose.code, Fill.expires_at, Timing.BY, patient=Dose.patient_id)
        .join(Fill, Fill.id == Dose.fill_id)
        .where(Dose.status.in_(statuses))
    )
