"""Signatures: who signed, what it meant, when, and the hash of exactly what was shown."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Versioned
from lims.models.types import Key, Named, Sha256, closed
from lims.models.user import User


class Meaning(StrEnum):
    PERFORMED = "performed"
    VERIFIED = "verified"
    APPROVED = "approved"
    REVIEWED = "reviewed"
    RELEASED = "released"
    RELEASED_CONDITIONALLY = "released_conditionally"
    REJECTED = "rejected"
    RECALLED = "recalled"
    DISCARDED = "discarded"
    DESTROYED = "destroyed"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    RETRIEVED = "retrieved"
    TRANSFERRED = "transferred"
    KEPT = "kept"
    HANDED_OVER = "handed_over"
    ADMINISTERED = "administered"
    LINKED = "linked"
    OVERRIDDEN = "overridden"
    INVALIDATED = "invalidated"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"
    LIFTED = "lifted"
    MOVED_TO_SPECIFICATION = "moved_to_specification"


class Signature(Base):
    """One electronic signature; it shows as no longer valid once what was signed changes."""

    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_subject", "subject_table", "subject_id"),)

    user_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"), index=True)
    printed_name: Mapped[str]
    meaning: Mapped[Meaning] = closed(Meaning)
    signed_at: Mapped[datetime] = mapped_column(default=clock.now)
    subject_table: Mapped[str]
    subject_id: Mapped[Key]
    subject_code: Mapped[str] = mapped_column(index=True)
    shown_sha256: Mapped[Sha256]
    reason: Mapped[str | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class PendingSignature(Versioned):
    """The first of two signatures, waiting (24 h at most) for a second person."""

    __tablename__ = "pending_signature"
    __table_args__ = (Index("ix_pending_signature_subject", "subject_table", "subject_id"),)

    command: Mapped[Named]
    subject_table: Mapped[str]
    subject_id: Mapped[Key]
    first_signature_id: Mapped[Key] = mapped_column(ForeignKey("signature.id"))
    expires_at: Mapped[datetime]
    second_signature_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))

    first: Mapped[Signature] = relationship(foreign_keys=[first_signature_id])
    second: Mapped[Signature | None] = relationship(foreign_keys=[second_signature_id])
