"""The cryobank: tanks, boxes and positions; a patient's storage cell and what is placed in it."""

from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Coded, Material, Tracked, Versioned, same_patient
from lims.models.equipment import Equipment, Place
from lims.models.fill import Vial
from lims.models.on_paper import ReadingOnPaper, VialOnPaper
from lims.models.patient import Patient
from lims.models.types import Key, Percent, Temperature, closed
from lims.models.user import User


class Phase(StrEnum):
    VAPOUR = "vapour"
    LIQUID = "liquid"


class Tank(Coded, Versioned):
    """A dewar of liquid nitrogen; its boxes stand in towers, level above level."""

    __tablename__ = "tank"
    kind_of_code = "TK"

    name: Mapped[str] = mapped_column(unique=True)
    phase: Mapped[Phase] = closed(Phase)
    room_id: Mapped[Key] = mapped_column(ForeignKey("place.id"), index=True)
    equipment_id: Mapped[Key] = mapped_column(ForeignKey("equipment.id"), unique=True)
    """The dewar in the register, kept in service; what happens to it is a deviation of that."""
    retired_at: Mapped[datetime | None]

    room: Mapped[Place] = relationship()
    equipment: Mapped[Equipment] = relationship()
    boxes: Mapped[list["Box"]] = relationship(
        order_by="(Box.tower, Box.level)", back_populates="tank"
    )


class Zone(StrEnum):
    """Where material may stand; physical only for what is reactive or not tested."""

    STANDARD = "standard"
    UNTESTED = "untested"
    REACTIVE = "reactive"


class Box(Coded, Versioned):
    """A box of `rows` × `columns` positions on one level of a tower."""

    __tablename__ = "box"
    kind_of_code = "BX"
    __table_args__ = (
        Index(
            "ux_box_standing",
            "tank_id",
            "tower",
            "level",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
        CheckConstraint("rows BETWEEN 1 AND 26 AND columns BETWEEN 1 AND 99", name="size"),
    )

    tank_id: Mapped[Key] = mapped_column(ForeignKey("tank.id"))
    tower: Mapped[str]
    level: Mapped[int]
    rows: Mapped[int]
    columns: Mapped[int]
    zone: Mapped[Zone] = closed(Zone)
    retired_at: Mapped[datetime | None]

    tank: Mapped[Tank] = relationship(back_populates="boxes")
    positions: Mapped[list["Position"]] = relationship(
        order_by="(Position.row_number, Position.column_number)", back_populates="box"
    )


class Position(Base):
    """One place for one vial in a box: row 1 and column 3 are A3."""

    __tablename__ = "position"
    __table_args__ = (
        UniqueConstraint("box_id", "row_number", "column_number"),
        CheckConstraint("row_number >= 1 AND column_number >= 1", name="counted_from_one"),
    )

    box_id: Mapped[Key] = mapped_column(ForeignKey("box.id"))
    row_number: Mapped[int]
    column_number: Mapped[int]

    box: Mapped[Box] = relationship(back_populates="positions")

    @property
    def name(self) -> str:
        return name_of(self.row_number, self.column_number)


@cache
def name_of(row: int, column: int) -> str:
    """What a position is called; both are counted from one."""
    return f"{chr(ord('A') + row - 1)}{column}"


class CellStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class StorageCell(Tracked, Material):
    """The named compartment of the cryobank that is one patient's and is never handed on.

    Before any storage agreement it is a hold cell: it keeps what the course itself will need.
    """

    __tablename__ = "storage_cell"
    kind_of_code = "CE"
    __table_args__ = (
        Index(
            "ux_storage_cell_open",
            "patient_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    name: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    closed_at: Mapped[datetime | None]
    status: Mapped[CellStatus] = closed(CellStatus)

    patient: Mapped[Patient] = relationship(viewonly=True)
    allocations: Mapped[list["Allocation"]] = relationship(
        foreign_keys="Allocation.cell_id", order_by="Allocation.id", back_populates="cell"
    )


class Allocation(Material, Versioned):
    """A position that belongs to a storage cell, from one moment to another."""

    __tablename__ = "allocation"
    __table_args__ = (
        same_patient("storage_cell", "cell_id"),
        CheckConstraint("to_at >= from_at", name="times_in_order"),
        Index(
            "ux_allocation_open",
            "position_id",
            unique=True,
            sqlite_where=text("to_at IS NULL"),
            postgresql_where=text("to_at IS NULL"),
        ),
    )

    position_id: Mapped[Key] = mapped_column(ForeignKey("position.id"), index=True)
    cell_id: Mapped[Key] = mapped_column(index=True)
    from_at: Mapped[datetime] = mapped_column(default=clock.now)
    to_at: Mapped[datetime | None]

    position: Mapped[Position] = relationship()
    cell: Mapped[StorageCell] = relationship(foreign_keys=[cell_id], back_populates="allocations")
    placements: Mapped[list["Placement"]] = relationship(
        foreign_keys="Placement.allocation_id", order_by="Placement.id"
    )


class Removal(StrEnum):
    """Why a vial left its position."""

    MOVED = "moved"
    RETRIEVED = "retrieved"
    DISCARDED = "discarded"
    TRANSFERRED = "transferred"
    MISSING = "missing"


class Placement(Material, Versioned):
    """A vial in a position of its patient's cell, from one moment to another."""

    __tablename__ = "placement"
    __table_args__ = (
        same_patient("vial", "vial_id"),
        same_patient("allocation", "allocation_id"),
        CheckConstraint("removed_at >= placed_at", name="times_in_order"),
        CheckConstraint("(removed_at IS NULL) = (removal IS NULL)", name="removed_with_cause"),
        CheckConstraint("seconds_out >= 0", name="seconds_not_negative"),
        *(
            Index(
                f"ux_placement_open_{column}",
                column,
                unique=True,
                sqlite_where=text("removed_at IS NULL"),
                postgresql_where=text("removed_at IS NULL"),
            )
            for column in ("vial_id", "allocation_id")
        ),
    )

    vial_id: Mapped[Key] = mapped_column(index=True)
    allocation_id: Mapped[Key] = mapped_column(index=True)
    placed_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    placed_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    seconds_out: Mapped[int | None] = mapped_column(info={"unit": "s"})
    """Out of the cold before it stood here; None where nobody measured it."""
    late_reason: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    removal: Mapped[Removal | None] = closed(Removal, nullable=True)

    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])
    allocation: Mapped[Allocation] = relationship(
        foreign_keys=[allocation_id], overlaps="placements"
    )
    placed_by: Mapped[User] = relationship(foreign_keys=[placed_by_id])
    on_paper: Mapped[VialOnPaper | None] = relationship(viewonly=True)


class StorageReading(Base):
    """What was read at a tank by hand, and whether it was refilled."""

    __tablename__ = "storage_reading"
    __table_args__ = (
        CheckConstraint(
            "temperature_c IS NOT NULL OR level_pct IS NOT NULL", name="something_read"
        ),
        CheckConstraint("level_pct BETWEEN 0 AND 100000", name="level_possible"),
        CheckConstraint("recorded_at >= observed_at", name="observed_before_recorded"),
    )

    tank_id: Mapped[Key] = mapped_column(ForeignKey("tank.id"), index=True)
    observed_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    temperature_c: Mapped[Temperature | None]
    level_pct: Mapped[Percent | None]
    refilled: Mapped[bool]
    late_reason: Mapped[str | None]
    comment: Mapped[str | None]

    tank: Mapped[Tank] = relationship()
    recorded_by: Mapped[User] = relationship()
    on_paper: Mapped[ReadingOnPaper | None] = relationship(viewonly=True)
