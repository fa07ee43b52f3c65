"""Jobs of the worker: what it is to do, what it did, and what it said of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lims import clock
from lims.errors import LimsError
from lims.models import said
from lims.models.base import Base
from lims.models.types import Key, Said, closed

_OPEN = text("status IN ('due', 'running')")


class JobStatus(StrEnum):
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One thing the worker does once: for a day, or because somebody asked for it."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("kind", "period"),
        Index(
            "ux_job_open",
            "kind",
            "subject_code",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint(
            "status <> 'running' OR (claimed_at IS NOT NULL AND claimed_by IS NOT NULL"
            " AND lease_until IS NOT NULL)",
            name="running_is_claimed",
        ),
    )

    kind: Mapped[str]
    """A name of KINDS in workflows/jobs.py."""
    subject_code: Mapped[str] = mapped_column(default="")
    """What the job is about, such as an import; empty where its kind says it all."""
    period: Mapped[date | None]
    """The day whose job this is; None where somebody asked for it."""
    asked_by_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[JobStatus] = closed(JobStatus)
    attempts: Mapped[int] = mapped_column(default=0)
    """Since it was made, or since somebody said to try it again."""
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    """Host and process of the worker."""
    lease_until: Mapped[datetime | None]
    """Past it the worker is taken for dead, and another may claim the job."""
    finished_at: Mapped[datetime | None]
    said: Mapped[Said | None]
    """What it did, or why it failed."""

    @property
    def told(self) -> LimsError | None:
        return None if self.said is None else said.read(self.said)


class WorkerRound(Base):
    """When a worker last looked for what is due: one row, whoever it was."""

    __tablename__ = "worker_round"

    at: Mapped[datetime]
    worker: Mapped[str]


class Reminder(Base):
    """The day up to which a person was reminded by mail: one row a person."""

    __tablename__ = "reminder"

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"), unique=True)
    day: Mapped[date]
    begun_at: Mapped[datetime]
    """Before the mail goes out: who is killed then does not send it a second time."""
    sent_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    """When it certainly did not go out, so that it may be tried again."""
