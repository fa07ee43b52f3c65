"""What every decision on a fill rests on, read once for any number of questions about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import LimsError
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.aliquot import QcTest
from lims.models.batch import Batch
from lims.models.deviation import Deviation, Hold
from lims.models.earlier import EarlierBatch
from lims.models.fill import TO_DECIDE, Dose, Fill, Vial, VialStatus
from lims.models.filling import Filling
from lims.models.freezing import Freezing
from lims.models.label import Label
from lims.models.patient import MarkerResult
from lims.models.step import Step, StepStatus
from lims.workflows import (
    batch_troubles,
    containers,
    correction_entries,
    counted_viability,
    evidence_rows,
    fill_lineage,
    fill_results,
    holds,
    identity,
    label_balance,
    label_contents,
    made_shown,
    markers,
    record_steps,
    specifications,
    step_kinds,
    unknown_markers,
    untended,
)
from lims.workflows.fill_lineage import Filled
from lims.workflows.fill_results import JudgedLine
from lims.workflows.step_kinds import KINDS


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


def with_its_evidence() -> tuple[Any, ...]:
    """What to load with fills that `evidence_of_all` is asked of; nothing is joined that is a join
    itself, or SQLite reads whole tables beside it."""
    batch = joinedload(Fill.batch)
    return (
        joinedload(Fill.patient),
        joinedload(Fill.withdrawal),
        batch.joinedload(Batch.earlier).joinedload(EarlierBatch.origin),
        batch.joinedload(Batch.course),
        batch.joinedload(Batch.specification_version),
        joinedload(Fill.doses).options(joinedload(Dose.aliquots), joinedload(Dose.planned)),
        joinedload(Fill.vials).joinedload(Vial.aliquots),  # it holds the ones or the others
    )


def evidence_of(session: Session, fill: Fill) -> Evidence:
    """Everything behind `fill`, in a number of queries that does not grow with it."""
    return evidence_of_all(session, [fill])[fill.id]


def evidence_of_all(session: Session, fills: Sequence[Fill]) -> dict[int, Evidence]:
    """By fill, everything behind it, in a number of queries that does not grow with them."""
    batches = {fill.batch_id for fill in fills}
    of_batch = record_steps.of_batches(session, batches)
    by_key = {step.id: step for steps in of_batch.values() for step in steps}
    filled = fill_lineage.read(session, [Filled.as_made(fill) for fill in fills])
    record_steps.read_supplies(session, by_key.values())
    rows = evidence_rows.read_all(session, fills, filled, by_key)
    tests = fill_lineage.tests_of(session, filled)
    step_ids = {key: [step.id for step in steps] for key, steps in of_batch.items()}
    labels = label_balance.labels_of_groups(session, step_ids)
    reported, held = batch_troubles.of_batches(session, batches)
    corrected = correction_entries.moments_of(session, list(by_key.values()))
    typed = identity.typed_in(rows.typed)
    made = made_shown.shown(by_key, rows.tubes, rows.counts, rows.taken)
    without = untended.told(session, filled)
    found = {}
    for fill, one, its_tests, went_without in zip(fills, filled, tests, without, strict=True):
        steps, its_labels = of_batch[fill.batch_id], labels[fill.batch_id]
        counted = counted_viability.of(one, rows.counts)
        upstream = [step for step in steps if _is_upstream(step, fill, one.walked.steps)]
        found[fill.id] = Evidence(
            steps=steps,
            results=list(fill_results.judged_lines(session, one, its_tests, counted)),
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
            markers_unknown=_markers_unknown(fill, rows.markers),
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
    own = markers.newest_first(each for each in known if each.patient_id == fill.patient_id)
    on, version = clock.today(), specifications.of(fill.batch)
    if fill.status not in TO_DECIDE and fill.dispositions:
        on = clock.day_of(fill.dispositions[-1].signature.signed_at)
    return unknown_markers.told_of(own, markers.required(version), on)


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
