"""Isolation: from tissue to the stromal vascular fraction."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import same_patient
from lims.models.step import Step, StepKind
from lims.models.types import Key, Mass, Percent, Temperature


class Isolation(Step):
    """Digesting the tissue into the stromal vascular fraction."""

    __tablename__ = "isolation"
    __mapper_args__ = {"polymorphic_identity": StepKind.ISOLATION}
    __table_args__ = (
        same_patient("step", "id"),
        same_patient("suspension", "suspension_id"),
        CheckConstraint("enzyme_pct > 0", name="enzyme_positive"),
        CheckConstraint("digestion_min > 0", name="digestion_positive"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column(index=True)
    suspension_id: Mapped[Key | None] = mapped_column(index=True)
    tissue_used_g: Mapped[Mass | None]
    enzyme_pct: Mapped[Percent | None]
    digestion_min: Mapped[int | None] = mapped_column(info={"unit": "min"})
    digestion_c: Mapped[Temperature | None]
    spin_g: Mapped[int | None] = mapped_column(info={"unit": "× g"})
    spin_min: Mapped[int | None] = mapped_column(info={"unit": "min"})
    washes: Mapped[int | None]
