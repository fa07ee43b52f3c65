"""Deviations, what they touch, what was decided, and the holds they put on material."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.errors import LimsError
from lims.models import said
from lims.models.base import Base, Material, Tracked, Versioned, exactly_one, same_patient
from lims.models.signature import Signature
from lims.models.types import Key, Said, Titled, closed
from lims.models.user import User


class DeviationStatus(StrEnum):
    REPORTED = "reported"
    CLASSIFIED = "classified"
    INVESTIGATING = "investigating"
    PROPOSED = "proposed"
    APPROVED = "approved"
    CHECKING_EFFECT = "checking_effect"
    CLOSED = "closed"
    DUPLICATE = "duplicate"


class Grade(StrEnum):
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class DeviationKind(StrEnum):
    DEVIATION = "deviation"
    OUT_OF_SPECIFICATION = "out_of_specification"


class Deviation(Tracked):
    """Something that was not as it should be, opened by a rule or by a person."""

    __tablename__ = "deviation"
    kind_of_code = "DV"
    __table_args__ = (
        CheckConstraint(
            "status IN ('reported', 'duplicate') OR grade IS NOT NULL", name="classified_has_grade"
        ),
    )

    kind: Mapped[DeviationKind] = closed(DeviationKind)
    rule: Mapped[str | None]
    """The rule that opened it; None where a person did."""
    title: Mapped[Titled]
    description: Mapped[str]
    """What happened, in the words that are signed; what a rule found, in the source language."""
    said: Mapped[Said | None]
    """What the rule found as a sentence with its values, for readers of other languages."""
    grade: Mapped[Grade | None] = closed(Grade, nullable=True)
    reported_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime] = mapped_column(default=clock.now)
    owner_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    duplicate_of_id: Mapped[Key | None] = mapped_column(ForeignKey("deviation.id"), index=True)
    reopens_id: Mapped[Key | None] = mapped_column(ForeignKey("deviation.id"), index=True)
    """The closed deviation of which this is a new version."""
    status: Mapped[DeviationStatus] = closed(DeviationStatus, index=True)

    reported_by: Mapped[User] = relationship(foreign_keys=[reported_by_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    subjects: Mapped[list["DeviationSubject"]] = relationship(
        order_by="DeviationSubject.id", back_populates="deviation"
    )
    decisions: Mapped[list["DeviationDecision"]] = relationship(order_by="DeviationDecision.id")

    @property
    def told(self) -> LimsError | None:
        """What the rule found; None where a person described it."""
        return None if self.said is None else said.read(self.said)


class DeviationSubject(Material):
    """A patient's material that a deviation is about: exactly one thing a row."""

    __tablename__ = "deviation_subject"
    __table_args__ = (
        same_patient("course", "course_id"),
        same_patient("sample", "sample_id"),
        same_patient("batch", "batch_id"),
        same_patient("step", "step_id"),
        same_patient("vessel", "vessel_id"),
        same_patient("suspension", "suspension_id"),
        same_patient("fill", "fill_id"),
        same_patient("dose", "dose_id"),
        same_patient("vial", "vial_id"),
        same_patient("qc_test", "qc_test_id"),
        exactly_one(
            "course_id",
            "sample_id",
            "batch_id",
            "step_id",
            "vessel_id",
            "suspension_id",
            "fill_id",
            "dose_id",
            "vial_id",
            "qc_test_id",
        ),
    )

    deviation_id: Mapped[Key] = mapped_column(ForeignKey("deviation.id"), index=True)
    course_id: Mapped[Key | None] = mapped_column(index=True)
    sample_id: Mapped[Key | None] = mapped_column(index=True)
    batch_id: Mapped[Key | None] = mapped_column(index=True)
    step_id: Mapped[Key | None] = mapped_column(index=True)
    vessel_id: Mapped[Key | None] = mapped_column(index=True)
    suspension_id: Mapped[Key | None] = mapped_column(index=True)
    fill_id: Mapped[Key | None] = mapped_column(index=True)
    dose_id: Mapped[Key | None] = mapped_column(index=True)
    vial_id: Mapped[Key | None] = mapped_column(index=True)
    qc_test_id: Mapped[Key | None] = mapped_column(index=True)

    deviation: Mapped[Deviation] = relationship(back_populates="subjects")


class DeviationSupply(Base):
    """A lot or a piece of equipment that a deviation is about."""

    __tablename__ = "deviation_supply"
    __table_args__ = (exactly_one("lot_id", "equipment_id"),)

    deviation_id: Mapped[Key] = mapped_column(ForeignKey("deviation.id"), index=True)
    lot_id: Mapped[Key | None] = mapped_column(ForeignKey("lot.id"), index=True)
    equipment_id: Mapped[Key | None] = mapped_column(ForeignKey("equipment.id"), index=True)


class DeviationDecision(Base):
    """One move of a deviation: what was found or decided, by whom, signed where it must be."""

    __tablename__ = "deviation_decision"

    deviation_id: Mapped[Key] = mapped_column(ForeignKey("deviation.id"), index=True)
    became: Mapped[DeviationStatus] = closed(DeviationStatus)
    text: Mapped[str]
    decided_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    signature_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))

    decided_by: Mapped[User] = relationship(foreign_keys=[decided_by_id])
    signature: Mapped[Signature | None] = relationship()


class HoldKind(StrEnum):
    HOLD = "hold"
    QUARANTINE = "quarantine"


class Hold(Material, Versioned):
    """A hold or a quarantine: blocks fill, release, issue; never the care of living cells."""

    __tablename__ = "hold"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("vessel", "vessel_id"),
        same_patient("suspension", "suspension_id"),
        same_patient("vial", "vial_id"),
        exactly_one("batch_id", "vessel_id", "suspension_id", "vial_id"),
        CheckConstraint(
            "(ended_at IS NULL) = (lifting_signature_id IS NULL)", name="lifted_by_signature"
        ),
        Index(
            "ix_hold_in_force",
            "id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    batch_id: Mapped[Key | None] = mapped_column(index=True)
    vessel_id: Mapped[Key | None] = mapped_column(index=True)
    suspension_id: Mapped[Key | None] = mapped_column(index=True)
    vial_id: Mapped[Key | None] = mapped_column(index=True)
    kind: Mapped[HoldKind] = closed(HoldKind)
    reason: Mapped[str]
    deviation_id: Mapped[Key | None] = mapped_column(ForeignKey("deviation.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    began_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    lifting_signature_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))
    lifting_reason: Mapped[str | None]

    deviation: Mapped[Deviation | None] = relationship()
