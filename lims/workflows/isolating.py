"""Isolation: a batch is opened and its tissue becomes the first suspension."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, Amount, FieldError, LimsError
from lims.models.batch import Batch, BatchSample, BatchStatus
from lims.models.course import CourseStatus
from lims.models.isolation import Isolation
from lims.models.sample import Sample, SampleStatus
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    benches,
    breaches,
    containers,
    culturing,
    deviations,
    identity,
    isolation_gate,
    journey,
    judging,
    specifications,
    states,
    steps,
    suspensions,
)
from lims.workflows.command import command
from lims.workflows.deviation_rules import Finding
from lims.workflows.growth import SVF_PASSAGE, passage_after_seeding
from lims.workflows.lines import Reading
from lims.workflows.signing import Proof
from lims.workflows.since import A_MINUTE, is_late, require_said
from lims.workflows.steps import Performed
from lims.workflows.suspensions import Count

IMPROBABLE = ("fact",)
"""The rule of what is asked about before it is recorded: a digestion unlike any other."""


class OtherCourse(LimsError):
    sentence = N_("%(code)s belongs to another course than %(batch)s.")
    recorded = True


class OtherTissue(LimsError):
    sentence = N_("%(code)s was scanned; this step works on %(expected)s. Scan that tissue.")
    recorded = True
    status = 409


class MoreThanReceived(LimsError):
    sentence = N_("%(code)s weighed %(mass)s at its reception; no more than that was digested.")


class LongerThanOpen(LimsError):
    sentence = N_(
        "%(code)s: digested for %(digested)s; the step was opened %(open)s before that was entered."
    )


@dataclass(frozen=True)
class Digestion:
    """How the tissue was digested, spun and washed."""

    tissue_used_g: Decimal
    enzyme_pct: Decimal
    digestion_min: int
    digestion_c: Decimal
    spin_g: int
    spin_min: int
    washes: int


@command(Permission.PERFORM_STEP)
def start_isolation(
    session: Session,
    sample: Sample,
    *,
    station: benches.StoodAt,
    checker: Proof | None,
    vessels: int,
    aliquots: int = 0,
    batch: Batch | None = None,
    by: User,
) -> Isolation:
    """Open a batch (or take a second sample into one) and clear a bench for its isolation."""
    states.require(sample, SampleStatus.ACCEPTED, SampleStatus.ACCEPTED_AT_RISK)
    for problem in isolation_gate.problems_with(session, sample):
        raise problem
    batch = batch or _given_up_in(session, sample)
    if batch is None:
        batch = batch_state.open_batch(session, sample.course)
        _add_sample(session, sample, batch)
    else:
        _join_batch(session, sample, batch)
    if sample.course.status is CourseStatus.COLLECTING:
        states.move(session, sample.course, CourseStatus.MANUFACTURING)
    step = Isolation(batch_id=batch.id)
    steps.open_step(
        session, step, sample=sample, batch=batch, station=station, checker=checker, by=by
    )
    containers.plan(session, step, "SU", 1, passage=SVF_PASSAGE)
    containers.plan(session, step, "VE", vessels, passage=passage_after_seeding(SVF_PASSAGE))
    containers.plan(session, step, "QC", aliquots, passage=SVF_PASSAGE)
    return step


def _given_up_in(session: Session, sample: Sample) -> Batch | None:
    """The batch whose isolation of this tissue was voided; the next try goes on in it."""
    tried = select(BatchSample.batch_id).where(BatchSample.sample_id == sample.id)
    return session.scalars(
        select(Batch).where(Batch.id.in_(tried), Batch.status == BatchStatus.OPEN)
    ).first()


def _join_batch(session: Session, sample: Sample, batch: Batch) -> None:
    states.require(batch, BatchStatus.OPEN)
    if sample.course_id != batch.course_id:
        raise OtherCourse(code=sample.code, batch=batch.code)
    if sample.id not in {used.sample_id for used in batch.samples}:
        _add_sample(session, sample, batch)


def _add_sample(session: Session, sample: Sample, batch: Batch) -> None:
    session.add(BatchSample(patient_id=sample.patient_id, batch_id=batch.id, sample_id=sample.id))
    session.flush()
    session.expire(batch, ["samples"])


@command(Permission.PERFORM_STEP)
def record_isolation(
    session: Session,
    step: Isolation,
    *,
    tissue: Sample,
    suspension_code: str,
    digestion: Digestion,
    volume_ml: Decimal,
    count: Count | None,
    performed: Performed,
    by: User,
    comment: str | None = None,
) -> Suspension:
    """The tissue digested into one suspension of SVF, counted or not; the tissue is consumed."""
    batch = session.get_one(Batch, step.batch_id)
    sample = _scan_tissue(session, step, tissue)
    if sample.mass_g is not None and digestion.tissue_used_g > sample.mass_g:
        problem = MoreThanReceived(code=sample.code, mass=Amount(sample.mass_g, "g"))
        raise FieldError(field="tissue_used_g", problem=problem)
    version = specifications.of(batch)
    for name, value in vars(digestion).items():
        setattr(step, name, value)
    step.comment = comment
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    steps.record(session, step, performed, late_after, by, sample)
    require_said(_longer_than_open(step, late_after), comment)
    suspension = suspensions.make(
        session,
        step,
        scanned=culturing.scan_into(session, step, suspension_code),
        origin=SuspensionOrigin.ISOLATION,
        passage=SVF_PASSAGE,
        cumulative_doublings=Decimal(0),
        volume_ml=volume_ml,
        count=count,
        by=by,
    )
    step.suspension_id = suspension.id
    states.move(session, sample, SampleStatus.CONSUMED)
    found = list(outside(step, sample, batch, suspension))
    require_said((told for rule, told in found if rule in IMPROBABLE), comment)
    deviations.open_for_each(session, found, step, suspension, by=by)
    return suspension


def _scan_tissue(session: Session, step: Isolation, scanned: Sample) -> Sample:
    """The first of the two scans: the tissue that the bench was cleared for."""
    identity.require_same_patient(session, step.patient_id, scanned)
    if scanned.id != step.sample_id:
        raise OtherTissue(code=scanned.code, expected=session.get_one(Sample, step.sample_id).code)
    identity.note_check(session, step, expected=scanned.code, scanned=scanned.code)
    return scanned


def outside(
    step: Isolation, sample: Sample, batch: Batch, suspension: Suspension
) -> Iterator[Finding]:
    """The rules that an isolation breaks, each with what was found and what is expected."""
    version = specifications.of(batch)
    for value, name, unit, called in (
        (step.enzyme_pct, "enzyme_pct", "%", N_("Enzyme concentration")),
        (step.digestion_min, "digestion_minutes", "min", N_("Digestion time")),
        (step.digestion_c, "digestion_temperature", "°C", N_("Digestion temperature")),
    ):
        suffix = "_c" if unit == "°C" else ""
        low = specifications.limit(version, f"{name}_min{suffix}")
        high = specifications.limit(version, f"{name}_max{suffix}")
        if value is not None and not low <= value <= high:
            yield "fact", breaches.outside(step.code, called, value, (low, high), unit, 3)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    yield from (("times", found) for found in _longer_than_open(step, late_after))
    if (waited := journey.time_to_isolation(sample, step, batch)) is not None:
        yield "transport", waited
    if suspension.count is not None:
        line = specifications.line(version, "svf_viability_pct")
        read = Reading(text=f"{suspensions.viability(suspension.count):.6f}")
        if judging.judge(line, read, passage=SVF_PASSAGE) is judging.Verdict.FAIL:
            yield "viability", suspensions.viability_found(suspension, "svf_viability_pct")


def _longer_than_open(step: Isolation, late_after: int) -> Iterator[LimsError]:
    """A digestion that began before its step was opened, and was not told late with its reason."""
    assert step.performed_at is not None
    assert step.recorded_at is not None
    if is_late(step, late_after) and step.performed_at < step.started_at:
        return
    was_open = step.recorded_at - step.started_at
    if (
        step.digestion_min is not None
        and timedelta(minutes=step.digestion_min) >= was_open + A_MINUTE
    ):
        minutes = {"digested": step.digestion_min, "open": int(was_open / A_MINUTE)}
        yield LongerThanOpen(code=step.code, **{k: Amount(v, "min") for k, v in minutes.items()})
