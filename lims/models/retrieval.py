"""Vials out of the cold: retrieved by two people, thawed or brought back, sent to another bank."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Versioned, same_patient
from lims.models.batch import Batch
from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.step import Step, StepKind
from lims.models.types import Key, Temperature
from lims.models.user import User


class Retrieval(Step):
    """Taking the vials of an order out of the cryobank, each before the eyes of two people."""

    __tablename__ = "retrieval"
    __mapper_args__ = {"polymorphic_identity": StepKind.RETRIEVAL}
    __table_args__ = (same_patient("step", "id"), same_patient("vial_order", "order_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    order_id: Mapped[Key] = mapped_column(index=True)

    order: Mapped[Order] = relationship(foreign_keys=[order_id])
    vials: Mapped[list["RetrievedVial"]] = relationship(
        foreign_keys="RetrievedVial.step_id", order_by="RetrievedVial.id"
    )


class RetrievedVial(Material, Versioned):
    """A vial taken out, and when it was back; who thaws it says so in the thaw."""

    __tablename__ = "retrieved_vial"
    __table_args__ = (
        same_patient("step", "step_id"),
        same_patient("vial", "vial_id"),
        CheckConstraint("back_at >= out_at", name="times_in_order"),
        CheckConstraint("taken_by_id <> witnessed_by_id", name="two_people"),
        Index(
            "ux_retrieved_vial_out",
            "vial_id",
            unique=True,
            sqlite_where=text("back_at IS NULL"),
            postgresql_where=text("back_at IS NULL"),
        ),
    )

    step_id: Mapped[Key] = mapped_column(index=True)
    vial_id: Mapped[Key] = mapped_column(index=True)
    out_at: Mapped[datetime]
    taken_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    witnessed_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    back_at: Mapped[datetime | None]

    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])
    taken_by: Mapped[User] = relationship(foreign_keys=[taken_by_id])
    witnessed_by: Mapped[User] = relationship(foreign_keys=[witnessed_by_id])


class Thaw(Step):
    """Thawing the vials of an order into one suspension of a new batch."""

    __tablename__ = "thaw"
    __mapper_args__ = {"polymorphic_identity": StepKind.THAW}
    __table_args__ = (
        same_patient("step", "id"),
        same_patient("vial_order", "order_id"),
        same_patient("suspension", "suspension_id"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    order_id: Mapped[Key] = mapped_column(index=True)
    suspension_id: Mapped[Key | None] = mapped_column()
    bath_temperature_c: Mapped[Temperature | None]
    aborted_reason: Mapped[str | None]
    """Why no cells were got; the vials are used up nevertheless."""

    order: Mapped[Order] = relationship(foreign_keys=[order_id])
    thawed: Mapped[list["ThawedVial"]] = relationship(
        foreign_keys="ThawedVial.step_id", order_by="ThawedVial.id"
    )


class ThawedVial(Material):
    """A vial that was thawed, once and for all."""

    __tablename__ = "thawed_vial"
    __table_args__ = (
        same_patient("step", "step_id"),
        same_patient("vial", "vial_id"),
        UniqueConstraint("vial_id"),
        CheckConstraint("seconds_warming > 0", name="seconds_positive"),
    )

    step_id: Mapped[Key] = mapped_column(index=True)
    vial_id: Mapped[Key] = mapped_column()
    thawed_at: Mapped[datetime]
    """When it went into the bath."""
    seconds_warming: Mapped[int | None] = mapped_column(info={"unit": "s"})
    """In the bath, until a sliver of ice was left."""

    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])


class BatchVial(Material):
    """A frozen vial that is a starting material of a batch."""

    __tablename__ = "batch_vial"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("vial", "vial_id"),
        UniqueConstraint("vial_id"),
    )

    batch_id: Mapped[Key] = mapped_column(index=True)
    vial_id: Mapped[Key] = mapped_column()
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])


class Transfer(Step):
    """Handing vials over to another bank or laboratory."""

    __tablename__ = "transfer"
    __mapper_args__ = {"polymorphic_identity": StepKind.TRANSFER}
    __table_args__ = (same_patient("step", "id"), same_patient("vial_order", "order_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    order_id: Mapped[Key] = mapped_column(index=True)
    receiver: Mapped[str]
    courier: Mapped[str | None]
    temperature_c: Mapped[Temperature | None]

    order: Mapped[Order] = relationship(foreign_keys=[order_id])


class Destruction(Step):
    """Destroying the vials of an order, by two signatures and the document it rests on."""

    __tablename__ = "destruction"
    __mapper_args__ = {"polymorphic_identity": StepKind.DESTRUCTION}
    __table_args__ = (same_patient("step", "id"), same_patient("vial_order", "order_id"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()
    order_id: Mapped[Key] = mapped_column(index=True)
    how: Mapped[str]

    order: Mapped[Order] = relationship(foreign_keys=[order_id])
