"""A batch: one manufacturing run of one patient's cells, and its record."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Tracked, same_patient
from lims.models.course import Course
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.signature import Signature
from lims.models.specification import SpecificationVersion
from lims.models.types import Key, closed

if TYPE_CHECKING:
    from lims.models.earlier import EarlierBatch
    from lims.models.fill import Fill


class BatchStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ABANDONED = "abandoned"


class Batch(Tracked, Material):
    """One manufacturing run, from one or two samples, under a pinned specification version."""

    __tablename__ = "batch"
    kind_of_code = "BA"
    __table_args__ = (
        same_patient("course", "course_id"),
        Index("ix_batch_status_closed_at", "status", "closed_at", "id"),
    )

    course_id: Mapped[Key] = mapped_column(index=True)
    specification_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    status: Mapped[BatchStatus] = closed(BatchStatus)

    course: Mapped[Course] = relationship(foreign_keys=[course_id])
    patient: Mapped[Patient] = relationship(viewonly=True)
    specification_version: Mapped[SpecificationVersion] = relationship()
    samples: Mapped[list["BatchSample"]] = relationship(
        foreign_keys="BatchSample.batch_id", order_by="BatchSample.id"
    )
    fills: Mapped[list["Fill"]] = relationship(
        foreign_keys="Fill.batch_id", order_by="Fill.id", viewonly=True
    )
    earlier: Mapped["EarlierBatch | None"] = relationship(
        foreign_keys="EarlierBatch.batch_id", viewonly=True
    )
    """Where it was read, if it was made before this program kept its record."""


class BatchSample(Material):
    """A sample that is a starting material of a batch."""

    __tablename__ = "batch_sample"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        same_patient("sample", "sample_id"),
        UniqueConstraint("batch_id", "sample_id"),
    )

    batch_id: Mapped[Key] = mapped_column()
    sample_id: Mapped[Key] = mapped_column(index=True)
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id], overlaps="samples")
    sample: Mapped[Sample] = relationship(foreign_keys=[sample_id])


class SpecificationMove(Material):
    """QA moved an open batch to a newer approved specification version, with the differences."""

    __tablename__ = "specification_move"
    __table_args__ = (same_patient("batch", "batch_id"),)

    batch_id: Mapped[Key] = mapped_column(index=True)
    from_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    to_version_id: Mapped[Key] = mapped_column(ForeignKey("specification_version.id"))
    differences: Mapped[str]
    signature_id: Mapped[Key] = mapped_column(ForeignKey("signature.id"))
    moved_at: Mapped[datetime] = mapped_column(default=clock.now)

    from_version: Mapped[SpecificationVersion] = relationship(foreign_keys=[from_version_id])
    to_version: Mapped[SpecificationVersion] = relationship(foreign_keys=[to_version_id])
    signature: Mapped[Signature] = relationship()
