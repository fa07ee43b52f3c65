"""What one shift tells the next about a batch; read by everyone, taken over by whoever follows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Versioned, same_patient
from lims.models.batch import Batch
from lims.models.types import Key
from lims.models.user import User


class BatchNote(Material, Versioned):
    """A hand-over note: open from when it is written until somebody takes it over."""

    __tablename__ = "batch_note"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(taken_at IS NULL) = (taken_by_id IS NULL)", name="taken_by_somebody"),
        Index(
            "ix_batch_note_open",
            "batch_id",
            sqlite_where=text("taken_at IS NULL"),
            postgresql_where=text("taken_at IS NULL"),
        ),
    )

    batch_id: Mapped[Key] = mapped_column(index=True)
    text: Mapped[str]
    written_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    taken_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    taken_at: Mapped[datetime | None]

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
    written_by: Mapped[User] = relationship(foreign_keys=[written_by_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])
