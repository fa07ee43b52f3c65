"""Review by exception: what stands in the way of a release, and what is not as usual.

One function answers each question and has two readers: the gate that refuses and the page that
shows beforehand what is still open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload, with_polymorphic

from lims.errors import N_, LimsError
from lims.models.audit import Action, AuditEntry
from lims.models.batch import Batch, BatchSample
from lims.models.fill import Fill
from lims.models.label import Label, LabelStatus
from lims.models.step import PlannedContainer, Step, StepEquipment, StepLot, StepStatus
from lims.workflows import deviations, fill_results, holds, judging, specifications, steps

RULE_SET = "1"
"""Version of the questions below; printed with the release."""


class StepsOpen(LimsError):
    sentence = N_("Step %(code)s is not closed.")


class LabelsOpen(LimsError):
    sentence = N_("Label %(code)s is printed and neither applied nor destroyed.")


class DeviationOpen(LimsError):
    sentence = N_("Deviation %(code)s is not decided.")


class HoldOpen(LimsError):
    sentence = N_("A hold is in force: %(reason)s.")


class ResultOpen(LimsError):
    sentence = N_("%(test)s: %(verdict)s.")


class NotApproved(LimsError):
    sentence = N_("%(test)s: the result is not approved by quality yet.")


@dataclass(frozen=True)
class Unusual:
    """One thing that is not as usual, where it is, and how it stands."""

    what: LimsError
    where: str


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
        )
        .order_by(every.id)
    ).all()


def missing_for_review(session: Session, fill: Fill) -> list[LimsError]:
    """What production must finish before it is reviewed: steps, labels, the performers' word."""
    found: list[LimsError] = []
    open_steps = [StepStatus.OPEN, StepStatus.RECORDED]
    all_steps = batch_steps(session, fill.batch)
    found += [StepsOpen(code=step.code) for step in all_steps if step.status in open_steps]
    found += _unbalanced(session, [step.id for step in all_steps])
    return found


def _unbalanced(session: Session, step_ids: Sequence[int]) -> list[LimsError]:
    unsettled = [LabelStatus.REQUESTED, LabelStatus.SENT, LabelStatus.VOID]
    planned = select(PlannedContainer.container_code).where(PlannedContainer.step_id.in_(step_ids))
    codes = session.scalars(
        select(Label.subject_code)
        .where(
            Label.step_id.in_(step_ids) | Label.subject_code.in_(planned),
            Label.status.in_(unsettled),
        )
        .order_by(Label.id)
    )
    return [LabelsOpen(code=code) for code in codes]


def missing_for_release(session: Session, fill: Fill) -> list[LimsError]:
    """Everything that stands in the way of a final release; empty when nothing does."""
    return [*_common(session, fill), *_results(session, fill, conditional=False)]


def missing_for_conditional(session: Session, fill: Fill) -> list[LimsError]:
    """Everything that stands in the way of a conditional release."""
    return [*_common(session, fill), *_results(session, fill, conditional=True)]


def _common(session: Session, fill: Fill) -> Iterator[LimsError]:
    yield from missing_for_review(session, fill)
    for deviation in deviations.blocking(session, fill.batch):
        yield DeviationOpen(code=deviation.code)
    for hold in holds.of_batch(session, fill.batch):
        if hold.ended_at is None:
            yield HoldOpen(reason=hold.reason)


def _results(session: Session, fill: Fill, *, conditional: bool) -> Iterator[LimsError]:
    for judged in fill_results.judged(session, fill):
        if conditional and fill_results.may_follow(judged):
            continue
        if judging.blocks(judged.line, judged.verdict):
            yield ResultOpen(test=judged.line.name, verdict=judged.verdict)
        elif judged.test is not None and judged.approver is None:
            yield NotApproved(test=judged.line.name)


class EnteredLate(LimsError):
    sentence = N_("%(step)s was performed at %(at)s and entered late: %(reason)s")


class Overridden(LimsError):
    sentence = N_("%(code)s was used although it was not in order: %(reason)s")


class NearLimit(LimsError):
    sentence = N_("%(test)s: %(result)s is near its limit %(limit)s")


class StillRunning(LimsError):
    sentence = N_("%(test)s is still running")


class DeviationWas(LimsError):
    sentence = N_("Deviation %(code)s: %(title)s is %(status)s")


class Corrected(LimsError):
    sentence = N_("%(count)s values were changed after they were first recorded")


def exceptions(session: Session, fill: Fill) -> list[Unusual]:
    """What is not as usual about a fill; an empty list is computed, shown and signed too."""
    version = specifications.of(fill.batch)
    all_steps = batch_steps(session, fill.batch)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    found = [
        Unusual(
            EnteredLate(step=step.kind, at=step.performed_at, reason=step.late_reason or "-"),
            step.code,
        )
        for step in all_steps
        if steps.is_late(step, late_after)
    ]
    found += list(_overridden(all_steps))
    found += list(_of_results(session, fill))
    found += [
        Unusual(DeviationWas(code=one.code, title=one.title, status=one.status), one.code)
        for one in deviations.of_batch(session, fill.batch)
    ]
    if corrected := _corrections(session, all_steps):
        found.append(Unusual(Corrected(count=corrected), fill.batch.code))
    return found


def _overridden(all_steps: Sequence[Step]) -> Iterator[Unusual]:
    for step in all_steps:
        supplies: list[StepLot | StepEquipment] = [*step.lots, *step.equipment]
        for used in supplies:
            if used.override_reason:
                thing = used.lot if isinstance(used, StepLot) else used.equipment
                yield Unusual(Overridden(code=thing.code, reason=used.override_reason), step.code)


def _of_results(session: Session, fill: Fill) -> Iterator[Unusual]:
    within = specifications.limit(specifications.of(fill.batch), "near_limit_pct")
    for judged in fill_results.judged(session, fill):
        where = judged.test.code if judged.test else fill.code
        if judged.reading is not None and judging.near_limit(judged.line, judged.reading, within):
            yield Unusual(
                NearLimit(test=judged.line.name, result=judged.text, limit=judged.line.limit), where
            )
        if fill_results.may_follow(judged) and judging.blocks(judged.line, judged.verdict):
            yield Unusual(StillRunning(test=judged.line.name), where)


def _corrections(session: Session, all_steps: Sequence[Step]) -> int:
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
