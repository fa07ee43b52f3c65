"""The steps of culture, and what was done to or seen in each vessel."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims.models.base import Material, same_patient
from lims.models.step import Step, StepKind
from lims.models.types import Key, Percent, Volume, closed
from lims.models.vessel import Vessel


class Seeding(Step):
    """Seeding vessels from a suspension."""

    __tablename__ = "seeding"
    __mapper_args__ = {"polymorphic_identity": StepKind.SEEDING}
    __table_args__ = (same_patient("step", "id"), same_patient("suspension", "suspension_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    suspension_id: Mapped[Key | None] = mapped_column()


class Harvest(Step):
    """Detaching the cells of vessels of one batch into one suspension."""

    __tablename__ = "harvest"
    __mapper_args__ = {"polymorphic_identity": StepKind.HARVEST}
    __table_args__ = (
        same_patient("step", "id"),
        same_patient("suspension", "suspension_id"),
        CheckConstraint("confluence_pct BETWEEN 0 AND 100000", name="confluence_a_percentage"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    suspension_id: Mapped[Key | None] = mapped_column()
    confluence_pct: Mapped[Percent | None]
    """Of the vessels harvested, taken together."""
    detachment_min: Mapped[int | None] = mapped_column(info={"unit": "min"})
    detachment_c: Mapped[int | None] = mapped_column(info={"unit": "°C"})


class Feeding(Step):
    """Changing or adding medium in vessels."""

    __tablename__ = "feeding"
    __mapper_args__ = {"polymorphic_identity": StepKind.FEEDING}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    full_change: Mapped[bool | None]


class Moving(Step):
    """Carrying vessels from one shelf to another."""

    __tablename__ = "moving"
    __mapper_args__ = {"polymorphic_identity": StepKind.MOVING}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    to_place_id: Mapped[Key | None] = mapped_column(ForeignKey("place.id"))


class Observation(Step):
    """Looking at vessels: confluence, appearance, photographs."""

    __tablename__ = "observation"
    __mapper_args__ = {"polymorphic_identity": StepKind.OBSERVATION}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()


class DiscardReason(StrEnum):
    CONTAMINATION = "contamination"
    NO_GROWTH = "no_growth"
    EXCESS = "excess"
    DAMAGE = "damage"
    EXPIRED = "expired"
    ORDERED = "ordered"


class Discard(Step):
    """Discarding material; two people sign."""

    __tablename__ = "discard"
    __mapper_args__ = {"polymorphic_identity": StepKind.DISCARD}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    why: Mapped[DiscardReason | None] = closed(DiscardReason, nullable=True)


class StepVessel(Material):
    """A vessel that took part in a step, with what was done to or seen in that vessel."""

    __tablename__ = "step_vessel"
    __table_args__ = (
        same_patient("step", "step_id"),
        same_patient("vessel", "vessel_id"),
        Index("ux_step_vessel", "step_id", "vessel_id", unique=True),
        CheckConstraint("confluence_pct BETWEEN 0 AND 100000", name="confluence_a_percentage"),
        CheckConstraint("medium_ml > 0", name="medium_positive"),
    )

    step_id: Mapped[Key] = mapped_column()
    vessel_id: Mapped[Key] = mapped_column(index=True)
    medium_ml: Mapped[Volume | None]
    confluence_pct: Mapped[Percent | None]
    appearance: Mapped[str | None]
    contamination_seen: Mapped[bool] = mapped_column(default=False)

    step: Mapped[Step] = relationship(foreign_keys=[step_id])
    vessel: Mapped[Vessel] = relationship(foreign_keys=[vessel_id])
