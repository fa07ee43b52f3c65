"""Specifications: every limit and every test, as versioned and approved data."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Base, Versioned
from lims.models.signature import Signature
from lims.models.types import Key, Measured, Named, Sha256, closed
from lims.models.user import User


class SpecificationStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class SpecificationVersion(Versioned):
    """One version of a specification; nothing in it changes but its status."""

    __tablename__ = "specification_version"
    __table_args__ = (
        UniqueConstraint("specification", "number"),
        Index(
            "ux_specification_version_approved",
            "status",
            unique=True,
            sqlite_where=text("status = 'approved'"),
            postgresql_where=text("status = 'approved'"),
        ),
        CheckConstraint(
            "status <> 'approved' OR approval_signature_id IS NOT NULL", name="approved_is_signed"
        ),
    )

    specification: Mapped[str]
    """The short code of the specification, such as `MSC-adipose`."""
    number: Mapped[int]
    name: Mapped[str]
    product: Mapped[str]
    status: Mapped[SpecificationStatus] = closed(SpecificationStatus)
    forecast_batches_min: Mapped[int | None]
    """Past batches from which on the forecast rests on them; None: no forecast ranges."""
    source: Mapped[str] = mapped_column(deferred=True)
    """The TOML it was imported from, as it was; long, and read for its download only."""
    source_sha256: Mapped[Sha256]
    approval_signature_id: Mapped[Key | None] = mapped_column(ForeignKey("signature.id"))
    imported_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    imported_at: Mapped[datetime] = mapped_column(default=clock.now)

    tests: Mapped[list["SpecificationTest"]] = relationship(
        order_by="SpecificationTest.position", back_populates="specification_version"
    )
    limits: Mapped[list["SpecificationLimit"]] = relationship(
        order_by="SpecificationLimit.position", back_populates="specification_version"
    )
    policies: Mapped[list["SpecificationPolicy"]] = relationship(
        order_by="SpecificationPolicy.position", back_populates="specification_version"
    )
    ranges: Mapped[list["SpecificationRange"]] = relationship(
        order_by="SpecificationRange.position", back_populates="specification_version"
    )
    approval: Mapped[Signature | None] = relationship()
    imported_by: Mapped[User] = relationship()

    @property
    def code(self) -> str:
        return f"{self.specification} v{self.number}"


class SpecificationTest(Base):
    """One test line: what is measured, where, by what method, and the limit.

    The columns are those of the line that is judged (workflows/lines.py says what each means);
    a list of texts is kept one a row of text.
    """

    __tablename__ = "specification_test"
    __table_args__ = (UniqueConstraint("specification_version_id", "code"),)

    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    position: Mapped[int]
    code: Mapped[str]
    limit: Mapped[str]
    name: Mapped[str]
    stage: Mapped[str]
    taken_from: Mapped[str | None]
    unit: Mapped[str]
    method: Mapped[str]
    places: Mapped[int]
    possible: Mapped[str]
    days_to_read: Mapped[int | None]
    not_by: Mapped[str]
    members: Mapped[str]
    member_names: Mapped[str]
    from_passage: Mapped[int | None]
    to_passage: Mapped[int | None]
    spike_recovery_min_pct: Mapped[Measured | None]
    spike_recovery_max_pct: Mapped[Measured | None]
    required: Mapped[bool]
    conditional_allowed: Mapped[bool]
    fills: Mapped[str]
    to_confirm: Mapped[bool]
    source: Mapped[str]

    specification_version: Mapped[SpecificationVersion] = relationship(back_populates="tests")


class SpecificationLimit(Base):
    """One named number that the workflows ask for."""

    __tablename__ = "specification_limit"
    __table_args__ = (UniqueConstraint("specification_version_id", "name"),)

    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    position: Mapped[int]
    name: Mapped[str]
    value: Mapped[Measured]
    unit: Mapped[str]
    to_confirm: Mapped[bool]
    source: Mapped[str]

    specification_version: Mapped[SpecificationVersion] = relationship(back_populates="limits")


class SpecificationPolicy(Base):
    """One word of a policy; a policy that is a list has a row for each of its words, or none."""

    __tablename__ = "specification_policy"
    __table_args__ = (UniqueConstraint("specification_version_id", "position"),)

    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    position: Mapped[int]
    name: Mapped[str]
    word: Mapped[Named]

    specification_version: Mapped[SpecificationVersion] = relationship(back_populates="policies")


class SpecificationRange(Base):
    """One range from which the forecast begins in a laboratory with few batches behind it."""

    __tablename__ = "specification_range"
    __table_args__ = (
        UniqueConstraint("specification_version_id", "name"),
        CheckConstraint("low <= high", name="low_before_high"),
    )

    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    position: Mapped[int]
    name: Mapped[str]
    low: Mapped[Measured]
    high: Mapped[Measured]
    to_confirm: Mapped[bool]
    source: Mapped[str]

    specification_version: Mapped[SpecificationVersion] = relationship(back_populates="ranges")
