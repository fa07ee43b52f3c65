"""A course of treatment: what the physician orders, and the sessions that fulfil it."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Coded, Material, Tracked, Versioned, same_patient
from lims.models.patient import Patient
from lims.models.site import Sited
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
    injections: Mapped[list["PlannedAdministration"]] = relationship(
        foreign_keys="PlannedAdministration.session_id", order_by="PlannedAdministration.id"
    )
    """All that were ever planned, those too that no longer take place."""
    doses: Mapped[list["Dose"]] = relationship(
        foreign_keys="Dose.session_id", order_by="Dose.id", viewonly=True
    )

    @property
    def administrations(self) -> list["PlannedAdministration"]:
        """The injections that are to take place."""
        return [each for each in self.injections if each.removal is None]


class PlannedAdministration(Versioned, Sited, Material):
    """One injection of a session: the joint, its side, the volume and the cells."""

    __tablename__ = "planned_administration"
    __table_args__ = (
        same_patient("transplantation_session", "session_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("cells > 0", name="cells_positive"),
    )

    session_id: Mapped[Key] = mapped_column(index=True)
    volume_ml: Mapped[Volume]
    cells: Mapped[Cells]

    session: Mapped[TransplantationSession] = relationship(
        foreign_keys=[session_id], overlaps="injections"
    )
    removal: Mapped["InjectionRemoval | None"] = relationship(
        foreign_keys="InjectionRemoval.injection_id", viewonly=True, lazy="joined"
    )


class InjectionRemoval(Material):
    """A planned injection that no longer takes place, and why."""

    __tablename__ = "injection_removal"
    __table_args__ = (
        same_patient("planned_administration", "injection_id"),
        UniqueConstraint("injection_id"),
        CheckConstraint("reason <> ''", name="says_why"),
    )

    injection_id: Mapped[Key] = mapped_column()
    reason: Mapped[str]
    removed_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    removed_at: Mapped[datetime] = mapped_column(default=clock.now)

    removed_by: Mapped[User] = relationship(lazy="joined")
