"""Storage agreements: the contracts under which cells are kept beyond what a course needs."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Versioned
from lims.models.types import Key, Sha256, closed
from lims.models.user import User


class AfterDeath(StrEnum):
    """What the patient wants done with the cells after death."""

    DESTROY = "destroy"
    KEEP_FOR_HEIRS = "keep_for_heirs"
    RESEARCH = "research"
    NOT_SAID = "not_said"


class StorageAgreement(Material, Versioned):
    """The contract under which a patient's cells are kept beyond what the course needs."""

    __tablename__ = "storage_agreement"
    __table_args__ = (
        CheckConstraint("paid_until >= starts_on", name="paid_from_its_start"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
        Index(
            "ux_storage_agreement_in_force",
            "patient_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    number: Mapped[str]
    signed_on: Mapped[date]
    starts_on: Mapped[date]
    paid_until: Mapped[date | None]
    """None where it is for an unlimited time."""
    permitted_uses: Mapped[str]
    after_death: Mapped[AfterDeath] = closed(AfterDeath)
    document_sha256: Mapped[Sha256 | None]
    """Of the signed paper in the file store."""
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]

    recorded_by: Mapped[User] = relationship(foreign_keys=[recorded_by_id])
