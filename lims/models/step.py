"""A step: the record of one operation, by whom, when, with which lots and equipment."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Tracked, Versioned, same_patient
from lims.models.equipment import Equipment, Place
from lims.models.lot import Lot
from lims.models.step_file import StepPaper
from lims.models.types import Code, Key, Named, Passage, Quantity, closed
from lims.models.user import Procedure, User


class StepKind(StrEnum):
    COLLECTION = "collection"
    DISPATCH = "dispatch"
    RECEPTION = "reception"
    ISOLATION = "isolation"
    SEEDING = "seeding"
    FEEDING = "feeding"
    MOVING = "moving"
    OBSERVATION = "observation"
    HARVEST = "harvest"
    PROCESSING = "processing"
    COUNTING = "counting"
    SAMPLING = "sampling"
    DISCARD = "discard"
    FILLING = "filling"
    FREEZING = "freezing"
    RETRIEVAL = "retrieval"
    THAW = "thaw"
    TRANSFER = "transfer"
    DESTRUCTION = "destruction"
    HANDOVER = "handover"
    RECEIPT = "receipt"
    RETURN = "return"
    ADMINISTRATION = "administration"
    TAKEOVER = "takeover"


class StepStatus(StrEnum):
    OPEN = "open"
    RECORDED = "recorded"
    CLOSED = "closed"
    VOID = "void"


class Step(Tracked, Material):
    """One operation on one patient's material; each kind adds its own columns."""

    __tablename__ = "step"
    kind_of_code = "ST"
    __table_args__: Any = (
        same_patient("batch", "batch_id"),
        same_patient("sample", "sample_id"),
        same_patient("transplantation_session", "session_id"),
        CheckConstraint("performed_by_id <> verified_by_id", name="two_people"),
        CheckConstraint(
            "batch_id IS NOT NULL OR sample_id IS NOT NULL OR session_id IS NOT NULL"
            " OR kind IN ('retrieval', 'transfer', 'destruction')",  # those are of an order
            name="of_something",
        ),
        CheckConstraint(
            "status NOT IN ('recorded', 'closed') OR (performed_at IS NOT NULL"
            " AND performed_by_id IS NOT NULL AND recorded_at IS NOT NULL)",
            name="performed_when_recorded",
        ),
        Index("ix_step_batch_id_id", "batch_id", "id"),
    )

    kind: Mapped[StepKind] = closed(StepKind)
    batch_id: Mapped[Key | None] = mapped_column()
    sample_id: Mapped[Key | None] = mapped_column(index=True)
    session_id: Mapped[Key | None] = mapped_column(index=True)
    station_id: Mapped[Key | None] = mapped_column(ForeignKey("place.id"))
    procedure_id: Mapped[Key | None] = mapped_column(ForeignKey("procedure.id"))
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    performed_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    performed_at: Mapped[datetime | None]
    recorded_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """When the performer confirmed what was typed, by being the typist or by password."""
    verified_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    verified_at: Mapped[datetime | None]
    late_reason: Mapped[str | None]
    comment: Mapped[str | None]
    terminal: Mapped[str | None]
    status: Mapped[StepStatus] = closed(StepStatus, index=True)

    station: Mapped[Place | None] = relationship(foreign_keys=[station_id])
    procedure: Mapped[Procedure | None] = relationship(foreign_keys=[procedure_id])
    started_by: Mapped[User] = relationship(foreign_keys=[started_by_id])
    performed_by: Mapped[User | None] = relationship(foreign_keys=[performed_by_id])
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_id])
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])
    lots: Mapped[list["StepLot"]] = relationship(
        foreign_keys="StepLot.step_id", order_by="StepLot.id", back_populates="step"
    )
    equipment: Mapped[list["StepEquipment"]] = relationship(
        foreign_keys="StepEquipment.step_id", order_by="StepEquipment.id", back_populates="step"
    )
    papers: Mapped[list[StepPaper]] = relationship(viewonly=True, order_by=StepPaper.id)
    clearance: Mapped["LineClearance | None"] = relationship(
        foreign_keys="LineClearance.step_id", viewonly=True
    )

    def add_comment(self, comment: str | None) -> None:
        """What was said before stays above it."""
        self.comment = "\n".join(filter(None, (self.comment, comment))) or None

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version, "polymorphic_on": cls.kind}


