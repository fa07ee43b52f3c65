"""Review by exception: what stands in the way of a release, and what is not as usual.

One function answers each question and has two readers: the gate that refuses and the page that
shows beforehand what is still open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Fill
from lims.models.step import Step, StepEquipment, StepLot, StepStatus
from lims.workflows import (
    batch_state,
    deviations,
    dose_gate,
    fill_results,
    judging,
    specifications,
    steps,
    unknown_markers,
)
from lims.workflows.criteria import written
from lims.workflows.evidence import Evidence, evidence_of
from lims.workflows.fill_results import JudgedLine
from lims.workflows.step_kinds import KINDS

RULE_SET = "1"
"""Version of the questions below; printed with the release."""


class StepsOpen(LimsError):
    sentence = N_("Step %(code)s is not closed.")


class LabelsOpen(LimsError):
    sentence = N_(
        "Copy %(copy)s of the label %(code)s is printed and neither applied nor destroyed."
    )


class NotFrozen(LimsError):
    sentence = N_("Vial %(code)s is filled and not frozen: freeze it, or discard it.")


class DeviationOpen(LimsError):
    sentence = N_("Deviation %(code)s is not decided.")


class HoldOpen(LimsError):
    sentence = N_("A hold is in force: %(reason)s.")


class ResultOpen(LimsError):
    sentence = N_("%(test)s: %(verdict)s.")


class ReadLater(ResultOpen):
    sentence = N_("%(test)s: %(verdict)s, to be read on %(day)s.")


class NotApproved(LimsError):
    sentence = N_("%(test)s: the result is not approved by quality yet.")


@dataclass(frozen=True)
class Unusual:
    """One thing that is not as usual, where it is, and how it stands."""

    what: LimsError
    where: str


def missing_for_review(
    session: Session, fill: Fill, evidence: Evidence | None = None
) -> list[LimsError]:
    """What production must finish before it is reviewed: steps, labels, the performers' word."""
    return list(_production(evidence or evidence_of(session, fill)))


def _production(evidence: Evidence) -> Iterator[LimsError]:
    for step in evidence.steps:
        if step.status in (StepStatus.OPEN, StepStatus.RECORDED):
            yield StepsOpen(code=step.code)
    for label in evidence.labels_open:
        yield LabelsOpen(code=label.code, copy=label.copy)
    for code in evidence.unfrozen:
        yield NotFrozen(code=code)
    yield from evidence.labels_wrong


def missing_for_release(
    session: Session, fill: Fill, evidence: Evidence | None = None
) -> list[LimsError]:
    """Everything that stands in the way of a final release; empty when nothing does."""
    rests_on = evidence or evidence_of(session, fill)
    return [*_common(fill, rests_on), *_results(rests_on, conditional=False)]


def missing_for_conditional(
    session: Session, fill: Fill, evidence: Evidence | None = None
) -> list[LimsError]:
    """Everything that stands in the way of a conditional release."""
    rests_on = evidence or evidence_of(session, fill)
    return [*_common(fill, rests_on), *_results(rests_on, conditional=True)]


def _common(fill: Fill, evidence: Evidence) -> Iterator[LimsError]:
    yield from _production(evidence)
    yield from batch_state.ended(fill)
    for deviation in deviations.blocking(evidence.deviations):
        yield DeviationOpen(code=deviation.code)
    for hold in evidence.holds:
        yield HoldOpen(reason=hold.reason)


def _results(evidence: Evidence, *, conditional: bool) -> Iterator[LimsError]:
    for judged in evidence.results:
        if conditional and fill_results.may_follow(judged):
            continue
        if judging.blocks(judged.line, judged.verdict):
            yield _open(judged)
        elif _unapproved(judged):
            yield NotApproved(test=judged.line.name)


def _open(judged: JudgedLine) -> ResultOpen:
    told = {"test": judged.line.name, "verdict": judged.stands}
    return ReadLater(**told, day=judged.due_on) if judged.due_on else ResultOpen(**told)


def _unapproved(judged: JudgedLine) -> bool:
    """Whether something was read for good that quality has not approved."""
    read = judged.reading is not None and not fill_results.is_running(judged)
    return read and judged.approver is None


class EnteredLate(LimsError):
    sentence = N_("%(step)s was performed at %(at)s and entered late: %(reason)s")


class Overridden(LimsError):
    sentence = N_("%(code)s was used although it was not in order: %(reason)s")


