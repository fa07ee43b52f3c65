"""Filling: one suspension into syringes or vials."""

from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import same_patient
from lims.models.step import Step, StepKind
from lims.models.types import Key, Volume


class Filling(Step):
    """Filling syringes or vials from one suspension."""

    __tablename__ = "filling"
    __mapper_args__ = {"polymorphic_identity": StepKind.FILLING}
    __table_args__ = (same_patient("step", "id"), same_patient("suspension", "suspension_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    suspension_id: Mapped[Key | None] = mapped_column()
    portion_ml: Mapped[Volume | None]
    """Planned for each vial, so that its label can say it; a dose is planned by its injection."""
    appearance_good: Mapped[bool | None]
    containers_intact: Mapped[bool | None]
