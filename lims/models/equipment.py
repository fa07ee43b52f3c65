"""Equipment and its calibrations, and the places where material stands and people work."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims.models.base import Base, Coded, Tracked, Versioned
from lims.models.types import Key, closed


class EquipmentKind(StrEnum):
    SAFETY_CABINET = "safety_cabinet"
    INCUBATOR = "incubator"
    CENTRIFUGE = "centrifuge"
    COUNTER = "counter"
    MICROSCOPE = "microscope"
    REFRIGERATOR = "refrigerator"
    BALANCE = "balance"
    THERMOMETER = "thermometer"
    WATER_BATH = "water_bath"
    ANALYSER = "analyser"
    STORAGE_TANK = "storage_tank"
    CONTROLLED_RATE_FREEZER = "controlled_rate_freezer"
    OTHER = "other"


class EquipmentStatus(StrEnum):
    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    RETIRED = "retired"


class Equipment(Tracked):
    """A piece of equipment; usable while in service and calibrated."""

    __tablename__ = "equipment"
    kind_of_code = "EQ"

    name: Mapped[str]
    kind: Mapped[EquipmentKind] = closed(EquipmentKind)
    serial_number: Mapped[str]
    needs_calibration: Mapped[bool]
    status: Mapped[EquipmentStatus] = closed(EquipmentStatus)

    calibrations: Mapped[list["Calibration"]] = relationship(
        order_by="Calibration.due_on.desc()", back_populates="equipment"
    )


class Calibration(Base):
    """A calibration that was done, and the last day it holds."""

    __tablename__ = "calibration"
    __table_args__ = (CheckConstraint("due_on >= performed_on", name="dates_in_order"),)

    equipment_id: Mapped[Key] = mapped_column(ForeignKey("equipment.id"), index=True)
    performed_on: Mapped[date]
    due_on: Mapped[date]
    certificate: Mapped[str]
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))

    equipment: Mapped[Equipment] = relationship(back_populates="calibrations")


class PlaceKind(StrEnum):
    SITE = "site"
    ROOM = "room"
    PROCESSING_BENCH = "processing_bench"
    RUN_STATION = "run_station"
    SHELF = "shelf"


class Place(Coded, Versioned):
    """A site, a room, a station or a shelf of a piece of equipment; found by its code."""

    __tablename__ = "place"
    kind_of_code = "PL"

    name: Mapped[str]
    kind: Mapped[PlaceKind] = closed(PlaceKind)
    within_id: Mapped[Key | None] = mapped_column(ForeignKey("place.id"), index=True)
    equipment_id: Mapped[Key | None] = mapped_column(ForeignKey("equipment.id"), index=True)
    """The incubator a shelf is of, the cabinet a bench is."""

    within: Mapped["Place | None"] = relationship(foreign_keys=[within_id], remote_side="Place.id")
    equipment: Mapped[Equipment | None] = relationship(foreign_keys=[equipment_id])
