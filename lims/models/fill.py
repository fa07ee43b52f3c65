"""A fill: the doses, or the vials, filled from one suspension in one operation."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.errors import OnTheTube
from lims.models.base import Material, Tracked, same_patient
from lims.models.batch import Batch
from lims.models.course import PlannedAdministration, TransplantationSession
from lims.models.lot import Lot
from lims.models.patient import Patient
from lims.models.sampled import Sampled
from lims.models.signature import Meaning, Signature
from lims.models.step import Step
from lims.models.suspension import Withdrawal
from lims.models.types import Cells, Key, Passage, Volume, closed

if TYPE_CHECKING:
    from lims.models.aliquot import Aliquot
    from lims.models.earlier import EarlierVial


class FillKind(StrEnum):
    DOSES = "doses"
    VIALS = "vials"


class FillStatus(StrEnum):
    FILLED = "filled"
    QUARANTINED = "quarantined"
    PRODUCTION_REVIEWED = "production_reviewed"
    CONDITIONAL = "conditional"
    RELEASED = "released"
    REJECTED = "rejected"
    RECALLED = "recalled"
    DESTROYED = "destroyed"


NOT_DECIDED = (FillStatus.QUARANTINED, FillStatus.PRODUCTION_REVIEWED)
TO_DECIDE = (*NOT_DECIDED, FillStatus.CONDITIONAL)
"""Of which a release is still to be signed."""


class Fill(Tracked, Material):
    """What QC, review, release, rejection and recall attach to."""

    __tablename__ = "fill"
    kind_of_code = "FL"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("withdrawal", "withdrawal_id"),
        same_patient("step", "made_by_id"),
        CheckConstraint("passage >= 0", name="passage_not_negative"),
        CheckConstraint("expires_at > filled_at", name="expires_after_filling"),
    )

    batch_id: Mapped[Key] = mapped_column(index=True)
    made_by_id: Mapped[Key] = mapped_column(index=True)
    kind: Mapped[FillKind] = closed(FillKind)
    withdrawal_id: Mapped[Key] = mapped_column(unique=True)
    passage: Mapped[Passage]
    vehicle: Mapped[str]
    """What the cells are suspended in: the item of its lot, or as it was written."""
    vehicle_lot_id: Mapped[Key | None] = mapped_column(ForeignKey("lot.id"), index=True)
    filled_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    status: Mapped[FillStatus] = closed(FillStatus, index=True)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    made_by: Mapped[Step] = relationship(foreign_keys=[made_by_id])
    withdrawal: Mapped[Withdrawal] = relationship(foreign_keys=[withdrawal_id])
    vehicle_lot: Mapped[Lot | None] = relationship(foreign_keys=[vehicle_lot_id])
    doses: Mapped[list["Dose"]] = relationship(
        foreign_keys="Dose.fill_id", order_by="Dose.id", back_populates="fill"
    )
    vials: Mapped[list["Vial"]] = relationship(
        foreign_keys="Vial.fill_id", order_by="Vial.id", back_populates="fill"
    )
    dispositions: Mapped[list["Disposition"]] = relationship(
        foreign_keys="Disposition.fill_id", order_by="Disposition.id"
    )

    @property
    def containers(self) -> list["Dose | Vial"]:
        return [*self.doses, *self.vials]

    @property
    def suspended_in(self) -> str:
        """With the code of its lot, where one was scanned."""
        return f"{self.vehicle}, {self.vehicle_lot.code}" if self.vehicle_lot else self.vehicle

    @property
    def to_give(self) -> list["Dose"]:
        """Its doses: a syringe that samples emptied is none."""
        return [dose for dose in self.doses if not dose.is_used_up]


class Decision(StrEnum):
    REVIEWED = "reviewed"
    CHANGE_ASKED = "change_asked"
    CONDITIONAL = "conditional"
    RELEASED = "released"
    REJECTED = "rejected"
    RECALLED = "recalled"


MEANS = {
    Decision.REVIEWED: Meaning.REVIEWED,
    Decision.CHANGE_ASKED: Meaning.INVALIDATED,
    Decision.CONDITIONAL: Meaning.RELEASED_CONDITIONALLY,
    Decision.RELEASED: Meaning.RELEASED,
    Decision.REJECTED: Meaning.REJECTED,
    Decision.RECALLED: Meaning.RECALLED,
}
"""What the signature of each decision means; the database refuses any other."""


class Disposition(Material):
    """One signed decision on a fill; a row, never overwritten."""

    __tablename__ = "disposition"
    __table_args__ = (same_patient("fill", "fill_id"),)

    fill_id: Mapped[Key] = mapped_column(index=True)
    decision: Mapped[Decision] = closed(Decision)
    reason: Mapped[str | None]
    told: Mapped[str | None]
    """Who at the clinic was told, where doses had left the laboratory already."""
    exceptions: Mapped[str]
    """What was not as usual, as it was shown to the signer; *none* is written too."""
    signature_id: Mapped[Key] = mapped_column(ForeignKey("signature.id"))
    decided_at: Mapped[datetime] = mapped_column(default=clock.now)

    fill: Mapped[Fill] = relationship(foreign_keys=[fill_id], overlaps="dispositions")
    signature: Mapped[Signature] = relationship(lazy="joined", innerjoin=True)


class DoseStatus(StrEnum):
    LABELLED = "labelled"
    QUARANTINED = "quarantined"
    AVAILABLE = "available"
    ISSUED = "issued"
    RECEIVED = "received"
    ADMINISTERED = "administered"
    EXPIRED = "expired"
    RETURNED = "returned"
    DISCARDED = "discarded"


class Dose(Sampled, Tracked, Material):
    """One syringe of the product, for one planned administration."""

    __tablename__ = "dose"
    kind_of_code = "DS"
    __table_args__ = (
        same_patient("fill", "fill_id"),
        same_patient("transplantation_session", "session_id"),
        same_patient("planned_administration", "planned_administration_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("viable_cells >= 0", name="cells_not_negative"),
    )

    fill_id: Mapped[Key] = mapped_column(index=True)
    session_id: Mapped[Key] = mapped_column(index=True)
    planned_administration_id: Mapped[Key | None] = mapped_column()
    volume_ml: Mapped[Volume]
    viable_cells: Mapped[Cells]
    status: Mapped[DoseStatus] = closed(DoseStatus, index=True)

    fill: Mapped[Fill] = relationship(foreign_keys=[fill_id], back_populates="doses")
    session: Mapped[TransplantationSession] = relationship(foreign_keys=[session_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    planned: Mapped[PlannedAdministration | None] = relationship(
        foreign_keys=[planned_administration_id]
    )
    aliquots: Mapped[list["Aliquot"]] = relationship(
        foreign_keys="Aliquot.dose_id", order_by="Aliquot.id", back_populates="dose"
    )

    def left_cells(self, until: datetime | None = None) -> int:
        """Viable cells of what is left."""
        return self.share_of(self.viable_cells, until)


class VialStatus(StrEnum):
    LABELLED = "labelled"
    FREEZING = "freezing"
    STORED = "stored"
    RESERVED = "reserved"
    RETRIEVED = "retrieved"
    THAWED = "thawed"
    USED = "used"
    COMPROMISED = "compromised"
    TRANSFERRED = "transferred"
    DISCARDED = "discarded"
    VOID = "void"


class Vial(Sampled, Tracked, Material):
    """One aliquot of cells filled to be frozen."""

    __tablename__ = "vial"
    kind_of_code = "VL"
    __table_args__ = (
        same_patient("fill", "fill_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint("viable_cells >= 0", name="cells_not_negative"),
        Index("ix_vial_patient_id_status", "patient_id", "status"),
    )

    fill_id: Mapped[Key] = mapped_column(index=True)
    volume_ml: Mapped[Volume]
    viable_cells: Mapped[Cells | None]
    status: Mapped[VialStatus] = closed(VialStatus, index=True)

    fill: Mapped[Fill] = relationship(foreign_keys=[fill_id], back_populates="vials")
    patient: Mapped[Patient] = relationship(viewonly=True)
    aliquots: Mapped[list["Aliquot"]] = relationship(
        foreign_keys="Aliquot.vial_id", order_by="Aliquot.id", back_populates="vial"
    )
    earlier: Mapped["EarlierVial | None"] = relationship(
        foreign_keys="EarlierVial.vial_id", viewonly=True, lazy="joined"
    )

    @property
    def earlier_number(self) -> str | None:
        """What stands on it in place of a label of ours; wherever it is named, this is too."""
        return self.earlier.number if self.earlier else None

    @property
    def on_the_tube(self) -> OnTheTube:
        """What is read on it, and its code: the way a sentence or a list names it."""
        return OnTheTube(self.code, self.earlier_number)

    def left_cells(self, until: datetime | None = None) -> int | None:
        """Viable cells of what is left; None where they were never counted."""
        return None if self.viable_cells is None else self.share_of(self.viable_cells, until)
