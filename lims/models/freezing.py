"""Freezing: the vials of a fill cooled by a program."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims.models.base import Material, same_patient
from lims.models.fill import Fill, Vial
from lims.models.step import Step, StepKind
from lims.models.types import Key, Minutes, Percent, Temperature


class Freezing(Step):
    """Cooling the vials of one fill; a run in the freezer, whose members are scanned in."""

    __tablename__ = "freezing"
    __mapper_args__ = {"polymorphic_identity": StepKind.FREEZING}
    __table_args__ = (
        same_patient("step", "id"),
        same_patient("fill", "fill_id"),
        CheckConstraint("cryoprotectant_pct > 0", name="cryoprotectant_positive"),
        CheckConstraint("program_ended_at >= program_started_at", name="times_in_order"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    fill_id: Mapped[Key] = mapped_column(index=True)
    cryoprotectant: Mapped[str | None]
    cryoprotectant_pct: Mapped[Percent | None]
    """Volume in volume, in the vial."""
    cryoprotectant_added_at: Mapped[datetime | None]
    program: Mapped[str | None]
    program_started_at: Mapped[datetime | None]
    program_ended_at: Mapped[datetime | None]
    end_temperature_c: Mapped[Temperature | None]
    as_programmed: Mapped[bool | None]
    """Whether the curve ran as the program says."""

    fill: Mapped[Fill] = relationship(foreign_keys=[fill_id])
    frozen: Mapped[list["FrozenVial"]] = relationship(
        foreign_keys="FrozenVial.step_id", order_by="FrozenVial.id"
    )
    points: Mapped[list["FreezingPoint"]] = relationship(
        foreign_keys="FreezingPoint.step_id", order_by="FreezingPoint.minute"
    )


class FrozenVial(Material):
    """A vial scanned into a freezing run."""

    __tablename__ = "frozen_vial"
    __table_args__ = (
        same_patient("step", "step_id"),
        same_patient("vial", "vial_id"),
        UniqueConstraint("vial_id"),
    )

    step_id: Mapped[Key] = mapped_column(index=True)
    vial_id: Mapped[Key] = mapped_column()
    scanned_at: Mapped[datetime]

    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])


class FreezingPoint(Material):
    """The temperature of the chamber or the sample at one moment of a freezing run."""

    __tablename__ = "freezing_point"
    __table_args__ = (same_patient("step", "step_id"), UniqueConstraint("step_id", "minute"))

    step_id: Mapped[Key] = mapped_column()
    minute: Mapped[Minutes]
    """Since the program began."""
    temperature_c: Mapped[Temperature]
