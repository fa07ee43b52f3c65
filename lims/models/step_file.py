"""What is kept with a step by its content: photographs, and papers it was written on."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from lims import clock
from lims.models.base import Material, same_patient
from lims.models.types import Key, Sha256


class StepPhoto(Material):
    """A photograph taken during a step, kept by its content."""

    __tablename__ = "step_photo"
    __table_args__ = (same_patient("step", "step_id"), same_patient("vessel", "vessel_id"))

    step_id: Mapped[Key] = mapped_column(index=True)
    vessel_id: Mapped[Key | None] = mapped_column(index=True)
    sha256: Mapped[Sha256]
    media_type: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(default=clock.now)


class StepPaper(Material):
    """A paper on which a step was written down before it was entered, kept by its content."""

    __tablename__ = "step_paper"
    __table_args__ = (same_patient("step", "step_id"),)

    step_id: Mapped[Key] = mapped_column(index=True)
    sha256: Mapped[Sha256]
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
