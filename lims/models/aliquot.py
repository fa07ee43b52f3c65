"""Aliquots, the tests asked of them, and their results."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, and_, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from lims import clock
from lims.models.base import Coded, Material, Tracked, Versioned, exactly_one, same_patient
from lims.models.batch import Batch
from lims.models.fill import Dose, Fill, Vial
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.signature import Meaning, Signature
from lims.models.specification import SpecificationTest
from lims.models.step import Step
from lims.models.suspension import Withdrawal
from lims.models.types import Key, Measured, Volume, closed
from lims.models.user import User
from lims.models.vessel import Vessel

if TYPE_CHECKING:
    from lims.models.qc_run import QcRunMember


class AliquotUse(StrEnum):
    TESTING = "testing"
    RETENTION = "retention"


class Aliquot(Coded, Versioned, Material):
    """A portion taken for testing or retention from exactly one source."""

    __tablename__ = "aliquot"
    kind_of_code = "QC"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("step", "step_id"),
        same_patient("sample", "sample_id"),
        same_patient("vessel", "vessel_id"),
        same_patient("withdrawal", "withdrawal_id"),
        same_patient("dose", "dose_id"),
        same_patient("vial", "vial_id"),
        exactly_one("sample_id", "vessel_id", "withdrawal_id", "dose_id", "vial_id"),
        CheckConstraint("volume_ml > 0", name="volume_positive"),
        CheckConstraint(
            "volume_ml IS NOT NULL OR dose_id IS NULL AND vial_id IS NULL",
            name="volume_out_of_what_was_filled",
        ),
    )

    batch_id: Mapped[Key] = mapped_column(index=True)
    step_id: Mapped[Key] = mapped_column(index=True)
    sample_id: Mapped[Key | None] = mapped_column(index=True)
    vessel_id: Mapped[Key | None] = mapped_column(index=True)
    """Spent medium of this vessel."""
    withdrawal_id: Mapped[Key | None] = mapped_column(unique=True)
    """A volume of a suspension."""
    dose_id: Mapped[Key | None] = mapped_column(index=True)
    vial_id: Mapped[Key | None] = mapped_column(index=True)
    use: Mapped[AliquotUse] = closed(AliquotUse)
    volume_ml: Mapped[Volume | None]
    taken_at: Mapped[datetime]

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    step: Mapped[Step] = relationship(foreign_keys=[step_id])
    sample: Mapped[Sample | None] = relationship(foreign_keys=[sample_id])
    vessel: Mapped[Vessel | None] = relationship(foreign_keys=[vessel_id])
    withdrawal: Mapped[Withdrawal | None] = relationship(foreign_keys=[withdrawal_id])
    dose: Mapped[Dose | None] = relationship(foreign_keys=[dose_id], back_populates="aliquots")
    vial: Mapped[Vial | None] = relationship(foreign_keys=[vial_id], back_populates="aliquots")
    tests: Mapped[list["QcTest"]] = relationship(
        foreign_keys="QcTest.aliquot_id", order_by="QcTest.id", back_populates="aliquot"
    )


class QcTestStatus(StrEnum):
    REQUESTED = "requested"
    SAMPLED = "sampled"
    RUNNING = "running"
    SENT = "sent"
    ENTERED = "entered"
    VERIFIED = "verified"
    APPROVED = "approved"
    INVALID = "invalid"
    SUPERSEDED = "superseded"


class QcTest(Tracked, Material):
    """One test line of the specification asked of one batch or one fill."""

    __tablename__ = "qc_test"
    kind_of_code = "QT"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("fill", "fill_id"),
        same_patient("aliquot", "aliquot_id"),
        same_patient("qc_test", "repeats_id"),
        CheckConstraint("repeats_id <> id", name="repeats_another"),
        CheckConstraint(
            "status = 'requested' OR aliquot_id IS NOT NULL OR fill_id IS NOT NULL",
            name="of_an_aliquot_or_a_fill",
        ),
        Index("ix_qc_test_batch_id_status", "batch_id", "status"),
    )

    batch_id: Mapped[Key] = mapped_column()
    fill_id: Mapped[Key | None] = mapped_column(index=True)
    aliquot_id: Mapped[Key | None] = mapped_column(index=True)
    specification_test_id: Mapped[Key] = mapped_column(ForeignKey("specification_test.id"))
    repeats_id: Mapped[Key | None] = mapped_column(unique=True)
    """The invalid or superseded test this one repeats."""
    laboratory: Mapped[str | None]
    """The outside laboratory it was sent to."""
    requested_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    verification_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))
    approval_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))
    status: Mapped[QcTestStatus] = closed(QcTestStatus, index=True)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    fill: Mapped[Fill | None] = relationship(foreign_keys=[fill_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    aliquot: Mapped[Aliquot | None] = relationship(
        foreign_keys=[aliquot_id], back_populates="tests"
    )
    line: Mapped[SpecificationTest] = relationship(lazy="joined", innerjoin=True)
    repeats: Mapped["QcTest | None"] = relationship(
        foreign_keys=[repeats_id], remote_side="QcTest.id"
    )
    verification: Mapped[Signature | None] = relationship(foreign_keys=[verification_id])
    approval: Mapped[Signature | None] = relationship(foreign_keys=[approval_id])
    taken_back: Mapped[Signature | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Signature.subject_id) == QcTest.id,
            Signature.subject_table == QcTest.__tablename__,
            Signature.meaning.in_([Meaning.INVALIDATED, Meaning.SUPERSEDED]),
        ),
        viewonly=True,
        uselist=False,
    )
    """Who declared it invalid or let a new one take its place, and why."""
    results: Mapped[list["QcResult"]] = relationship(
        foreign_keys="QcResult.qc_test_id", order_by="QcResult.id", back_populates="qc_test"
    )
    in_runs: Mapped[list["QcRunMember"]] = relationship(
        foreign_keys="QcRunMember.qc_test_id", order_by="QcRunMember.id", viewonly=True
    )


class Comparator(StrEnum):
    EQUAL = "="
    BELOW = "<"
    ABOVE = ">"
    AT_MOST = "<="
    AT_LEAST = ">="


class QcResult(Material, Versioned):
    """One reading of one test (or of one member of an either-or group), as entered.

    A further reading and a correction are new rows; the row before them is superseded and stays.
    """

    __tablename__ = "qc_result"
    __table_args__ = (
        same_patient("qc_test", "qc_test_id"),
        CheckConstraint("days_read >= 0", name="days_not_negative"),
        Index(
            "ux_qc_result_of_record",
            "qc_test_id",
            "member",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    qc_test_id: Mapped[Key] = mapped_column(index=True)
    member: Mapped[str] = mapped_column(default="")
    """The measurement of an either-or group; empty where the test is one measurement."""
    entered: Mapped[str]
    """The result as it was typed."""
    comparator: Mapped[Comparator | None] = closed(Comparator, nullable=True)
    value: Mapped[Measured | None]
    """The number, in the unit of the line; None where the result is a word."""
    computed: Mapped[Measured | None]
    """What the records gave for it when it was typed; None where nothing is computed."""
    method: Mapped[str]
    """As it was done; a method that never closes the line leaves the test open."""
    days_read: Mapped[int | None]
    spike_recovery_pct: Mapped[Measured | None]
    read_at: Mapped[datetime]
    analyst_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    entered_at: Mapped[datetime] = mapped_column(default=clock.now)
    superseded_at: Mapped[datetime | None]
    correction_reason: Mapped[str | None]
    """Why this row took the place of an earlier one; None for a first or a further reading."""

    qc_test: Mapped[QcTest] = relationship(foreign_keys=[qc_test_id], back_populates="results")
    analyst: Mapped[User] = relationship(foreign_keys=[analyst_id])

    def has_unit(self, unit: str) -> bool:
        """Whether whoever typed the result wrote its unit behind it."""
        return self.entered.endswith(unit)

    def days_since(self, started_at: datetime) -> int:
        """Days of the calendar at the site from when its test was begun to when it was read."""
        return (clock.day_of(self.read_at) - clock.day_of(started_at)).days

    @property
    def overtyped(self) -> bool:
        """Whether another figure was typed than the records gave, to the places that were typed."""
        if self.computed is None or self.value is None:
            return False
        typed = self.value.normalize()
        places = Decimal(1).scaleb(min(int(typed.as_tuple().exponent), 0))
        return self.computed.quantize(places, ROUND_HALF_UP) != typed
