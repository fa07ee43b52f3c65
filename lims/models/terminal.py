"""Terminals: the browsers of the laboratory that are known by name."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Coded, Versioned
from lims.models.equipment import Place
from lims.models.types import Key, Sha256


class Terminal(Coded, Versioned):
    """A browser at a bench, a desk or a dewar, registered by an administrator in front of it."""

    __tablename__ = "terminal"
    __table_args__ = (
        CheckConstraint("sound_volume BETWEEN 0 AND 100", name="sound_volume_in_range"),
        CheckConstraint(
            "(retired_at IS NULL) = (token_sha256 IS NOT NULL)", name="retired_knows_no_browser"
        ),
    )
    kind_of_code = "TM"

    name: Mapped[str]
    place_id: Mapped[Key | None] = mapped_column(ForeignKey("place.id"))
    printer_name: Mapped[str | None]
    """The label printer beside it, as the system calls it; None: labels are opened as files."""
    scanner_preamble: Mapped[str | None]
    """What its scanner sends before each code; None: a scan is known by its speed."""
    sound_volume: Mapped[int] = mapped_column(default=60, info={"unit": "%"})
    """0 is silent."""
    token_sha256: Mapped[Sha256 | None] = mapped_column(unique=True)
    """Of the secret that the browser keeps in a cookie."""
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    registered_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    retired_at: Mapped[datetime | None]

    place: Mapped[Place | None] = relationship(foreign_keys=[place_id])
