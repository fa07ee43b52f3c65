"""Specifications: every limit and every test, as versioned and approved data."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Versioned
from lims.models.types import Key, Measured, Sha256, closed


class SpecificationStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class SpecificationVersion(Versioned):
    """One version of a specification; once approved nothing in it changes."""

    __tablename__ = "specification_version"
    __table_args__ = (
        UniqueConstraint("specification", "number"),
        Index(
            "ux_specification_version_approved",
            "specification",
            unique=True,
            sqlite_where=text("status = 'approved'"),
            postgresql_where=text("status = 'approved'"),
        ),
    )

    specification: Mapped[str]
    """The short code of the specification, such as `msc-adipose`."""
    number: Mapped[int]
    name: Mapped[str]
    product: Mapped[str]
    status: Mapped[SpecificationStatus] = closed(SpecificationStatus)
    source: Mapped[str]
    """The TOML it was imported from, as it was."""
    source_sha256: Mapped[Sha256]
    approval_signature_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))
    imported_at: Mapped[datetime] = mapped_column(default=clock.now)

    tests: Mapped[list["SpecificationTest"]] = relationship(
        order_by="SpecificationTest.position", back_populates="specification_version"
    )
    limits: Mapped[list["SpecificationLimit"]] = relationship(
        order_by="SpecificationLimit.name", back_populates="specification_version"
    )

    @property
    def code(self) -> str:
        return f"{self.specification} v{self.number}"


class SpecificationTest(Base):
    """One test line: what is measured, where, by what method, and the limit."""

    __tablename__ = "specification_test"
    __table_args__ = (UniqueConstraint("specification_version_id", "code"),)

    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    position: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    stage: Mapped[str]
    sample_source: Mapped[str]
    limit: Mapped[str]
    unit: Mapped[str]
    method: Mapped[str]
    days_to_read: Mapped[int | None]
    members: Mapped[str]
    """Codes of the measurements of an either-or group, separated by spaces."""
    from_passage: Mapped[int | None]
    to_passage: Mapped[int | None]
    required: Mapped[bool]
    conditional_allowed: Mapped[bool]
    spike_recovery_min_pct: Mapped[Measured | None]
    spike_recovery_max_pct: Mapped[Measured | None]
    to_confirm: Mapped[bool]
    source: Mapped[str]

    specification_version: Mapped[SpecificationVersion] = relationship(back_populates="tests")


class SpecificationLimit(Base):
    """One named number or policy of a specification: `value` or `word`, never both."""

    __tablename__ = "specification_limit"
    __table_args__ = (UniqueConstraint("specification_version_id", "name"),)

    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    name: Mapped[str]
    value: Mapped[Measured | None]
    word: Mapped[str | None]
    unit: Mapped[str]
    to_confirm: Mapped[bool]
    source: Mapped[str]

    specification_version: Mapped[SpecificationVersion] = relationship(back_populates="limits")
