"""Reagents and consumables: the catalogue, the lots received or prepared, and the stock."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Tracked, Versioned
from lims.models.types import Key, Quantity, closed
from lims.models.user import User


class ItemKind(StrEnum):
    ENZYME = "enzyme"
    MEDIUM = "medium"
    SERUM = "serum"
    BUFFER = "buffer"
    CRYOPROTECTANT = "cryoprotectant"
    VEHICLE = "vehicle"
    CONSUMABLE = "consumable"
    COLLECTION_KIT = "collection_kit"
    TEST_KIT = "test_kit"
    OTHER = "other"


class Item(Versioned):
    """Something bought or prepared in lots, counted in one unit."""

    __tablename__ = "item"

    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ItemKind] = closed(ItemKind)
    unit: Mapped[str]
    maker: Mapped[str | None]
    antibiotics: Mapped[str | None]
    """Antibiotics it contains; compared with the patient's allergies."""


class LotStatus(StrEnum):
    RECEIVED = "received"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    IN_USE = "in_use"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    REJECTED = "rejected"
    RECALLED = "recalled"


class Lot(Tracked):
    """One delivery or one preparation of an item."""

    __tablename__ = "lot"
    kind_of_code = "LT"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        UniqueConstraint("item_id", "maker_number", "received_on"),
    )

    item_id: Mapped[Key] = mapped_column(ForeignKey("item.id"), index=True)
    maker_number: Mapped[str]
    received_on: Mapped[date]
    """For a prepared lot, the day of preparation."""
    expires_on: Mapped[date]
    quantity: Mapped[Quantity]
    storage: Mapped[str | None]
    certificate_seen: Mapped[bool]
    prepared_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[LotStatus] = closed(LotStatus)

    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)
    prepared_by: Mapped[User | None] = relationship(foreign_keys=[prepared_by_id])
    ingredients: Mapped[list["LotIngredient"]] = relationship(
        foreign_keys="LotIngredient.lot_id", back_populates="lot"
    )


class LotIngredient(Base):
    """What of another lot went into a lot prepared in house."""

    __tablename__ = "lot_ingredient"
    __table_args__ = (
        UniqueConstraint("lot_id", "ingredient_id"),
        CheckConstraint("lot_id <> ingredient_id", name="of_another_lot"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    lot_id: Mapped[Key] = mapped_column(ForeignKey("lot.id"))
    ingredient_id: Mapped[Key] = mapped_column(ForeignKey("lot.id"), index=True)
    quantity: Mapped[Quantity]

    lot: Mapped[Lot] = relationship(foreign_keys=[lot_id], back_populates="ingredients")
    ingredient: Mapped[Lot] = relationship(
        foreign_keys=[ingredient_id], lazy="joined", innerjoin=True
    )


class StockCorrection(Base):
    """A counted difference of a lot's stock, with its reason; negative where there was less."""

    __tablename__ = "stock_correction"

    lot_id: Mapped[Key] = mapped_column(ForeignKey("lot.id"), index=True)
    difference: Mapped[Quantity]
    reason: Mapped[str]
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
