"""The tissue as ordered, collected, carried and received."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims.models.base import Material, Tracked, same_patient
from lims.models.course import Course
from lims.models.patient import Patient
from lims.models.types import Key, Mass, closed


class SampleStatus(StrEnum):
    ORDERED = "ordered"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    ACCEPTED_AT_RISK = "accepted_at_risk"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    CONSUMED = "consumed"
    DISCARDED = "discarded"


class Sample(Tracked, Material):
    """One piece of a patient's adipose tissue, from the kit that was labelled for it."""

    __tablename__ = "sample"
    kind_of_code = "SA"
    __table_args__ = (
        same_patient("course", "course_id"),
        CheckConstraint("mass_g > 0", name="mass_positive"),
    )

    course_id: Mapped[Key] = mapped_column(index=True)
    mass_g: Mapped[Mass | None]
    """As weighed at reception."""
    collected_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    status: Mapped[SampleStatus] = closed(SampleStatus, index=True)

    course: Mapped[Course] = relationship(foreign_keys=[course_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
