"""What every decision on a fill rests on, read once for any number of questions about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, with_polymorphic
from sqlalchemy.orm.attributes import set_committed_value

from lims import clock
from lims.errors import LimsError
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.aliquot import QcTest
from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, Hold
from lims.models.earlier import EarlierBatch
from lims.models.fill import TO_DECIDE, Dose, Fill, Vial, VialStatus
from lims.models.filling import Filling
from lims.models.freezing import Freezing
from lims.models.label import Label
from lims.models.patient import MarkerResult
from lims.models.specification import SpecificationVersion
from lims.models.step import Step, StepEquipment, StepLot, StepStatus
from lims.workflows import (
    containers,
    correction_entries,
    counted_viability,
    deviations,
    fill_lineage,
    fill_results,
    holds,
    identity,
    label_balance,
    label_contents,
    made_values,
    markers,
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
    return steps_of(session, [batch.id])[batch.id]


def steps_of(session: Session, batches: Collection[int]) -> dict[int, list[Step]]:
    """By batch, `batch_steps`; three look-ups for all."""
    every = with_polymorphic(Step, "*")  # with the columns of each kind, in one query
    tissue = select(BatchSample).where(BatchSample.batch_id.in_(batches)).subquery()
    rows = session.execute(
        select(every, tissue.c.batch_id)
        .outerjoin(tissue, tissue.c.sample_id == every.sample_id)
        .where(every.batch_id.in_(batches) | every.sample_id.in_(select(tissue.c.sample_id)))
        .options(joinedload(every.clearance))
        .order_by(every.id)
    ).all()
    _supply(session, {step.id: step for step, _of_tissue in rows})
    found: dict[int, dict[int, Step]] = {key: {} for key in batches}
    for step, of_tissue in rows:
        for key in {step.batch_id, of_tissue} & found.keys():
            found[key][step.id] = step
    return {key: list(steps.values()) for key, steps in found.items()}


def _supply(session: Session, steps: Mapping[int, Step]) -> None:
    """Give each of `steps` its lots and its devices, in two look-ups however many there are."""
    supplies: tuple[tuple[str, Any, Any], ...] = (
        ("lots", StepLot, StepLot.lot),
        ("equipment", StepEquipment, StepEquipment.equipment),
    )
    for name, used, what in supplies:
        of_step: dict[int, list[Any]] = {key: [] for key in steps}
        rows = select(used).where(used.step_id.in_(steps)).options(joinedload(what))
        for row in session.scalars(rows.order_by(used.id)):
            of_step[row.step_id].append(row)
        for key, rows_of_step in of_step.items():
            set_committed_value(steps[key], name, rows_of_step)


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


def with_its_evidence(policies_by: Any = selectinload) -> tuple[Any, ...]:
    """What to load with fills that `evidence_of_all` is asked of; nothing is joined that is a join
    itself, or SQLite reads whole tables beside it. Of one fill the policies may be joined too."""
    batch, version = joinedload(Fill.batch), joinedload(Batch.specification_version)
    return (
        joinedload(Fill.patient),
        joinedload(Fill.withdrawal),
        batch.joinedload(Batch.earlier).joinedload(EarlierBatch.origin),
        batch.joinedload(Batch.course),
        batch.options(
            version.options(policies_by(SpecificationVersion.policies)),
            version.selectinload(SpecificationVersion.limits),
            version.selectinload(SpecificationVersion.tests),
        ),
        joinedload(Fill.doses).options(joinedload(Dose.aliquots), joinedload(Dose.planned)),
        joinedload(Fill.vials).joinedload(Vial.aliquots),  # it holds the ones or the others
        selectinload(Fill.dispositions),
    )


def evidence_of(session: Session, fill: Fill) -> Evidence:
    """Everything behind `fill`, in a number of queries that does not grow with it."""
    return evidence_of_all(session, [fill])[fill.id]


def evidence_of_all(session: Session, fills: Sequence[Fill]) -> dict[int, Evidence]:
    """By fill, everything behind it, in a number of queries that does not grow with them."""
    batches = {fill.batch_id for fill in fills}
    of_batch = steps_of(session, batches)
    filled = fill_lineage.read(session, [Filled.as_made(fill) for fill in fills])
    tests = fill_lineage.tests_of(session, filled)
    step_ids = {key: [step.id for step in steps] for key, steps in of_batch.items()}
    labels = label_balance.labels_of_groups(session, step_ids)
    reported, held = deviations.of_batches(session, batches), holds.of_batches(session, batches)
    every = list({step.id: step for steps in of_batch.values() for step in steps}.values())
    corrected = correction_entries.moments_of(session, every)
    typed = identity.typed_in(session, [step.id for step in every])
    made = made_values.shown_of(session, every)
    without = untended.told(session, filled)
    counted = counted_viability.of_all(session, filled)
    known = markers.results_of(session, {fill.patient_id for fill in fills})
    found = {}
    read = zip(fills, filled, tests, without, counted, strict=True)
    for fill, one, its_tests, went_without, its_counts in read:
        steps, its_labels = of_batch[fill.batch_id], labels[fill.batch_id]
        upstream = [step for step in steps if _is_upstream(step, fill, one.walked.steps)]
        found[fill.id] = Evidence(
            steps=steps,
            results=list(fill_results.judged_lines(session, one, its_tests, its_counts)),
            tests=its_tests,
            deviations=reported[fill.batch_id],
            holds=holds.not_lifted(held[fill.batch_id]),
            labels_open=label_balance.left_open(its_labels),
            labels_wrong=_labels_wrong(fill, its_labels),
            taken_over=fill.batch.earlier,
            unfrozen=_unfrozen(fill),
            upstream=upstream,
            corrections=len(set().union(*(corrected.get(step.id, ()) for step in upstream))),
            typed={step.id: typed[step.id] for step in upstream if step.id in typed},
            made={step.id: made[step.id] for step in steps},
            untended=went_without,
            markers_unknown=_markers_unknown(fill, known[fill.patient_id]),
        )
    return found


def _labels_wrong(fill: Fill, labels: Sequence[Label]) -> list[LimsError]:
    ours = [one for one in fill.containers if not (isinstance(one, Vial) and one.earlier)]
    left = [one.code for one in ours if not one.is_used_up]
    return [*containers.bare(left, labels), *label_contents.out_of_date(ours, labels)]


def _unfrozen(fill: Fill) -> list[str]:
    waiting = [vial for vial in fill.vials if vial.status is VialStatus.LABELLED]
    return [vial.code for vial in waiting if not vial.is_used_up]


def _markers_unknown(fill: Fill, known: Sequence[MarkerResult]) -> list[LimsError]:
    """As it was when it was decided on: later it is told where cells or a dose go on."""
    on, version = clock.today(), specifications.of(fill.batch)
    if fill.status not in TO_DECIDE and fill.dispositions:
        on = clock.day_of(fill.dispositions[-1].signature.signed_at)
    return unknown_markers.told_of(known, markers.required(version), on)


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
