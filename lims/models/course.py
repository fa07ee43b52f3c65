"""A course of treatment: what the physician orders, and the sessions that fulfil it."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Coded, Material, Tracked, Versioned, same_patient
from lims.models.patient import Patient
from lims.models.types import BodyMass, Cells, Key, Volume, closed
from lims.models.user import User

if TYPE_CHECKING:
    from lims.models.fill import Dose


class CourseStatus(StrEnum):
    ENQUIRY = "enquiry"
    ELIGIBLE = "eligible"
    CONSENTED = "consented"
    COLLECTING = "collecting"
    MANUFACTURING = "manufacturing"
    DOSE_READY = "dose_ready"
    TREATING = "treating"
    FOLLOW_UP = "follow_up"
    COMPLETED = "completed"
    POSTPONED = "postponed"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"
    EARLIER = "earlier"
    """What batches taken over from earlier records were made for; nothing is ordered in it."""


class Indication(StrEnum):
    CARTILAGE_LESION = "cartilage_lesion"
    OSTEOCHONDRITIS_DISSECANS = "osteochondritis_dissecans"
    OSTEOARTHROSIS = "osteoarthrosis"
    OTHER = "other"


class Grading(StrEnum):
    KELLGREN_LAWRENCE = "Kellgren-Lawrence"
    OUTERBRIDGE = "Outerbridge"
    STAGE = "stage"


class Joint(StrEnum):
    KNEE = "knee"
    HIP = "hip"
    SHOULDER = "shoulder"
    ANKLE = "ankle"
    ELBOW = "elbow"
    WRIST = "wrist"
    OTHER = "other"


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Course(Tracked, Material):
    """One course of one patient: indication, prescribed dose and planned sessions."""

    __tablename__ = "course"
    kind_of_code = "CR"
    __table_args__ = (
        UniqueConstraint("patient_id", "number"),
        CheckConstraint("prescribed_cells > 0", name="prescribed_cells_positive"),
        CheckConstraint("prescribed_volume_ml > 0", name="prescribed_volume_positive"),
        CheckConstraint("body_mass_kg > 0", name="body_mass_positive"),
        CheckConstraint(
            "status IN ('enquiry', 'earlier') OR prescribed_cells IS NOT NULL"
            " AND prescribed_volume_ml IS NOT NULL AND physician_id IS NOT NULL",
            name="prescribed_by_a_physician",
        ),
    )

    number: Mapped[int]
    indication: Mapped[Indication] = closed(Indication)
    indication_note: Mapped[str | None]
    grading: Mapped[Grading] = closed(Grading)
    grade: Mapped[str]
    baseline_mri_on: Mapped[date | None]
    baseline_mri_note: Mapped[str | None]
    body_mass_kg: Mapped[BodyMass | None]
    prescribed_cells: Mapped[Cells | None]
    """Viable cells of one administration; None where the earlier records do not say."""
    prescribed_volume_ml: Mapped[Volume | None]
    physician_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[CourseStatus] = closed(CourseStatus, index=True)
    postponed_from: Mapped[CourseStatus | None] = closed(CourseStatus, nullable=True)
    """Where a postponed course goes back to."""

    patient: Mapped[Patient] = relationship()
    physician: Mapped[User | None] = relationship(foreign_keys=[physician_id])
    sessions: Mapped[list["TransplantationSession"]] = relationship(
        foreign_keys="TransplantationSession.course_id",
        order_by="TransplantationSession.number",
        back_populates="course",
    )

    @property
    def physician_name(self) -> str:
        """Empty where the earlier records do not say who ordered it."""
        return self.physician.full_name if self.physician else ""


class TransplantationSession(Coded, Versioned, Material):
    """One visit to the operating unit, with one or several injections planned."""

    __tablename__ = "transplantation_session"
    kind_of_code = "SN"
    __table_args__ = (
        same_patient("course", "course_id"),
        UniqueConstraint("course_id", "number"),
    )

    course_id: Mapped[Key] = mapped_column(index=True)
    number: Mapped[int]
    planned_on: Mapped[date]
    cancelled_reason: Mapped[str | None]

    course: Mapped[Course] = relationship(foreign_keys=[course_id], back_populates="sessions")
    patient: Mapped[Patient] = relationship(viewonly=True)
    administrations: Mapped[list["PlannedAdministration"]] = relationship(
        foreign_keys="PlannedAdministration.session_id", order_by="PlannedAdministration.id"
    )
    doses: Mapped[list["Dose"]] = relationship(
        foreign_keys="Dose.session_id", order_by="Dose.id", viewonly=True
    )


class PlannedAdministration(Versioned, Material):
    """One injection of a session: the joint, its side, the volume and the cells."""

    __tablename__ = "planned_administration"
    __table_args__ = (
        same_patient("transplantation_session", "session_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("cells > 0", name="cells_positive"),
    )

    session_id: Mapped[Key] = mapped_column(index=True)
    joint: Mapped[Joint] = closed(Joint)
    side: Mapped[Side] = closed(Side)
    volume_ml: Mapped[Volume]
    cells: Mapped[Cells]

    session: Mapped[TransplantationSession] = relationship(
        foreign_keys=[session_id], overlaps="administrations"
    )


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
