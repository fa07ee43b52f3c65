"""A dose on its way into the joint: handed over, received, injected, or brought back."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, same_patient
from lims.models.fill import Dose
from lims.models.site import Sited
from lims.models.step import Step, StepKind
from lims.models.types import Key, Quantity, Temperature, Volume, closed
from lims.models.user import User


class Handover(Step):
    """Giving a released dose to the clinic: identity compared by two people."""

    __tablename__ = "handover"
    __mapper_args__ = {"polymorphic_identity": StepKind.HANDOVER}
    __table_args__ = (same_patient("step", "id"), same_patient("dose", "dose_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    dose_id: Mapped[Key] = mapped_column(index=True)
    carrier: Mapped[str]
    transport_box: Mapped[str | None]
    temperature_c: Mapped[Temperature | None]

    dose: Mapped[Dose] = relationship(foreign_keys=[dose_id])


class Receipt(Step):
    """The clinic receiving a dose."""

    __tablename__ = "receipt"
    __mapper_args__ = {"polymorphic_identity": StepKind.RECEIPT}
    __table_args__ = (same_patient("step", "id"), same_patient("dose", "dose_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    dose_id: Mapped[Key] = mapped_column(index=True)
    temperature_c: Mapped[Temperature | None]
    intact: Mapped[bool]

    dose: Mapped[Dose] = relationship(foreign_keys=[dose_id])


class Return(Step):
    """A dose that came back unused."""

    __tablename__ = "return"
    __mapper_args__ = {"polymorphic_identity": StepKind.RETURN}
    __table_args__ = (same_patient("step", "id"), same_patient("dose", "dose_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    dose_id: Mapped[Key] = mapped_column(index=True)
    why: Mapped[str]

    dose: Mapped[Dose] = relationship(foreign_keys=[dose_id])


class Administration(Sited, Step):
    """The injection, as it happened."""

    __tablename__ = "administration"
    __mapper_args__ = {"polymorphic_identity": StepKind.ADMINISTRATION}
    __table_args__ = (
        same_patient("step", "id"),
        same_patient("dose", "dose_id"),
        UniqueConstraint("dose_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    dose_id: Mapped[Key] = mapped_column()
    volume_ml: Mapped[Volume]
    injected_by: Mapped[str]
    guidance: Mapped[str | None]

    dose: Mapped[Dose] = relationship(foreign_keys=[dose_id])


OF_A_DOSE = (Handover, Receipt, Return, Administration)
"""The steps that are about one dose."""


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    LIFE_THREATENING = "life_threatening"
    FATAL = "fatal"


class AdverseEvent(Material):
    """Something untoward that happened to the patient after an injection."""

    __tablename__ = "adverse_event"
    __table_args__ = (same_patient("course", "course_id"), same_patient("dose", "dose_id"))

    course_id: Mapped[Key] = mapped_column(index=True)
    dose_id: Mapped[Key | None] = mapped_column()
    began_at: Mapped[datetime]
    severity: Mapped[Severity] = closed(Severity)
    description: Mapped[str]
    related: Mapped[bool | None]
    """Whether it was held related to the product when it was reported; None: undecided."""
    reported_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime] = mapped_column(default=clock.now)

    decisions: Mapped[list["EventDecision"]] = relationship(
        foreign_keys="EventDecision.adverse_event_id", order_by="EventDecision.id"
    )

    @property
    def held_related(self) -> bool | None:
        """As the physician decided last; None while undecided."""
        return self.decisions[-1].related if self.decisions else self.related


class EventDecision(Material):
    """Whether the product caused an adverse event, as a physician decided later, and why."""

    __tablename__ = "adverse_event_decision"
    __table_args__ = (same_patient("adverse_event", "adverse_event_id"),)

    adverse_event_id: Mapped[Key] = mapped_column(index=True)
    related: Mapped[bool]
    reason: Mapped[str]
    decided_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime] = mapped_column(default=clock.now)

    decided_by: Mapped[User] = relationship()


class WardObservation(Material):
    """The patient looked after in a ward once the injections of a session were given; what was
    recorded wrongly stays, and a newer row takes its place."""

    __tablename__ = "ward_observation"
    __table_args__ = (
        same_patient("transplantation_session", "session_id"),
        same_patient("ward_observation", "replaces_id"),
        UniqueConstraint("replaces_id"),
        CheckConstraint("(replaces_id IS NULL) = (why_replaced IS NULL)", name="replaced_with_why"),
        CheckConstraint("ended_at > began_at", name="ended_after_it_began"),
    )

    session_id: Mapped[Key] = mapped_column(index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    comment: Mapped[str | None]
    replaces_id: Mapped[Key | None] = mapped_column()
    """The one that was recorded wrongly."""
    why_replaced: Mapped[str | None]
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)

    recorded_by: Mapped[User] = relationship()


class OutcomeKind(StrEnum):
    PAIN = "pain"
    FUNCTION = "function"
    MRI = "mri"


class Outcome(Material):
    """What the physician measured after treatment: pain 0–10, a function score, an MRI."""

    __tablename__ = "outcome"
    __table_args__ = (
        same_patient("course", "course_id"),
        same_patient("transplantation_session", "session_id"),
        CheckConstraint("kind <> 'pain' OR score BETWEEN 0 AND 10000", name="pain_0_to_10"),
        CheckConstraint("kind = 'mri' OR score IS NOT NULL", name="score_where_measured"),
    )

    course_id: Mapped[Key] = mapped_column(index=True)
    session_id: Mapped[Key | None] = mapped_column()
    kind: Mapped[OutcomeKind] = closed(OutcomeKind)
    scale: Mapped[str]
    score: Mapped[Quantity | None]
    finding: Mapped[str | None]
    assessed_on: Mapped[date]
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)

    recorded_by: Mapped[User] = relationship()


class OutcomeCorrection(Material):
    """An outcome recorded wrongly, and what it was in truth; nothing of either is changed."""

    __tablename__ = "outcome_correction"
    __table_args__ = (
        same_patient("outcome", "wrong_id"),
        same_patient("outcome", "right_id"),
        UniqueConstraint("wrong_id"),
        UniqueConstraint("right_id"),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("right_id <> wrong_id", name="another_one"),
    )

    wrong_id: Mapped[Key] = mapped_column()
    right_id: Mapped[Key | None] = mapped_column()
    """None where nothing was assessed: it was recorded by mistake."""
    reason: Mapped[str]
    corrected_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    corrected_at: Mapped[datetime] = mapped_column(default=clock.now)

    corrected_by: Mapped[User] = relationship()
