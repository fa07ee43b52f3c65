"""What a run at QC was done with, scanned once for all its tubes; and its sheet on paper."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Versioned
from lims.models.deviation import Deviation
from lims.models.equipment import Equipment
from lims.models.lot import Lot
from lims.models.qc_run import QcRun
from lims.models.types import Key, Quantity, Sha256
from lims.models.user import User


class QcRunSheet(Base):
    """The paper of a run as it was printed, stored once by its content and served as stored.

    It names the tubes of several patients: it goes with the run, and into no record of a batch.
    """

    __tablename__ = "qc_run_sheet"
    __table_args__ = (UniqueConstraint("run_id", "language", "edition"),)

    run_id: Mapped[Key] = mapped_column(ForeignKey("qc_run.id"))
    language: Mapped[str]
    edition: Mapped[int]
    """Of this run; each language counts its own."""
    values_sha256: Mapped[Sha256]
    pdf_sha256: Mapped[Sha256] = mapped_column(index=True)
    audit_seq: Mapped[int]
    audit_hash: Mapped[Sha256]
    made_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    run: Mapped[QcRun] = relationship()
    made_by: Mapped[User] = relationship()


def _once_used(kind: str) -> Index:
    """A lot or a device stands in a run once; what was taken off may be scanned again."""
    return Index(
        f"ux_qc_run_{kind}_used",
        "run_id",
        f"{kind}_id",
        unique=True,
        sqlite_where=text("taken_off_at IS NULL"),
        postgresql_where=text("taken_off_at IS NULL"),
    )


class QcRunSupply(Versioned):
    """What a run was done with: scanned once for all its tubes."""

    __abstract__ = True

    scanned_at: Mapped[datetime] = mapped_column(default=clock.now)
    override_reason: Mapped[str | None]
    taken_off_at: Mapped[datetime | None]
    """It was scanned by mistake and not used."""
    typed: Mapped[bool | None]
    """By hand: no scanner read it; None where this was not asked yet."""

    @declared_attr
    def scanned_by_id(cls) -> Mapped[Key]:
        return mapped_column(ForeignKey("user_account.id"))

    @declared_attr
    def override_by_id(cls) -> Mapped[Key | None]:
        return mapped_column(ForeignKey("user_account.id"))

    @declared_attr
    def deviation_id(cls) -> Mapped[Key | None]:
        """Opened because it was not in order; about every batch whose tube is in the run."""
        return mapped_column(ForeignKey("deviation.id"))

    @declared_attr
    def taken_off_by_id(cls) -> Mapped[Key | None]:
        return mapped_column(ForeignKey("user_account.id"))

    @declared_attr
    def scanned_by(cls) -> Mapped[User]:
        return relationship(foreign_keys=f"{cls.__name__}.scanned_by_id")

    @declared_attr
    def override_by(cls) -> Mapped[User | None]:
        return relationship(foreign_keys=f"{cls.__name__}.override_by_id")

    @declared_attr
    def deviation(cls) -> Mapped[Deviation | None]:
        return relationship(foreign_keys=f"{cls.__name__}.deviation_id")


class QcRunLot(QcRunSupply):
    """A lot scanned into a run, and how much of it was used for all its tubes."""

    __tablename__ = "qc_run_lot"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        _once_used("lot"),
    )

    run_id: Mapped[Key] = mapped_column(ForeignKey("qc_run.id"), index=True)
    lot_id: Mapped[Key] = mapped_column(ForeignKey("lot.id"), index=True)
    quantity: Mapped[Quantity]

    run: Mapped[QcRun] = relationship(back_populates="lots")
    lot: Mapped[Lot] = relationship()


class QcRunEquipment(QcRunSupply):
    """A device scanned into a run."""

    __tablename__ = "qc_run_equipment"
    __table_args__ = (_once_used("equipment"),)

    run_id: Mapped[Key] = mapped_column(ForeignKey("qc_run.id"), index=True)
    equipment_id: Mapped[Key] = mapped_column(ForeignKey("equipment.id"), index=True)

    run: Mapped[QcRun] = relationship(back_populates="equipment")
    equipment: Mapped[Equipment] = relationship()
