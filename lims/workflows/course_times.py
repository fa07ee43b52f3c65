"""When what became of a course happened, from the consent to the follow-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    cast,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_
from lims.models.administration import Administration, Outcome
from lims.models.batch import Batch
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Decision, Disposition, Fill, FillKind
from lims.models.patient import Consent, ConsentKind
from lims.models.sample import Sample
from lims.models.step import Step
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.workflows import outcomes

CONSENT, FOLLOW_UP, INJECTED = "consent", "follow_up", "injected"
BEFORE = "assessed_before"
LABELS = {
    CONSENT: N_("Consent to production"),
    BEFORE: N_("Assessed before the treatment"),
    "collected": N_("Tissue taken"),
    "received": N_("Tissue received"),
    SuspensionOrigin.ISOLATION: N_("Isolation"),
    SuspensionOrigin.THAW: N_("Thaw of %(passage)s"),
    SuspensionOrigin.HARVEST: N_("Harvest of %(passage)s"),
    "filled": N_("Fill of the dose"),
    Decision.CONDITIONAL: N_("Released conditionally"),
    Decision.RELEASED: N_("Released"),
    INJECTED: N_("Injection"),
    FOLLOW_UP: N_("Follow-up"),
}
"""What happened, in the order of a course; a session is planned besides."""
MADE = (SuspensionOrigin.ISOLATION, SuspensionOrigin.THAW, SuspensionOrigin.HARVEST)
LET_GO = (Decision.CONDITIONAL, Decision.RELEASED)


@dataclass(frozen=True)
class Happened:
    """What happened on a day, and what it happened to; `passage` of what was harvested."""

    what: str
    day: date
    code: str | None = None
    passage: int | None = None

    @property
    def label(self) -> str:
        return LABELS[self.what]


def of_course(session: Session, course: Course) -> Sequence[Happened]:
    """In the order of time; two queries."""
    moments = session.execute(union_all(*_moments(course)))
    found = [
        Happened(what, clock.day_of(at), code, passage)
        for what, code, passage, at in moments
        if at is not None
    ]
    injected = min((each.day for each in found if each.what == INJECTED), default=None)
    for what, day in session.execute(union_all(*_days(course))):
        early = what == FOLLOW_UP and (injected is None or day < injected)
        found.append(Happened(BEFORE if early else what, day))
    order = list(LABELS)
    return sorted(found, key=lambda each: (each.day, order.index(each.what), each.code or ""))


def _days(course: Course) -> list[Any]:
    """The consent in force that the course began with, and each day of its follow-up."""
    return [
        select(_word(CONSENT), Consent.signed_on).where(
            Consent.patient_id == course.patient_id,
            Consent.kind == ConsentKind.PRODUCTION,
            Consent.withdrawn_on.is_(None),
        ),
        select(_word(FOLLOW_UP), Outcome.assessed_on)
        .where(
            Outcome.course_id == course.id,
            Outcome.patient_id == course.patient_id,
            outcomes.standing(),
        )
        .distinct(),
    ]


def _moments(course: Course) -> list[Any]:
    of_course = Batch.course_id == course.id
    origin, decision = cast(Suspension.origin, String), cast(Disposition.decision, String)
    none = cast(null(), BigInteger)
    tissue = Sample.course_id == course.id
    return [
        select(_word("collected"), Sample.code, none, Sample.collected_at).where(tissue),
        select(_word("received"), Sample.code, none, Sample.received_at).where(tissue),
        select(origin, Batch.code, Suspension.passage, Step.performed_at)
        .join(Suspension, Suspension.batch_id == Batch.id)
        .join(Step, Step.id == Suspension.made_by_id)
        .where(of_course, Suspension.origin.in_(MADE)),
        select(_word("filled"), Fill.code, none, Fill.filled_at)
        .join(Batch, Batch.id == Fill.batch_id)
        .where(of_course, Fill.kind == FillKind.DOSES),
        select(decision, Fill.code, none, Disposition.decided_at)
        .join(Fill, Fill.id == Disposition.fill_id)
        .join(Batch, Batch.id == Fill.batch_id)
        .where(of_course, Fill.kind == FillKind.DOSES, Disposition.decision.in_(LET_GO)),
        select(_word(INJECTED), TransplantationSession.code, none, Administration.performed_at)
        .join(TransplantationSession, TransplantationSession.id == Administration.session_id)
        .where(TransplantationSession.course_id == course.id),
    ]


def _word(word: str) -> ColumnElement[str]:
    return literal_column(f"'{word}'", String)