class NearLimit(LimsError):
    sentence = N_("%(test)s: %(result)s is near its limit %(limit)s")


class TypedOtherwise(LimsError):
    sentence = N_("%(test)s: %(result)s was typed; the records give %(computed)s.")


class StillRunning(LimsError):
    sentence = N_("%(test)s is still running.")


class RunsOn(StillRunning):
    sentence = N_("%(test)s is still running; by the specification a release does not wait for it.")


class DeviationWas(LimsError):
    sentence = N_("Deviation %(code)s: %(title)s is %(status)s")


class NoLotScanned(LimsError):
    sentence = N_("No lot was scanned in %(step)s: %(kind)s.")


class BottleNotScanned(LimsError):
    sentence = N_("%(code)s is suspended in %(vehicle)s, as it was written: no bottle was scanned.")


class NoEquipmentScanned(LimsError):
    sentence = N_("No equipment was scanned in %(step)s: %(kind)s.")


class TypedByHand(LimsError):
    sentence = N_("%(codes)s: typed by hand, no scanner read the label.")


class Corrected(LimsError):
    sentence = N_("%(count)s values were changed after they were first recorded.")


def exceptions(session: Session, fill: Fill, evidence: Evidence | None = None) -> list[Unusual]:
    """What is not as usual about a fill; an empty list is computed, shown and signed too."""
    rests_on = evidence or evidence_of(session, fill)
    version = specifications.of(fill.batch)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    found = [
        Unusual(
            EnteredLate(step=step.kind, at=step.performed_at, reason=step.late_reason or "-"),
            step.code,
        )
        for step in rests_on.upstream
        if steps.is_late(step, late_after)
    ]
    found += list(_overridden(rests_on.upstream))
    found += [
        Unusual(TypedByHand(codes=rests_on.typed[step.id]), step.code)
        for step in rests_on.upstream
        if step.id in rests_on.typed
    ]
    found += list(_without_supplies(rests_on.upstream))
    if fill.vehicle_lot_id is None:
        found.append(Unusual(BottleNotScanned(code=fill.code, vehicle=fill.vehicle), fill.code))
    found += list(_of_results(fill, rests_on.results))
    found += [
        Unusual(DeviationWas(code=one.code, title=one.title, status=one.status), one.code)
        for one in rests_on.deviations
    ]
    found += [Unusual(each, fill.code) for each in batch_state.ended(fill)]
    found += [Unusual(each, fill.code) for each in dose_gate.no_longer_full(fill.doses)]
    found += [
        Unusual(each, fill.patient.code)
        for each in unknown_markers.told(session, fill.patient, clock.today())
    ]
    if rests_on.corrections:
        found.append(Unusual(Corrected(count=rests_on.corrections), fill.batch.code))
    return found


def _overridden(behind: Sequence[Step]) -> Iterator[Unusual]:
    for step in behind:
        supplies: list[StepLot | StepEquipment] = [*step.lots, *step.equipment]
        for used in supplies:
            if used.override_reason:
                thing = used.lot if isinstance(used, StepLot) else used.equipment
                yield Unusual(Overridden(code=thing.code, reason=used.override_reason), step.code)


def _without_supplies(behind: Sequence[Step]) -> Iterator[Unusual]:
    for step in behind:
        if step.status is StepStatus.VOID or not KINDS[step.kind].supplied:
            continue
        if not step.lots:
            yield Unusual(NoLotScanned(step=step.code, kind=step.kind), step.code)
        if not step.equipment:
            yield Unusual(NoEquipmentScanned(step=step.code, kind=step.kind), step.code)


def _of_results(fill: Fill, results: Sequence[JudgedLine]) -> Iterator[Unusual]:
    within = specifications.limit(specifications.of(fill.batch), "near_limit_pct")
    for judged in results:
        where = judged.test.code if judged.test else fill.code
        if judged.computed is not None:
            computed = specifications.plain(judged.computed)
            told = TypedOtherwise(test=judged.line.name, result=judged.text, computed=computed)
            yield Unusual(told, where)
        if judged.reading is not None and judging.near_limit(judged.line, judged.reading, within):
            yield Unusual(
                NearLimit(
                    test=judged.line.name, result=judged.text, limit=written(judged.line.limit)
                ),
                where,
            )
        if fill_results.is_running(judged):
            bars = judging.blocks(judged.line, judged.verdict)
            yield Unusual((StillRunning if bars else RunsOn)(test=judged.line.name), where)
