"""The batch record from the database: the ten items, and all that proves them.

It grows with the batch: what is still to come says so, and the same questions are asked of the
database whether the batch has four steps or forty.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_
from lims.models.batch import Batch, BatchSample
from lims.models.course import Course
from lims.models.fill import Fill, Vial
from lims.models.reception import Collection, Reception
from lims.models.retrieval import Retrieval
from lims.models.sample import Sample
from lims.models.specification import SpecificationVersion
from lims.models.step import Step, StepKind
from lims.papers import approvals, course_days, fellows, qc_run_lines, results, step_rows
from lims.papers.genealogy import relatives
from lims.papers.grown import growth, thaws, yields
from lims.papers.heading import Desk, Edition, heading
from lims.papers.label_counts import label_counts
from lims.papers.steps import StepPages
from lims.papers.trail import notable
from lims.papers.wording import passage, sentence, spoken, tidied
from lims.records import parts
from lims.records.batch_values import BatchRecord
from lims.records.wording import Wording
from lims.workflows import (
    batch_growth,
    deviations,
    earlier_hours,
    earlier_marks,
    earlier_release,
    starting,
)
from lims.workflows.batch_growth import BatchGrowth
from lims.workflows.since import to_the_minute


def load(session: Session, batch_id: int) -> Batch:
    """The batch with all that every part of its record reads."""
    version = joinedload(Batch.specification_version)
    return (
        session.scalars(
            select(Batch)
            .where(Batch.id == batch_id)
            .options(
                joinedload(Batch.course).options(
                    joinedload(Course.patient), joinedload(Course.sessions)
                ),
                joinedload(Batch.patient),
                version.selectinload(SpecificationVersion.tests),
                version.selectinload(SpecificationVersion.limits),
                joinedload(Batch.samples).joinedload(BatchSample.sample),
            )
        )
        .unique()
        .one()
    )


@dataclass(frozen=True)
class BatchPages:
    """One batch read for its record: its steps, its growth, its fills."""

    session: Session
    batch: Batch
    pages: StepPages
    grown: BatchGrowth
    desk: Desk

    @classmethod
    def read(cls, session: Session, batch: Batch, desk: Desk) -> "BatchPages":
        steps = fellows.of_record(session, batch)
        grown = batch_growth.of_batch(session, batch)
        rows = step_rows.read(session, steps, batch.patient, grown)
        pages = StepPages(session, rows, batch.specification_version, desk.store, desk.say)
        return cls(session, batch, pages, grown, desk)

    @property
    def say(self) -> Wording:
        return self.desk.say

    @property
    def steps(self) -> Sequence[Step]:
        return self.pages.rows.steps

    @property
    def own(self) -> list[Step]:
        """Those of the batch itself: what is signed with a decision on a fill."""
        return [step for step in self.steps if not isinstance(step, Retrieval)]

    @property
    def fills(self) -> list[Fill]:
        return [fill for step in self.steps for fill in self.pages.rows.fills[step.id]]

    def of_kind(self, *kinds: StepKind) -> list[Step]:
        return [step for step in self.steps if step.kind in kinds and step.performed_at]


def record(session: Session, batch: Batch, desk: Desk, edition: Edition) -> BatchRecord:
    """The values of the record of `batch` as they are at the moment the session sees."""
    read = BatchPages.read(session, batch, desk)
    grown, rows = read.grown, read.pages.rows
    tests = results.tests_of(session, batch)
    problems = deviations.of_batch(session, batch)
    step_rows.read_decisions(session, problems)
    labels = [label for printed in rows.labels.values() for label in printed]
    product = batch.specification_version.product
    return BatchRecord(
        heading=heading(desk, edition, batch.patient, product),
        batch=batch.code,
        state=spoken(desk.say, batch.status),
        course=batch.course.code,
        specification=batch.specification_version.code,
        source=source_of(batch, desk.say),
        milestones=milestones(read),
        course_days=course_days.on_paper(session, batch.course, desk.say.word),
        starting_materials=tuple(_materials(read)),
        steps=read.pages.all(),
        results=results.results_of(tests, desk.say, qc_run_lines.beside_results(tests, desk.say)),
        yields=as_told(
            (*thaws(rows, batch, desk.say), *yields(grown, read.fills, desk.say)), batch
        ),
        deviations=tuple(read.pages.deviation(each) for each in problems),
        approvals=tuple(approvals.of_batch(session, batch, read.fills, read.own, desk.say)),
        growth=growth(grown),
        labels=label_counts(labels, desk.say),
        genealogy=tuple(relatives(session, batch, desk.say)),
        audit_entries=notable(rows, batch, read.fills, grown, tests, desk.say),
    )


def source_of(batch: Batch, say: Wording) -> str:
    """Where a batch made before this program kept its record was read; else empty."""
    return sentence(say, earlier_marks.source_of(batch.earlier)) if batch.earlier else ""


CAME = {
    StepKind.COLLECTION: N_("Tissue collected"),
    StepKind.RECEPTION: N_("Tissue received"),
    StepKind.ISOLATION: N_("Isolation"),
    StepKind.RETRIEVAL: N_("Vials taken out of the cold"),
    StepKind.THAW: N_("Vials thawed"),
    StepKind.FILLING: N_("Filled"),
    StepKind.HANDOVER: N_("Dose handed over"),
    StepKind.ADMINISTRATION: N_("Dose injected"),
}
"""The stages that count, by the kind of step they are."""

Came = tuple[parts.Milestone, datetime | None]
"""A stage, and when it was recorded; None is still to come."""


def milestones(read: BatchPages) -> tuple[parts.Milestone, ...]:
    """Their order in time, what is still to come at the end.

    A typed time has no seconds: what was done in one minute stands as it was recorded.
    """

    def when(found: Came) -> tuple[bool, datetime, datetime]:
        at, recorded_at = found[0].at, found[1]
        assert at is None or isinstance(at, datetime)
        return at is None, to_the_minute(at or clock.now()), recorded_at or clock.now()

    came = [milestone for milestone, _ in sorted(_came(read), key=when)]
    return as_told(came, read.batch)


Dated = TypeVar("Dated", parts.Milestone, parts.Yield)


def as_told(found: Iterable[Dated], batch: Batch) -> tuple[Dated, ...]:
    """The same with the day alone where earlier records of `batch` tell no hour."""
    if batch.earlier is None:
        return tuple(found)
    return tuple(
        replace(each, at=earlier_hours.told(each.at, True))
        if isinstance(each.at, datetime)
        else each
        for each in found
    )


def _came(read: BatchPages) -> Iterator[Came]:
    say, batch = read.say, read.batch
    yield parts.Milestone(say.word(N_("Batch opened")), batch.opened_at), batch.opened_at
    for step in read.of_kind(*CAME, StepKind.HARVEST):
        name = CAME.get(step.kind)
        said = say.word(name) if name else read.pages.kind(step)
        yield parts.Milestone(said, step.performed_at, step.code), step.recorded_at
    for fill in read.fills:
        for each in fill.dispositions:
            said, at = (
                f"{fill.code}: {spoken(say, earlier_release.called(each))}",
                each.signature.signed_at,
            )
            yield parts.Milestone(said, at), at
    yield parts.Milestone(say.word(N_("Batch closed")), batch.closed_at), batch.closed_at


def _materials(read: BatchPages) -> Iterator[parts.StartingMaterial]:
    """The tissue, or the vials."""
    for used in read.batch.samples:
        yield _material(read, used.sample)
    if any(step.kind is StepKind.THAW for step in read.steps):
        for vial in starting.vials_of(read.session, read.batch):
            yield _vial(read, vial)


def _vial(read: BatchPages, vial: Vial) -> parts.StartingMaterial:
    words = N_("filled from batch %(batch)s, fill %(fill)s, %(at)s")
    fill = vial.fill
    at = read.say.moment(earlier_hours.told(fill.filled_at, vial.earlier is not None))
    return parts.StartingMaterial(
        code=vial.on_the_tube,
        what=f"{read.say.word(N_('frozen cells'))}, {passage(fill.passage)}",
        quantity=vial.left_cells(),
        unit=read.say.word(N_("cells")),
        origin=read.say.say(words, batch=fill.batch.code, fill=fill.code, at=at),
        state=spoken(read.say, vial.status),
    )


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
