"""Deviations, opened by a rule or a person, and what they block until quality has decided."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, or_, select, union
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models import said
from lims.models.batch import Batch, BatchSample
from lims.models.deviation import (
    Deviation,
    DeviationDecision,
    DeviationKind,
    DeviationStatus,
    DeviationSubject,
    DeviationSupply,
    Grade,
)
from lims.models.fill import Fill, FillStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import starting, states, supply_reach
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.deviation_rules import FAILING, RULES, Finding

DECIDED = frozenset(
    {
        DeviationStatus.APPROVED,
        DeviationStatus.CHECKING_EFFECT,
        DeviationStatus.CLOSED,
        DeviationStatus.DUPLICATE,
    }
)
"""Quality has decided: from here on a deviation blocks nothing."""
UNDECIDED = tuple(status for status in DeviationStatus if status not in DECIDED)

HOLDING = (None, Grade.CRITICAL)
"""Grades that hold even a released fill: critical, or not graded yet."""
OPENED = "deviations opened"
"""Where a session notes the code of each that a rule opened, and what it found or is called."""

FILLS_ENDED = (FillStatus.REJECTED, FillStatus.RECALLED, FillStatus.DESTROYED)

SUBJECT_COLUMNS = tuple(
    column.name
    for column in DeviationSubject.__table__.columns
    if column.nullable and column.name.endswith("_id")
)
MATERIAL = frozenset(name.removesuffix("_id") for name in SUBJECT_COLUMNS)
NAMED_BY = {"aliquot": "batch", "transplantation_session": "course"}
"""What a deviation names in place of a thing it has no column for."""


class NotASubject(LimsError):
    sentence = N_(
        "A deviation is not about %(code)s itself. Scan its batch, step, container, lot or device."
    )


def open_by_rule(
    session: Session, rule: str, *subjects: Any, description: LimsError | str, by: User
) -> Deviation:
    """Open a deviation that a rule demands; `subjects` are material, lots or equipment.

    What the rule found is a sentence with its values; what a person told is a text.
    """
    title, grade = RULES[rule]
    found = description if isinstance(description, LimsError) else None
    deviation = Deviation(
        kind=DeviationKind.OUT_OF_SPECIFICATION if rule in FAILING else DeviationKind.DEVIATION,
        rule=rule,
        title=title,
        description=found.english() if found else str(description),
        said=said.written(found) if found else None,
        grade=grade,
        reported_by_id=by.id,
    )
    session.add(coded(session, states.begin(deviation)))
    session.flush()
    for subject in subjects:
        touch(session, deviation, subject)
    session.info.setdefault(OPENED, []).append((deviation.code, found or title))
    return deviation


def open_for_each(session: Session, found: Iterable[Finding], *subjects: Any, by: User) -> None:
    """What happened is recorded, also beyond a limit; then each finding is a deviation."""
    for rule, told in found:
        open_by_rule(session, rule, *subjects, description=told, by=by)


@command(Permission.REPORT_DEVIATION)
def report_deviation(
    session: Session, *, title: str, description: str, subjects: Sequence[Any] = (), by: User
) -> Deviation:
    """A person reports something that was not as it should be."""
    deviation = Deviation(
        kind=DeviationKind.DEVIATION,
        title=title,
        description=description,
        reported_by_id=by.id,
    )
    session.add(coded(session, states.begin(deviation)))
    session.flush()
    for subject in subjects:
        touch(session, deviation, subject)
    return deviation


def touch(session: Session, deviation: Deviation, subject: Any) -> None:
    """Say what a deviation is about; material of a batch names its batch as well."""
    table = subject.__mapper__.base_mapper.local_table.name
    if table in ("lot", "equipment"):
        session.add(DeviationSupply(deviation_id=deviation.id, **{f"{table}_id": subject.id}))
        session.flush()
        return
    if table in NAMED_BY:
        touch(session, deviation, getattr(subject, NAMED_BY[table]))
        return
    if table not in MATERIAL:
        raise NotASubject(code=subject.code)
    named = {f"{table}_id": subject.id}
    for group in ("batch_id", "sample_id"):
        if getattr(subject, group, None) is not None:
            named.setdefault(group, getattr(subject, group))
    if (fill := getattr(subject, "fill", None)) is not None:
        named |= {"batch_id": fill.batch_id, "fill_id": fill.id}
    name_all(session, deviation, subject.patient_id, named.items())


def name_all(
    session: Session, deviation: Deviation, patient_id: int, named: Iterable[tuple[str, int]]
) -> None:
    """Add what `deviation` does not name yet: (column, key) pairs of one patient's material."""
    already = {
        (column, getattr(row, column))
        for row in session.scalars(
            select(DeviationSubject).where(DeviationSubject.deviation_id == deviation.id)
        )
        for column in SUBJECT_COLUMNS
    }
    for column, key in named:
        if (column, key) not in already:
            session.add(
                DeviationSubject(deviation_id=deviation.id, patient_id=patient_id, **{column: key})
            )
    session.flush()
    session.expire(deviation, ["subjects"])


