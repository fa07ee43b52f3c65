"""A suspension: a pool of one patient's cells in one tube, what is counted and what leaves it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Tracked, Versioned, same_patient
from lims.models.batch import Batch
from lims.models.patient import Patient
from lims.models.step import Step
from lims.models.types import Cells, Doublings, Key, Passage, Percent, Volume, closed
from lims.models.user import User

if TYPE_CHECKING:
    from lims.models.vessel import Vessel


class SuspensionOrigin(StrEnum):
    ISOLATION = "isolation"
    HARVEST = "harvest"
    THAW = "thaw"
    POOL = "pool"
    WASH = "wash"
    CONCENTRATION = "concentration"
    TAKEOVER = "takeover"


class SuspensionStatus(StrEnum):
    MADE = "made"
    EMPTIED = "emptied"
    DISCARDED = "discarded"


class Suspension(Tracked, Material):
    """Cells in one tube; what leaves it is a volume, and cells are volume × concentration."""

    __tablename__ = "suspension"
    kind_of_code = "SU"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("step", "made_by_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("passage >= -1", name="passage_known"),
        CheckConstraint("freeze_thaws >= 0", name="freeze_thaws_not_negative"),
    )

    batch_id: Mapped[Key] = mapped_column(index=True)
    made_by_id: Mapped[Key] = mapped_column(index=True)
    origin: Mapped[SuspensionOrigin] = closed(SuspensionOrigin, index=True)
    passage: Mapped[Passage]
    cumulative_doublings: Mapped[Doublings | None]
    """None where a parent's doublings are unknown; 0 up to the first counted passage."""
    freeze_thaws: Mapped[int] = mapped_column(default=0, info={"unit": "times"})
    """How often its cells were frozen and thawed, along the way where it was most often."""
    volume_ml: Mapped[Volume]
    status: Mapped[SuspensionStatus] = closed(SuspensionStatus, index=True)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    made_by: Mapped[Step] = relationship(foreign_keys=[made_by_id])
    counts: Mapped[list["CellCount"]] = relationship(
        foreign_keys="CellCount.suspension_id", order_by="CellCount.id"
    )
    withdrawals: Mapped[list["Withdrawal"]] = relationship(
        foreign_keys="Withdrawal.suspension_id", order_by="Withdrawal.id"
    )

    @property
    def count(self) -> "CellCount | None":
        """The count of record; None where the cells were not counted."""
        return next((count for count in self.counts if count.superseded_at is None), None)

    @property
    def viable_per_ml(self) -> Decimal | None:
        """Viable cells per mL by the count of record, unrounded."""
        return None if self.count is None else Decimal(self.count.live) / self.count.volume_ml

    @property
    def remaining_ml(self) -> Decimal:
        return self.volume_ml - sum((w.volume_ml for w in self.withdrawals), Decimal(0))


class CountMethod(StrEnum):
    HEMOCYTOMETER = "hemocytometer"
    AUTOMATED = "automated"
    FLOW = "flow"


class CellCount(Material, Versioned):
    """Live and dead cells in the whole suspension, as counted once by one method."""

    __tablename__ = "cell_count"
    __table_args__ = (
        same_patient("suspension", "suspension_id"),
        same_patient("step", "step_id"),
        CheckConstraint("live >= 0 AND dead >= 0", name="cells_not_negative"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        Index(
            "ux_cell_count_of_record",
            "suspension_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    suspension_id: Mapped[Key] = mapped_column(index=True)
    step_id: Mapped[Key] = mapped_column(index=True)
    live: Mapped[Cells]
    dead: Mapped[Cells]
    volume_ml: Mapped[Volume]
    """The volume that `live` and `dead` are the cells of."""
    method: Mapped[CountMethod | None] = closed(CountMethod, nullable=True)
    """None: earlier records do not say."""
    told_viability_pct: Mapped[Percent | None]
    """As earlier records give it in place of the dead cells, which follow from it."""
    counted_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    counted_at: Mapped[datetime] = mapped_column(default=clock.now)
    superseded_at: Mapped[datetime | None]
    correction_reason: Mapped[str | None]
    """Why this count took the place of one that was mistyped in the same step."""

    suspension: Mapped[Suspension] = relationship(foreign_keys=[suspension_id], overlaps="counts")
    counted_by: Mapped[User] = relationship(foreign_keys=[counted_by_id])


class Purpose(StrEnum):
    SEEDING = "seeding"
    PROCESSING = "processing"
    FILLING = "filling"
    SAMPLING = "sampling"
    RETENTION = "retention"
    WASTE = "waste"


class Withdrawal(Material):
    """A volume that left a suspension; together never more than the suspension held (trigger)."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        same_patient("suspension", "suspension_id"),
        same_patient("step", "step_id"),
        same_patient("suspension", "into_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("into_id <> suspension_id", name="into_another"),
    )

    suspension_id: Mapped[Key] = mapped_column(index=True)
    step_id: Mapped[Key] = mapped_column(index=True)
    purpose: Mapped[Purpose] = closed(Purpose)
    volume_ml: Mapped[Volume]
    viable_cells: Mapped[Cells | None]
    """Volume × concentration of record at that moment; None where not counted."""
    into_id: Mapped[Key | None] = mapped_column(index=True)
    """The suspension it was pooled, washed or concentrated into."""

    suspension: Mapped[Suspension] = relationship(
        foreign_keys=[suspension_id], overlaps="withdrawals"
    )
    step: Mapped[Step] = relationship(foreign_keys=[step_id])
    into: Mapped[Suspension | None] = relationship(foreign_keys=[into_id])
    vessel: Mapped["Vessel | None"] = relationship(
        foreign_keys="Vessel.withdrawal_id", viewonly=True
    )
    """The vessel it was seeded into."""
