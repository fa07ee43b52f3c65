"""A culture vessel: what was seeded into it, where it stands, what was seen in it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Tracked, Versioned, same_patient
from lims.models.batch import Batch
from lims.models.equipment import Place
from lims.models.patient import Patient
from lims.models.suspension import Suspension, Withdrawal
from lims.models.types import Area, Cells, Key, Passage, closed


class VesselStatus(StrEnum):
    SEEDED = "seeded"
    CULTURING = "culturing"
    HARVESTED = "harvested"
    CONTAMINATED = "contaminated"
    DISCARDED = "discarded"
    TERMINATED = "terminated"


class Vessel(Tracked, Material):
    """A culture flask or factory with one patient's cells attached in it."""

    __tablename__ = "vessel"
    kind_of_code = "VE"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("withdrawal", "withdrawal_id"),
        same_patient("suspension", "harvested_into_id"),
        CheckConstraint("passage >= 0", name="passage_not_negative"),
        CheckConstraint("growth_area_cm2 > 0", name="growth_area_positive"),
        CheckConstraint(
            "(status = 'harvested') = (harvested_into_id IS NOT NULL)", name="harvested_into"
        ),
    )

    batch_id: Mapped[Key] = mapped_column(index=True)
    withdrawal_id: Mapped[Key] = mapped_column(unique=True)
    """What was seeded: a volume of one suspension."""
    vessel_type: Mapped[str]
    growth_area_cm2: Mapped[Area]
    passage: Mapped[Passage]
    seeded_cells: Mapped[Cells | None]
    """Viable cells seeded; None where the suspension was not counted."""
    seeded_at: Mapped[datetime]
    harvested_into_id: Mapped[Key | None] = mapped_column(index=True)
    status: Mapped[VesselStatus] = closed(VesselStatus, index=True)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    withdrawal: Mapped[Withdrawal] = relationship(foreign_keys=[withdrawal_id])
    harvested_into: Mapped[Suspension | None] = relationship(foreign_keys=[harvested_into_id])
    standings: Mapped[list["VesselStanding"]] = relationship(
        foreign_keys="VesselStanding.vessel_id", order_by="VesselStanding.id"
    )

    @property
    def standing(self) -> "VesselStanding | None":
        """Where it stands now."""
        return next((s for s in self.standings if s.left_at is None), None)


class VesselStanding(Material, Versioned):
    """A vessel on a shelf, from one moment to another; one open standing a vessel."""

    __tablename__ = "vessel_standing"
    __table_args__ = (
        same_patient("vessel", "vessel_id"),
        same_patient("step", "step_id"),
        Index(
            "ux_vessel_standing_open",
            "vessel_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    vessel_id: Mapped[Key] = mapped_column(index=True)
    place_id: Mapped[Key] = mapped_column(ForeignKey("place.id"), index=True)
    step_id: Mapped[Key] = mapped_column(index=True)
    stood_at: Mapped[datetime] = mapped_column(default=clock.now)
    left_at: Mapped[datetime | None]

    vessel: Mapped[Vessel] = relationship(foreign_keys=[vessel_id], overlaps="standings")
    place: Mapped[Place] = relationship()
