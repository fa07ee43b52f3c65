"""Reviews of the audit trail: which entries quality looked through, and what it found."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from lims import clock
from lims.models.base import Base
from lims.models.deviation import Deviation
from lims.models.signature import Signature
from lims.models.types import Key, Sha256
from lims.models.user import User


class AuditReview(Base):
    """The entries of the trail from one number to another, looked through by quality and signed;
    it begins where the one before it ended."""

    __tablename__ = "audit_review"
    __table_args__ = (CheckConstraint("last_entry >= first_entry", name="entries_in_order"),)

    first_entry: Mapped[Key] = mapped_column(unique=True)
    last_entry: Mapped[Key] = mapped_column(unique=True)
    last_hash: Mapped[Sha256]
    """Of the last entry; by the chain it says what all of them were."""
    remark: Mapped[str] = mapped_column(Text)
    findings: Mapped[str | None] = mapped_column(Text)
    """None where nothing was found."""
    deviation_id: Mapped[Key | None] = mapped_column(ForeignKey("deviation.id"), index=True)
    """Opened for what was found."""
    reviewed_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime] = mapped_column(default=clock.now)

    deviation: Mapped[Deviation | None] = relationship()
    reviewed_by: Mapped[User] = relationship()
    signature: Mapped[Signature | None] = relationship(
        primaryjoin=lambda: (
            (foreign(Signature.subject_id) == AuditReview.id)
            & (Signature.subject_table == AuditReview.__tablename__)
        ),
        viewonly=True,
        uselist=False,
    )
