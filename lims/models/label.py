"""Labels printed for material, and the records printed of what was done."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Coded, Material, Versioned, same_patient
from lims.models.step import Step
from lims.models.types import Cells, Code, Key, Sha256, Volume, closed
from lims.models.user import User


class LabelStatus(StrEnum):
    REQUESTED = "requested"
    SENT = "sent"
    APPLIED = "applied"
    VOID = "void"
    DESTROYED = "destroyed"


class Label(Material, Versioned):
    """One printed label of one container; printed = applied + destroyed before a release."""

    __tablename__ = "label"
    __table_args__ = (
        same_patient("step", "step_id"),
        same_patient("label", "replaces_id"),
        UniqueConstraint("subject_code", "copy"),
        CheckConstraint("copy >= 1", name="copy_counts_from_one"),
        CheckConstraint("copy = 1 OR reprint_reason IS NOT NULL", name="reprint_has_reason"),
    )

    subject_code: Mapped[Code]
    """The code on it: of the container it is for, before the cells are in it."""
    copy: Mapped[int]
    step_id: Mapped[Key | None] = mapped_column(index=True)
    replaces_id: Mapped[Key | None] = mapped_column()
    layout: Mapped[str]
    content_sha256: Mapped[Sha256]
    """Of the PDF in the file store."""
    volume_ml: Mapped[Volume | None]
    """What it says is in the container; None where it leaves that open."""
    viable_cells: Mapped[Cells | None]
    expires_at: Mapped[datetime | None]
    """Until when it says that the dose may be used; None where it says no such thing."""
    reprint_reason: Mapped[str | None]
    requested_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    status: Mapped[LabelStatus] = closed(LabelStatus)

    step: Mapped[Step | None] = relationship(foreign_keys=[step_id])
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])

    @property
    def code(self) -> str:
        return self.subject_code


class RecordKind(StrEnum):
    STEP = "step_record"
    BATCH = "batch_record"
    CERTIFICATE_OF_ANALYSIS = "certificate_of_analysis"
    RELEASE_CERTIFICATE = "release_certificate"
    PICK_LIST = "pick_list"


class Record(Coded, Material):
    """A printed paper, stored once by its content and served again as stored."""

    __tablename__ = "record"
    kind_of_code = "RC"
    __table_args__ = (
        same_patient("step", "step_id"),
        same_patient("batch", "batch_id"),
        same_patient("fill", "fill_id"),
        same_patient("vial_order", "order_id"),
        UniqueConstraint("step_id", "kind", "language", "edition"),
        UniqueConstraint("batch_id", "kind", "language", "edition"),
        UniqueConstraint("fill_id", "kind", "language", "edition"),
        UniqueConstraint("order_id", "kind", "language", "edition"),
        Index("ix_record_values", "values_sha256"),
    )

    kind: Mapped[RecordKind] = closed(RecordKind)
    step_id: Mapped[Key | None] = mapped_column(index=True)
    batch_id: Mapped[Key | None] = mapped_column(index=True)
    fill_id: Mapped[Key | None] = mapped_column(index=True)
    order_id: Mapped[Key | None] = mapped_column(index=True)
    edition: Mapped[int]
    """Of this kind of paper about this subject; each language counts its own."""
    values_sha256: Mapped[Sha256]
    """Of the canonical values it prints."""
    pdf_sha256: Mapped[Sha256]
    audit_seq: Mapped[int]
    audit_hash: Mapped[Sha256]
    language: Mapped[str]
    made_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])


class RecordCopy(Material):
    """One serving of a record on paper, and which copy it was."""

    __tablename__ = "record_copy"
    __table_args__ = (same_patient("record", "record_id"), UniqueConstraint("record_id", "copy"))

    record_id: Mapped[Key] = mapped_column()
    copy: Mapped[int]
    served_to_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    served_at: Mapped[datetime] = mapped_column(default=clock.now)
