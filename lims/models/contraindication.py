"""The contraindications as a physician asked them: found, noted beside, overridden."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, same_patient
from lims.models.course import Course
from lims.models.types import Key, closed
from lims.models.user import User


class Occasion(StrEnum):
    ENROLMENT = "enrolment"
    COLLECTION = "collection"
    INJECTION = "injection"


class ContraindicationCheck(Material):
    """The sixteen contraindications asked on one occasion by one physician."""

    __tablename__ = "contraindication_check"
    __table_args__ = (
        same_patient("course", "course_id"),
        same_patient("transplantation_session", "session_id"),
    )

    course_id: Mapped[Key] = mapped_column(index=True)
    session_id: Mapped[Key | None] = mapped_column(index=True)
    occasion: Mapped[Occasion] = closed(Occasion)
    checked_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime] = mapped_column(default=clock.now)

    course: Mapped[Course] = relationship(foreign_keys=[course_id])
    checked_by: Mapped[User] = relationship(foreign_keys=[checked_by_id])
    findings: Mapped[list["ContraindicationFinding"]] = relationship(
        foreign_keys="ContraindicationFinding.check_id",
        order_by="ContraindicationFinding.number",
    )
    absences: Mapped[list["ContraindicationAbsence"]] = relationship(
        foreign_keys="ContraindicationAbsence.check_id",
        order_by="ContraindicationAbsence.number",
    )

    @property
    def nothing_stands(self) -> bool:
        """Whether nothing was found, or a physician answered for all that was."""
        return all(each.override_reason is not None for each in self.findings)


class ContraindicationFinding(Material):
    """One contraindication (1–16) found present at a check, and the override if there is one."""

    __tablename__ = "contraindication_finding"
    __table_args__ = (
        same_patient("contraindication_check", "check_id"),
        UniqueConstraint("check_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 16", name="number_known"),
        CheckConstraint(
            "(override_reason IS NULL) = (override_signature_id IS NULL)", name="override_signed"
        ),
    )

    check_id: Mapped[Key] = mapped_column()
    number: Mapped[int]
    note: Mapped[str | None]
    override_reason: Mapped[str | None]
    override_signature_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))

    check: Mapped[ContraindicationCheck] = relationship(
        foreign_keys=[check_id], overlaps="findings"
    )


class ContraindicationAbsence(Material):
    """What was noted beside a contraindication (1–16) that was found absent at a check."""

    __tablename__ = "contraindication_absence"
    __table_args__ = (
        same_patient("contraindication_check", "check_id"),
        UniqueConstraint("check_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 16", name="number_known"),
        CheckConstraint("note <> ''", name="note_says_something"),
    )

    check_id: Mapped[Key] = mapped_column()
    number: Mapped[int]
    note: Mapped[str]
