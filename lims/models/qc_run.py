"""Runs at QC: tubes of several patients tested together at one station, each scanned in."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.aliquot import Aliquot, QcResult, QcTest
from lims.models.base import Material, Tracked, Versioned, same_patient
from lims.models.equipment import Place
from lims.models.patient import Patient
from lims.models.specification import SpecificationTest
from lims.models.types import Key, Sha256, closed
from lims.models.user import User

if TYPE_CHECKING:
    from lims.models.qc_run_used import QcRunEquipment, QcRunLot


class QcRunStatus(StrEnum):
    OPEN = "open"
    READING = "reading"
    PAUSED = "paused"
    CLOSED = "closed"
    VOID = "void"


class QcRun(Tracked):
    """One test done on the tubes that were scanned in, with the lots and devices it was done with.

    It is nobody's material: whose tubes are in it, its members say.
    """

    __tablename__ = "qc_run"
    kind_of_code = "QR"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (status <> 'closed')", name="closed_when_closed"),
    )

    specification_test_id: Mapped[Key] = mapped_column(
        ForeignKey("specification_test.id"), index=True
    )
    """The line it was begun for; each tube is judged by the line of its own batch."""
    procedure: Mapped[str]
    """Number and edition of what it follows."""
    terminal: Mapped[str | None]
    opened_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    reading_since: Mapped[datetime | None]
    """From then on nothing it was done with is taken off it."""
    closed_at: Mapped[datetime | None]
    comment: Mapped[str | None]
    status: Mapped[QcRunStatus] = closed(QcRunStatus, index=True)

    line: Mapped[SpecificationTest] = relationship(lazy="joined", innerjoin=True)
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    stays: Mapped[list["QcRunStay"]] = relationship(order_by="QcRunStay.id", back_populates="run")
    members: Mapped[list["QcRunMember"]] = relationship(
        order_by="QcRunMember.position", back_populates="run"
    )
    lots: Mapped[list["QcRunLot"]] = relationship(order_by="QcRunLot.id", back_populates="run")
    equipment: Mapped[list["QcRunEquipment"]] = relationship(
        order_by="QcRunEquipment.id", back_populates="run"
    )

    @property
    def scanned(self) -> "list[QcRunLot | QcRunEquipment]":
        """Lots, then devices, those taken off again included."""
        return [*self.lots, *self.equipment]

    @property
    def used(self) -> "list[QcRunLot | QcRunEquipment]":
        """The same without what was scanned by mistake."""
        return [each for each in self.scanned if each.taken_off_at is None]


class QcRunStay(Versioned):
    """A run at a station, until the station was cleared and a second person looked."""

    __tablename__ = "qc_run_stay"
    __table_args__ = (
        CheckConstraint("left_by_id <> left_checked_by_id", name="leaving_two_people"),
        CheckConstraint(
            "(left_at IS NULL) = (left_by_id IS NULL)"
            " AND (left_at IS NULL) = (left_checked_by_id IS NULL)",
            name="left_by_two",
        ),
        *(
            Index(
                f"ux_qc_run_stay_open_{column}",
                column,
                unique=True,
                sqlite_where=text("left_at IS NULL"),
                postgresql_where=text("left_at IS NULL"),
            )
            for column in ("run_id", "station_id")
        ),
    )

    run_id: Mapped[Key] = mapped_column(ForeignKey("qc_run.id"), index=True)
    station_id: Mapped[Key] = mapped_column(ForeignKey("place.id"), index=True)
    came_at: Mapped[datetime] = mapped_column(default=clock.now)
    typed: Mapped[bool | None]
    """By hand: no scanner read the station; None where this was not asked yet."""
    came_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    left_at: Mapped[datetime | None]
    left_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    left_checked_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))

    run: Mapped[QcRun] = relationship(back_populates="stays")
    station: Mapped[Place] = relationship()
    came_by: Mapped[User] = relationship(foreign_keys=[came_by_id])
    left_by: Mapped[User | None] = relationship(foreign_keys=[left_by_id])
    left_checked_by: Mapped[User | None] = relationship(foreign_keys=[left_checked_by_id])


class QcRunMember(Material, Versioned):
    """A tube scanned into a run, with the test of it that is done there."""

    __tablename__ = "qc_run_member"
    __table_args__ = (
        same_patient("aliquot", "aliquot_id"),
        same_patient("qc_test", "qc_test_id"),
        UniqueConstraint("run_id", "position"),
        CheckConstraint("position > 0", name="position_positive"),
        Index(
            "ux_qc_run_member_open",
            "qc_test_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    run_id: Mapped[Key] = mapped_column(ForeignKey("qc_run.id"), index=True)
    aliquot_id: Mapped[Key] = mapped_column(index=True)
    qc_test_id: Mapped[Key] = mapped_column(index=True)
    position: Mapped[int]
    """In the run, from 1; of one taken out it stays empty."""
    scanned_at: Mapped[datetime] = mapped_column(default=clock.now)
    scanned_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    typed: Mapped[bool] = mapped_column(default=False)
    """By hand: no scanner read the tube."""
    left_at: Mapped[datetime | None]
    """Since when its test is in no open run: it was taken out, or the run is over."""

    run: Mapped[QcRun] = relationship(back_populates="members")
    patient: Mapped[Patient] = relationship(viewonly=True)
    aliquot: Mapped[Aliquot] = relationship(foreign_keys=[aliquot_id])
    qc_test: Mapped[QcTest] = relationship(foreign_keys=[qc_test_id])
    scanned_by: Mapped[User] = relationship(foreign_keys=[scanned_by_id])
    removal: Mapped["QcRunRemoval | None"] = relationship(
        foreign_keys="QcRunRemoval.member_id", viewonly=True
    )
    results: Mapped[list["QcRunResult"]] = relationship(
        foreign_keys="QcRunResult.member_id", order_by="QcRunResult.id", back_populates="member"
    )


class QcRunRemoval(Material):
    """A tube taken out of a run before it was read there, and why."""

    __tablename__ = "qc_run_removal"
    __table_args__ = (same_patient("qc_run_member", "member_id"), UniqueConstraint("member_id"))

    member_id: Mapped[Key] = mapped_column()
    reason: Mapped[str]
    removed_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    removed_at: Mapped[datetime] = mapped_column(default=clock.now)

    member: Mapped[QcRunMember] = relationship(foreign_keys=[member_id])
    removed_by: Mapped[User] = relationship()


class QcRunResult(Material):
    """A reading of a tube of a run: its tube scanned once more there, or read outside it."""

    __tablename__ = "qc_run_result"
    __table_args__ = (
        same_patient("qc_run_member", "member_id"),
        same_patient("qc_result", "qc_result_id"),
        UniqueConstraint("qc_result_id"),
        CheckConstraint("sha256 IS NULL OR outside_reason IS NOT NULL", name="paper_outside"),
    )

    member_id: Mapped[Key] = mapped_column(index=True)
    qc_result_id: Mapped[Key] = mapped_column()
    typed: Mapped[bool] = mapped_column(default=False)
    """By hand: no scanner read the tube before it was read."""
    outside_reason: Mapped[str | None]
    """Why it was read outside the run; None where its tube was scanned in the run for it."""
    sha256: Mapped[Sha256 | None]
    """Of a scan of what it was written on."""

    member: Mapped[QcRunMember] = relationship(foreign_keys=[member_id], back_populates="results")
    result: Mapped[QcResult] = relationship(foreign_keys=[qc_result_id])
