"""Sampling: aliquots taken from one or several sources."""

from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import same_patient
from lims.models.step import Step, StepKind
from lims.models.types import Key


class Sampling(Step):
    """Taking aliquots."""

    __tablename__ = "sampling"
    __mapper_args__ = {"polymorphic_identity": StepKind.SAMPLING}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
