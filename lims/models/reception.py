"""The tissue's way to the laboratory: collected, handed to a courier, received."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import same_patient
from lims.models.step import Step, StepKind
from lims.models.types import Key, Mass, Temperature


class Collection(Step):
    """Taking the tissue: where on the body, by whom, with both identifiers compared."""

    __tablename__ = "collection"
    __mapper_args__ = {"polymorphic_identity": StepKind.COLLECTION}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    body_site: Mapped[str]
    surgeon: Mapped[str]
    anaesthesia: Mapped[str | None]


class Dispatch(Step):
    """Handing the tissue to a courier."""

    __tablename__ = "dispatch"
    __mapper_args__ = {"polymorphic_identity": StepKind.DISPATCH}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    courier: Mapped[str]
    container: Mapped[str | None]


class Reception(Step):
    """Receiving the tissue: mass, transport, integrity."""

    __tablename__ = "reception"
    __mapper_args__ = {"polymorphic_identity": StepKind.RECEPTION}
    __table_args__ = (
        same_patient("step", "id"),
        CheckConstraint("mass_g > 0", name="mass_positive"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    mass_g: Mapped[Mass]
    temperature_min_c: Mapped[Temperature | None]
    temperature_max_c: Mapped[Temperature | None]
    container_intact: Mapped[bool]
    appearance: Mapped[str | None]