class StepLot(Material):
    """A lot scanned into a step, and how much of it was used."""

    __tablename__ = "step_lot"
    __table_args__ = (
        same_patient("step", "step_id"),
        UniqueConstraint("step_id", "lot_id"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )

    step_id: Mapped[Key] = mapped_column()
    lot_id: Mapped[Key] = mapped_column(ForeignKey("lot.id"), index=True)
    quantity: Mapped[Quantity]
    scanned_at: Mapped[datetime] = mapped_column(default=clock.now)
    override_reason: Mapped[str | None]
    override_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))

    step: Mapped[Step] = relationship(foreign_keys=[step_id], back_populates="lots")
    lot: Mapped[Lot] = relationship()
    override_by: Mapped[User | None] = relationship(foreign_keys=[override_by_id])


class StepEquipment(Material):
    """A piece of equipment scanned into a step."""

    __tablename__ = "step_equipment"
    __table_args__ = (
        same_patient("step", "step_id"),
        UniqueConstraint("step_id", "equipment_id"),
    )

    step_id: Mapped[Key] = mapped_column()
    equipment_id: Mapped[Key] = mapped_column(ForeignKey("equipment.id"), index=True)
    scanned_at: Mapped[datetime] = mapped_column(default=clock.now)
    override_reason: Mapped[str | None]
    override_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))

    step: Mapped[Step] = relationship(foreign_keys=[step_id], back_populates="equipment")
    equipment: Mapped[Equipment] = relationship()
    override_by: Mapped[User | None] = relationship(foreign_keys=[override_by_id])


class IdentityCheck(Material):
    """Two scans compared during a step: what was expected, what was read."""

    __tablename__ = "identity_check"
    __table_args__ = (same_patient("step", "step_id"),)

    step_id: Mapped[Key] = mapped_column(index=True)
    expected: Mapped[str]
    scanned: Mapped[str]
    matched: Mapped[bool]
    typed: Mapped[bool] = mapped_column(default=False)
    """By hand: no scanner read the label."""
    cleared_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)

    step: Mapped[Step] = relationship(foreign_keys=[step_id])
    cleared_by: Mapped[User | None] = relationship(foreign_keys=[cleared_by_id])


class LineClearance(Material, Versioned):
    """A bench opened for one patient's step and closed again, each checked by a second person."""

    __tablename__ = "line_clearance"
    __table_args__ = (
        same_patient("step", "step_id"),
        CheckConstraint("opened_by_id <> open_checked_by_id", name="opening_two_people"),
        CheckConstraint("closed_by_id <> close_checked_by_id", name="closing_two_people"),
        Index(
            "ux_line_clearance_open",
            "station_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    station_id: Mapped[Key] = mapped_column(ForeignKey("place.id"), index=True)
    step_id: Mapped[Key] = mapped_column(unique=True)
    opened_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    open_checked_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    close_checked_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    closed_at: Mapped[datetime | None]

    station: Mapped[Place] = relationship()
    step: Mapped[Step] = relationship(foreign_keys=[step_id])
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    open_checked_by: Mapped[User] = relationship(foreign_keys=[open_checked_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    close_checked_by: Mapped[User | None] = relationship(foreign_keys=[close_checked_by_id])


class PlannedContainer(Material):
    """A code given out by a step's plan for a container that may come to hold material."""

    __tablename__ = "planned_container"
    __table_args__ = (same_patient("step", "step_id"),)

    step_id: Mapped[Key] = mapped_column(index=True)
    container_code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Named]
    description: Mapped[str | None]
    passage: Mapped[Passage]
    """What the label says before anything is in it; None where it is not known yet."""

    step: Mapped[Step] = relationship(foreign_keys=[step_id])

    @property
    def code(self) -> str:
        return self.container_code
