"""What somebody has typed into a form and not sent yet."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import Base
from lims.models.types import Key


class Draft(Base):
    """A form half filled in: its owner's alone, no record, and gone once it is sent.

    What is gone is emptied: the row waits for the owner's next draft, as no row is deleted.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("user_id", "address", "form"),
        CheckConstraint("(typed IS NULL) = (saved_at IS NULL)", name="typed_once_saved"),
    )

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    address: Mapped[str]
    """Where the form is sent to."""
    form: Mapped[str]
    """The name of its class: several forms may be sent to one address."""
    page: Mapped[str]
    """Where it is filled in."""
    title: Mapped[str]
    """What that page calls itself, by language, in JSON."""
    key: Mapped[str]
    """Under which the form would be sent: a draft of one that was carried out is no more."""
    version: Mapped[int | None]
    """Of the record that the page showed."""
    typed: Mapped[str | None] = mapped_column(Text)
    """Its fields as [[name, value], …] in JSON; never a password, a PIN or a file."""
    saved_at: Mapped[datetime | None]
