"""What was written on paper before it was entered, of acts that are no step of their own."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Material, same_patient
from lims.models.types import Key, Sha256
from lims.models.user import User


class VialOnPaper(Material):
    """A vial that was placed, or discarded, before it was entered: by whom and when, who typed."""

    __tablename__ = "vial_on_paper"
    __table_args__ = (
        same_patient("vial", "vial_id"),
        same_patient("placement", "placement_id"),
        CheckConstraint("recorded_at >= performed_at", name="performed_before_recorded"),
    )

    vial_id: Mapped[Key] = mapped_column(index=True)
    placement_id: Mapped[Key | None] = mapped_column(index=True)
    """None where it was discarded."""
    performed_at: Mapped[datetime]
    performed_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    late_reason: Mapped[str | None]
    sha256: Mapped[Sha256 | None]
    """Of the scan of the paper."""

    performed_by: Mapped[User] = relationship(foreign_keys=[performed_by_id])
    recorded_by: Mapped[User] = relationship(foreign_keys=[recorded_by_id])


class ReadingOnPaper(Base):
    """Who looked at the tank, where another typed it, and the paper it was written on."""

    __tablename__ = "reading_on_paper"

    reading_id: Mapped[Key] = mapped_column(ForeignKey("storage_reading.id"), unique=True)
    read_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    sha256: Mapped[Sha256 | None]

    read_by: Mapped[User] = relationship(foreign_keys=[read_by_id])
