"""Work on suspensions: pooling, washing, concentrating, counting."""

from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import same_patient
from lims.models.step import Step, StepKind
from lims.models.types import Key


class Processing(Step):
    """Pooling, washing or concentrating suspensions into a new one."""

    __tablename__ = "processing"
    __mapper_args__ = {"polymorphic_identity": StepKind.PROCESSING}
    __table_args__ = (same_patient("step", "id"), same_patient("suspension", "suspension_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    suspension_id: Mapped[Key | None] = mapped_column()
    spin_g: Mapped[int | None] = mapped_column(info={"unit": "× g"})
    spin_min: Mapped[int | None] = mapped_column(info={"unit": "min"})


class Counting(Step):
    """A count of a suspension made by itself, apart from the operation that made it."""

    __tablename__ = "counting"
    __mapper_args__ = {"polymorphic_identity": StepKind.COUNTING}
    __table_args__ = (same_patient("step", "id"), same_patient("suspension", "suspension_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    suspension_id: Mapped[Key | None] = mapped_column()