def of_batch(session: Session, batch: Batch) -> Sequence[Deviation]:
    """Every deviation about a batch, its samples, anything made in it or that went into it.

    Of tissue and batches before it all that ever was; of lots and equipment what is of its time.
    """
    return session.scalars(_OF_BATCH, starting.asking(batch.id)).all()


def _about_batches() -> CompoundSelect[Any]:
    """By batch asked about, the keys of the deviations `of_batch`."""
    reached, reported = starting.REACHED, supply_reach.REPORTED.subquery()
    about = select(reached.c.asked, DeviationSubject.deviation_id.label("told"))
    of_tissue = about.join(BatchSample, BatchSample.batch_id == reached.c.batch)
    decided_since = select(DeviationDecision.deviation_id).where(
        DeviationDecision.decided_at >= Batch.opened_at
    )
    of_its_time = or_(
        Deviation.status.not_in(DECIDED),
        Deviation.reported_at >= Batch.opened_at,
        decided_since.where(DeviationDecision.deviation_id == Deviation.id).exists(),
    )
    used = (
        select(reported.c.asked, Deviation.id)
        .join(Deviation, Deviation.id == reported.c.deviation_id)
        .join(Batch, Batch.id == reported.c.asked)
        .where(of_its_time)
    )
    return union(
        about.join(DeviationSubject, DeviationSubject.batch_id == reached.c.batch),
        of_tissue.join(DeviationSubject, DeviationSubject.sample_id == BatchSample.sample_id),
        used,
    )


ABOUT = _about_batches().subquery()
_OF_BATCH = (
    select(Deviation)
    .select_from(ABOUT)
    .outerjoin(Deviation, Deviation.id == ABOUT.c.told)
    .order_by(Deviation.id)
)
"""Put together once: every page of what came of a batch asks for it."""


def blocking(found: Iterable[Deviation]) -> list[Deviation]:
    """Those of a batch's deviations that nobody has decided yet; they block release, never care."""
    return [deviation for deviation in found if deviation.status not in DECIDED]


def holding(found: Iterable[Deviation]) -> list[Deviation]:
    """Those of them that hold even a released fill."""
    return [deviation for deviation in blocking(found) if deviation.grade in HOLDING]


def blocked_by(session: Session, deviation: Deviation) -> Sequence[Fill]:
    """The fills whose release, or whose issue where it holds, waits for this to be decided."""
    if deviation.status in DECIDED:
        return []
    batches = {row.batch_id for row in deviation.subjects if row.batch_id is not None}
    batches |= set(supply_reach.batches(session, deviation))
    batches |= starting.batches_after(session, batches)
    samples = {row.sample_id for row in deviation.subjects if row.sample_id is not None}
    of_samples = select(BatchSample.batch_id).where(BatchSample.sample_id.in_(samples))
    ended = [*FILLS_ENDED] if deviation.grade in HOLDING else [*FILLS_ENDED, FillStatus.RELEASED]
    return session.scalars(
        select(Fill)
        .where(
            or_(Fill.batch_id.in_(batches), Fill.batch_id.in_(of_samples)),
            Fill.status.not_in(ended),
        )
        .order_by(Fill.id)
    ).all()
