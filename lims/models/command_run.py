"""What was asked of the system: commands that ran, and refusals worth remembering."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims import clock
from lims.errors import LimsError, Told
from lims.models.base import Base
from lims.models.said import read
from lims.models.types import Code, Key, Named, Said


class CommandRun(Base):
    """A command that was carried out; the same person's same key again answers with its result."""

    __tablename__ = "command_run"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"),)

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    idempotency_key: Mapped[str]
    command: Mapped[Named]
    result_table: Mapped[str | None]
    result_id: Mapped[Key | None]
    ran_at: Mapped[datetime] = mapped_column(default=clock.now)


class Refusal(Base):
    """Something that was tried and refused, kept after the rollback for quality to look at."""

    __tablename__ = "refusal"

    user_id: Mapped[Key | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    terminal: Mapped[str | None]
    command: Mapped[Named]
    error: Mapped[Named]
    """The class of the error, which owns the sentence."""
    sentence: Mapped[str]
    """In the source language, as it was told."""
    said: Mapped[Said | None]
    """The same with its values; None of what was kept before they were."""
    subject_code: Mapped[str | None] = mapped_column(index=True)
    refused_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)

    @property
    def told(self) -> LimsError:
        """What was said, to be said again in whatever language is read."""
        return read(self.said) if self.said else Told("%(sentence)s", sentence=self.sentence)


class EnteredCode(Base):
    """A code that a form took, where no step and no run at QC keeps how it was read."""

    __tablename__ = "entered_code"

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    terminal: Mapped[str | None]
    command: Mapped[Named]
    scanned: Mapped[Code]
    typed: Mapped[bool]
    """By hand: no scanner read it."""
    result_table: Mapped[str | None]
    """What the command made or changed, as its `CommandRun` says it."""
    result_id: Mapped[Key | None]
    entered_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class CodeSerial(Base):
    """The last serial given out for a kind of code in a year."""

    __tablename__ = "code_serial"
    __table_args__ = (UniqueConstraint("kind", "year"),)

    kind: Mapped[str]
    year: Mapped[int]
    last: Mapped[int]


class AllowedTransition(Base):
    """A row of the table of transitions (workflows/states.py), as the triggers read it."""

    __tablename__ = "allowed_transition"
    __table_args__ = (UniqueConstraint("table_name", "from_status", "to_status"),)

    table_name: Mapped[str]
    from_status: Mapped[str]
    """Empty for the status a row starts at."""
    to_status: Mapped[str]
