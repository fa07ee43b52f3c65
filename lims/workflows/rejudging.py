"""The rules that recorded steps are judged by, asked again where a value was corrected.

A correction of one value may reach other steps (a time of collection, a count that was seeded
on, or frozen and thawed), so all steps around it are asked, before and after: what is found now
and was not, is new.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.models.administration import OF_A_DOSE, Administration, Handover, Receipt
from lims.models.batch import Batch, BatchSample
from lims.models.culture import Harvest
from lims.models.fill import Dose, Fill
from lims.models.filling import Filling
from lims.models.freezing import Freezing
from lims.models.isolation import Isolation
from lims.models.processing import Processing
from lims.models.reception import Reception
from lims.models.retrieval import Thaw
from lims.models.sample import Sample
from lims.models.step import Step, StepKind
from lims.models.suspension import Suspension, Withdrawal
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.workflows import (
    aftercare,
    breaches,
    cold_chain,
    densities,
    deviations,
    dose_gate,
    earlier_steps,
    fill_findings,
    freezing,
    harvest_findings,
    implausible,
    isolating,
    journey,
    processing,
    starting,
    thaw_findings,
)
from lims.workflows.deviation_rules import Finding

IMPROBABLE = {
    StepKind.ISOLATION: isolating.IMPROBABLE,
    StepKind.HARVEST: harvest_findings.IMPROBABLE,
    StepKind.PROCESSING: ("balance",),
    StepKind.FILLING: fill_findings.IMPROBABLE,
    StepKind.THAW: (thaw_findings.BALANCE,),
}
"""The rules of what is asked about first, by the kind of step that breaks them."""


@dataclass(frozen=True)
class Breach:
    """A rule that a step breaks, and what was found."""

    step: Step
    rule: str
    found: LimsError

    @property
    def told(self) -> tuple[int, str, str]:
        return self.step.id, self.rule, self.found.english()

    @property
    def is_improbable(self) -> bool:
        """A slip of the hand, as a rule: asked about, as it is where such a step is recorded."""
        return self.rule == implausible.RULE or self.rule in IMPROBABLE.get(self.step.kind, ())


def breaches_around(session: Session, step: Step) -> list[Breach]:
    """What the rules find in the recorded steps of the same tissue and batches as `step`, and of
    the batches made of their vials; of earlier records only what is improbable: no specification of
    ours was in force then."""
    breaches = (
        Breach(each, rule, found)
        for each in _around(session, step)
        for rule, found in _found(session, each)
    )
    return [
        each
        for each in breaches
        if each.is_improbable or earlier_steps.source_of(each.step) is None
    ]


def new_breaches(session: Session, step: Step, before: Sequence[Breach]) -> list[Breach]:
    """Those around `step` that were not there `before`."""
    known = {each.told for each in before}
    return [each for each in breaches_around(session, step) if each.told not in known]


def open_deviations(session: Session, breaches: Iterable[Breach], by: User) -> None:
    for breach in breaches:
        about: list[Step | Dose] = [breach.step]
        if isinstance(breach.step, OF_A_DOSE):
            about.append(breach.step.dose)
        deviations.open_by_rule(session, breach.rule, *about, description=breach.found, by=by)


def _around(session: Session, step: Step) -> Sequence[Step]:
    made_of = select(BatchSample.batch_id).where(BatchSample.sample_id == step.sample_id)
    batches = or_(Batch.id == step.batch_id, Batch.id.in_(made_of))
    own = session.scalars(select(Batch.id).where(batches)).all()
    ids = {*own, *starting.batches_after(session, own)}
    samples = select(BatchSample.sample_id).where(BatchSample.batch_id.in_(ids))
    near = or_(Step.id == step.id, Step.batch_id.in_(ids), Step.sample_id.in_(samples))
    if step.sample_id is not None:  # most steps have none, and nothing in common by that
        near = or_(near, Step.sample_id == step.sample_id)
    recorded = Step.performed_at.is_not(None)
    return session.scalars(select(Step).where(near, recorded).order_by(Step.id)).all()


def _found(session: Session, step: Step) -> Iterator[Finding]:
    match step:
        case Reception():
            sample = session.get_one(Sample, step.sample_id)
            yield from journey.outside(session, sample, step)
        case Isolation():
            sample, batch = _of(session, step)
            made = session.get_one(Suspension, step.suspension_id)
            yield from isolating.outside(step, sample, batch, made)
        case Harvest():
            yield from _harvested(session, step)
        case Processing():
            yield from _processed(session, step)
        case Filling():
            made = session.get_one(Suspension, step.suspension_id)
            for fill in session.scalars(select(Fill).where(Fill.made_by_id == step.id)):
                yield from fill_findings.outside(session, step, fill, made)
        case Freezing():
            yield from freezing.outside(session, step, session.get_one(Fill, step.fill_id))
        case Thaw():
            yield from thaw_findings.outside(session, step)
        case Handover() | Receipt():
            yield from _too_late(step)
            if (broken := cold_chain.problem_with(step)) is not None:
                yield broken
        case Administration():
            yield from _too_late(step)
            yield from (("observation", short) for short in aftercare.of_corrected(session, step))
    yield from _seeded(session, step)
    for tube in session.scalars(select(Suspension).where(Suspension.made_by_id == step.id)):
        yield from implausible.found(tube)


def _of(session: Session, step: Step) -> tuple[Sample, Batch]:
    return session.get_one(Sample, step.sample_id), session.get_one(Batch, step.batch_id)


def _harvested(session: Session, step: Harvest) -> Iterator[Finding]:
    made = session.get_one(Suspension, step.suspension_id)
    into = select(Vessel).where(Vessel.harvested_into_id == made.id).order_by(Vessel.id)
    yield from harvest_findings.outside(step, session.scalars(into).all(), made)


def _processed(session: Session, step: Processing) -> Iterator[Finding]:
    into = Withdrawal.into_id == step.suspension_id
    poured = session.scalars(select(Withdrawal.viable_cells).where(into)).all()
    made = session.get_one(Suspension, step.suspension_id)
    if (told := processing.outside(poured, made)) is not None:
        yield "balance", told


def _seeded(session: Session, step: Step) -> Iterator[Finding]:
    if step.batch_id is None:
        return
    sown = select(Vessel).join(Vessel.withdrawal).where(Withdrawal.step_id == step.id)
    batch = session.get_one(Batch, step.batch_id)
    vessels = session.scalars(sown.order_by(Vessel.id)).all()
    if (told := densities.outside(batch, vessels)) is not None:
        yield "density", told


def _too_late(step: Handover | Receipt | Administration) -> Iterator[Finding]:
    """A dose given out, received or injected once it had expired."""
    code, expires_at = step.dose.code, step.dose.fill.expires_at
    if expires_at is None or step.performed_at is None or step.performed_at < expires_at:
        return
    match step:
        case Handover():
            yield "fact", dose_gate.Expired(code=code, at=expires_at)
        case Receipt():
            yield "late_receipt", breaches.ReceivedExpired(code=code, at=expires_at)
        case Administration():
            yield "expired", breaches.WasExpired(code=code, at=expires_at)
