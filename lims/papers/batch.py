"""The batch record from the database: the ten items, and all that proves them.

It grows with the batch: what is still to come says so, and the same questions are asked of the
database whether the batch has four steps or forty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import N_
from lims.models.batch import Batch, BatchSample
from lims.models.course import Course
from lims.models.fill import Disposition, Dose, Fill
from lims.models.reception import Collection, Reception
from lims.models.sample import Sample
from lims.models.signature import Meaning, Signature
from lims.models.specification import SpecificationVersion
from lims.models.step import Step, StepKind
from lims.papers import results, signed, step_rows
from lims.papers.grown import growth, yields
from lims.papers.heading import Desk, Edition, heading
from lims.papers.steps import StepPages, label_counts
from lims.papers.trail import notable
from lims.papers.wording import headed, spoken, tidied
from lims.records import parts
from lims.records.batch_values import BatchRecord
from lims.records.wording import Wording
from lims.workflows import batch_growth, batch_state, deciding, deviations, reviewing, signing
from lims.workflows import specification_moving as moving


def load(session: Session, batch_id: int) -> Batch:
    """The batch with all that every part of its record reads."""
    version = joinedload(Batch.specification_version)
    return session.scalars(
        select(Batch)
        .where(Batch.id == batch_id)
        .options(
            joinedload(Batch.course).joinedload(Course.patient),
            joinedload(Batch.patient),
            version.selectinload(SpecificationVersion.tests),
            version.selectinload(SpecificationVersion.limits),
            selectinload(Batch.samples).joinedload(BatchSample.sample),
        )
    ).one()


@dataclass(frozen=True)
class BatchPages:
    """One batch read for its record: its steps, its growth, its fills."""

    session: Session
    batch: Batch
    pages: StepPages
    fills: Sequence[Fill]
    desk: Desk

    @classmethod
    def read(cls, session: Session, batch: Batch, desk: Desk) -> "BatchPages":
        steps = reviewing.batch_steps(session, batch)
        rows = step_rows.read(session, steps, batch.patient)
        pages = StepPages(session, rows, batch.specification_version, desk.store, desk.say)
        return cls(session, batch, pages, _fills(session, batch), desk)

    @property
    def say(self) -> Wording:
        return self.desk.say

    @property
    def steps(self) -> Sequence[Step]:
        return self.pages.rows.steps

    def of_kind(self, *kinds: StepKind) -> list[Step]:
        return [step for step in self.steps if step.kind in kinds and step.performed_at]


def record(session: Session, batch: Batch, desk: Desk, edition: Edition) -> BatchRecord:
    """The values of the record of `batch` as they are at the moment the session sees."""
    read = BatchPages.read(session, batch, desk)
    grown = batch_growth.of_batch(session, batch)
    tests = results.tests_of(session, batch)
    problems = step_rows.deviations(session, [d.id for d in deviations.of_batch(session, batch)])
    labels = [label for rows in read.pages.rows.labels.values() for label in rows]
    product = batch.specification_version.product
    return BatchRecord(
        heading=heading(desk, edition, batch.patient, product),
        batch=batch.code,
        state=spoken(desk.say, batch.status),
        course=batch.course.code,
        specification=batch.specification_version.code,
        milestones=tuple(_milestones(read)),
        starting_materials=tuple(_material(read, used.sample) for used in batch.samples),
        steps=read.pages.all(),
        results=results.results_of(tests, desk.say),
        yields=tuple(yields(grown, read.fills, desk.say)),
        deviations=tuple(read.pages.deviation(each) for each in problems),
        approvals=tuple(_approvals(read)),
        growth=growth(session, grown),
        labels=label_counts(labels, desk.say),
        audit_entries=notable(session, read.pages.rows, batch, read.fills, grown, tests, desk.say),
    )


def _fills(session: Session, batch: Batch) -> Sequence[Fill]:
    return session.scalars(
        select(Fill)
        .where(Fill.batch_id == batch.id)
        .options(
            selectinload(Fill.doses).joinedload(Dose.session),
            selectinload(Fill.vials),
            selectinload(Fill.dispositions).joinedload(Disposition.signature),
            joinedload(Fill.patient),
        )
        .order_by(Fill.id)
    ).all()


CAME = {
    StepKind.COLLECTION: N_("Tissue collected"),
    StepKind.RECEPTION: N_("Tissue received"),
    StepKind.ISOLATION: N_("Isolation"),
    StepKind.FILLING: N_("Filled"),
    StepKind.HANDOVER: N_("Dose handed over"),
    StepKind.ADMINISTRATION: N_("Dose injected"),
}
"""The stages that count, by the kind of step they are."""


def _milestones(read: BatchPages) -> Iterator[parts.Milestone]:
    say, batch = read.say, read.batch
    yield parts.Milestone(say.word(N_("Batch opened")), batch.opened_at)
    for step in read.of_kind(*CAME, StepKind.HARVEST):
        name = CAME.get(step.kind)
        said = say.word(name) if name else read.pages.kind(step)
        yield parts.Milestone(said, step.performed_at, step.code)
    for fill in read.fills:
        for each in fill.dispositions:
            said = f"{fill.code}: {spoken(say, each.decision)}"
            yield parts.Milestone(said, each.signature.signed_at)
    yield parts.Milestone(say.word(N_("Batch closed")), batch.closed_at)


def _material(read: BatchPages, sample: Sample) -> parts.StartingMaterial:
    """The tissue; its mass is what reception says now, corrections included."""
    own = [step for step in read.steps if step.sample_id == sample.id]
    weighed = next((step.mass_g for step in own if isinstance(step, Reception)), sample.mass_g)
    taken = next((step for step in own if isinstance(step, Collection)), None)
    collected = [read.say.value(sample.collected_at)]
    if taken is not None:
        collected = [taken.body_site, *collected, taken.surgeon]
    return parts.StartingMaterial(
        code=sample.code,
        what=read.say.word(N_("adipose tissue")),
        quantity=None if weighed is None else tidied(weighed),
        unit=read.say.word("g"),
        origin=", ".join(collected),
        state=spoken(read.say, sample.status),
    )


def _approvals(read: BatchPages) -> Iterator[parts.Signature]:
    """Every decision on every fill, the moves to other specifications, the giving up."""
    for fill in read.fills:
        yield from of_fill(read.session, fill, read.say)
    for move in moving.moves_of(read.session, read.batch):
        words = N_("moved from specification %(before)s to %(after)s")
        said = read.say.say(words, before=move.from_version.code, after=move.to_version.code)
        yield parts.Signature(
            move.signature.printed_name,
            said,
            move.signature.signed_at,
            True,
            move.signature.shown_sha256,
        )
    for signature in _abandoned(read.session, read.batch):
        valid = signing.still_valid(signature, batch_state.shown_of(read.batch))
        yield signed.printed(read.say, signature, valid)


def of_fill(session: Session, fill: Fill, say: Wording) -> Iterator[parts.Signature]:
    """The decisions on one fill, each with what it meant and whether it still holds."""
    if not fill.dispositions:
        return
    evidence = deciding.evidence_of(session, fill)
    for each in fill.dispositions:
        valid = deciding.still_signed(session, each, evidence)
        held = signed.printed(say, each.signature, valid)
        reason = f": {each.reason}" if each.reason else ""
        meaning = f"{headed(say, each.decision)}, {fill.code}{reason}"
        yield parts.Signature(
            held.name, meaning, held.at, held.valid, held.shown_sha256, held.void_reason
        )


def _abandoned(session: Session, batch: Batch) -> Sequence[Signature]:
    return session.scalars(
        select(Signature).where(
            Signature.subject_table == "batch",
            Signature.subject_id == batch.id,
            Signature.meaning == Meaning.ABANDONED,
        )
    ).all()
