"""What every decision on a fill rests on, read once for any number of questions about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, with_polymorphic

from lims import clock
from lims.errors import LimsError
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.aliquot import QcTest
from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, Hold
from lims.models.earlier import EarlierBatch
from lims.models.fill import TO_DECIDE, Fill, Vial, VialStatus
from lims.models.filling import Filling
from lims.models.freezing import Freezing
from lims.models.label import Label
from lims.models.step import Step, StepEquipment, StepLot, StepStatus
from lims.workflows import (
    containers,
    correction_entries,
    deviations,
    fill_lineage,
    fill_results,
    holds,
    identity,
    label_balance,
    label_contents,
    made_values,
    specifications,
    step_kinds,
    unknown_markers,
    untended,
)
from lims.workflows.fill_lineage import Filled
from lims.workflows.fill_results import JudgedLine
from lims.workflows.step_kinds import KINDS


def batch_steps(session: Session, batch: Batch) -> Sequence[Step]:
    """The steps of a batch and of its samples, in order."""
    samples = select(BatchSample.sample_id).where(BatchSample.batch_id == batch.id)
    every = with_polymorphic(Step, "*")  # with the columns of each kind, in one query
    return session.scalars(
        select(every)
        .where((every.batch_id == batch.id) | every.sample_id.in_(samples))
        .options(
            selectinload(every.lots).joinedload(StepLot.lot),
            selectinload(every.equipment).joinedload(StepEquipment.equipment),
            joinedload(every.clearance),
        )
        .order_by(every.id)
    ).all()


@dataclass(frozen=True)
class Evidence:
    """What every decision on a fill rests on, read once for any number of questions about it."""

    steps: Sequence[Step]
    """All of its batch: what production finishes, and what is signed."""
    results: Sequence[JudgedLine]
    tests: Sequence[QcTest] = ()
    """Those the results are of, and those that are gone."""
    deviations: Sequence[Deviation] = ()
    holds: Sequence[Hold] = ()
    labels_open: Sequence[Label] = ()
    labels_wrong: Sequence[LimsError] = ()
    """Of its containers that tests left something in: those that bear none, or an untrue one."""
    unfrozen: Sequence[str] = ()
    """Vials that are filled and neither frozen, discarded nor used up by tests."""
    upstream: Sequence[Step] = ()
    """Of the steps those of the fill itself and those behind it: none of another fill."""
    corrections: int = 0
    """Of values of the steps upstream."""
    typed: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """By step, the codes that no scanner read."""
    made: Mapping[int, object] = field(default_factory=dict)
    """By step, the tubes, counts and volumes that came of it."""
    untended: Sequence[LimsError] = ()
    """What the cells behind it went without."""
    taken_over: EarlierBatch | None = None
    """Where its batch was read, if this program did not keep its record."""
    markers_unknown: Sequence[LimsError] = ()
    """What was not known of the patient's blood when it was decided on; until then, is not."""

    @property
    def results_told(self) -> list[JudgedLine]:
        """What pages and papers show: of an earlier fill no line that nobody here tested, since
        its results stand in the earlier papers and are not missing."""
        return [each for each in self.results if each.test or self.taken_over is None]


def evidence_of(session: Session, fill: Fill) -> Evidence:
    """Everything behind `fill`, in a number of queries that does not grow with it."""
    all_steps = batch_steps(session, fill.batch)
    step_ids = [step.id for step in all_steps]
    made = Filled.as_made(fill)
    lineage = fill_lineage.read(session, made)
    filled = replace(made, lineage=lineage)
    upstream = [step for step in all_steps if _is_upstream(step, fill, lineage.steps)]
    tests = fill_lineage.tests(session, filled)
    labels = label_balance.labels_of(session, step_ids)
    return Evidence(
        steps=all_steps,
        results=list(fill_results.judged_lines(session, filled, tests)),
        tests=tests,
        deviations=deviations.of_batch(session, fill.batch),
        holds=holds.in_force(session, fill.batch),
        labels_open=label_balance.left_open(labels),
        labels_wrong=_labels_wrong(fill, labels),
        taken_over=fill.batch.earlier,
        unfrozen=_unfrozen(fill),
        upstream=upstream,
        corrections=correction_entries.count_of(session, upstream),
        typed=identity.typed_in(session, [step.id for step in upstream]),
        made=made_values.shown_of(session, all_steps),
        untended=list(untended.told(session, filled)),
        markers_unknown=_markers_unknown(session, fill),
    )


def _labels_wrong(fill: Fill, labels: Sequence[Label]) -> list[LimsError]:
    ours = [one for one in fill.containers if not (isinstance(one, Vial) and one.earlier)]
    left = [one.code for one in ours if not one.is_used_up]
    return [*containers.bare(left, labels), *label_contents.out_of_date(ours, labels)]


def _unfrozen(fill: Fill) -> list[str]:
    waiting = [vial for vial in fill.vials if vial.status is VialStatus.LABELLED]
    return [vial.code for vial in waiting if not vial.is_used_up]


def _markers_unknown(session: Session, fill: Fill) -> list[LimsError]:
    """As it was when it was decided on: later it is told where cells or a dose go on."""
    on, version = clock.today(), specifications.of(fill.batch)
    if fill.status not in TO_DECIDE and fill.dispositions:
        on = clock.day_of(fill.dispositions[-1].signature.signed_at)
    return unknown_markers.told(session, fill.patient, on, version)


def _is_upstream(step: Step, fill: Fill, behind: Collection[int]) -> bool:
    """Whether `fill` came of a step of its batch, or was frozen or given out in it.

    Of a step that is still open nobody knows which cells it will be of.
    """
    match step:
        case Filling():
            return step.id == fill.made_by_id
        case Freezing():
            return step.fill_id == fill.id
        case Handover() | Receipt() | Return() | Administration():
            return any(step.dose_id == dose.id for dose in fill.doses)
    return step.id in behind or step.status is StepStatus.OPEN


def performers(evidence: Evidence) -> set[int]:
    """The ids of who performed what is reviewed: nobody reviews their own work."""
    return {
        step.performed_by_id
        for step in evidence.steps
        if step.performed_by_id is not None and KINDS[step.kind].bars_from_release
    }


def makers(evidence: Evidence) -> set[int]:
    """The ids of all who made what is released: at a step, or at a test."""
    return step_kinds.makers(evidence.steps) | fill_results.analysts(evidence.tests)
