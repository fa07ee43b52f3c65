"""What was taken over from earlier records: by which import, from which row, under which number."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from lims import clock
from lims.errors import LimsError, Told
from lims.models import said
from lims.models.base import Base, Material, Tracked, same_patient
from lims.models.batch import Batch
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.step import Step, StepKind
from lims.models.types import Key, Said, Sha256, closed
from lims.models.user import User


class ImportKind(StrEnum):
    """What a row of the file is about."""

    PATIENTS = "patients"
    VIALS = "vials"
    BATCHES = "batches"


class ImportStatus(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"
    GIVEN_UP = "given_up"
    """Before anything of it was stored."""


class ColumnMapping(Base):
    """Which column of a laboratory's own sheet is which of ours; kept to be used again."""

    __tablename__ = "column_mapping"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    kind: Mapped[ImportKind] = closed(ImportKind)
    name: Mapped[str]
    made_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    lines: Mapped[list["MappedHeader"]] = relationship(order_by="MappedHeader.id")


class MappedHeader(Base):
    """One column of a mapping: ours, and what stands above it in the laboratory's sheet."""

    __tablename__ = "mapped_header"
    __table_args__ = (UniqueConstraint("mapping_id", "column_name"),)

    mapping_id: Mapped[Key] = mapped_column(ForeignKey("column_mapping.id"))
    column_name: Mapped[str]
    header: Mapped[str]


class ImportHeader(Base):
    """What one of our columns was called in the file of an import, where that was said."""

    __tablename__ = "import_header"
    __table_args__ = (UniqueConstraint("import_id", "column_name"),)

    import_id: Mapped[Key] = mapped_column(ForeignKey("import_run.id"))
    column_name: Mapped[str]
    header: Mapped[str]


class ImportOmission(Base):
    """An item of an import that could not be stored, though its rows were right: why, and where."""

    __tablename__ = "import_omission"
    __table_args__ = (UniqueConstraint("import_id", "number"),)

    import_id: Mapped[Key] = mapped_column(ForeignKey("import_run.id"))
    number: Mapped[str]
    sheet: Mapped[str]
    row_number: Mapped[int]
    reason: Mapped[str]
    """In the source language."""
    said: Mapped[Said | None]
    """The same as a sentence with its values, for readers of other languages."""
    left_out_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def told(self) -> LimsError:
        """Why it was left out."""
        return said.read(self.said) if self.said else Told("%(reason)s", reason=self.reason)


class ImportNote(Base):
    """What of an import's file was not read, since it is none of ours."""

    __tablename__ = "import_note"

    import_id: Mapped[Key] = mapped_column(ForeignKey("import_run.id"), index=True)
    said: Mapped[Said]
    """A sentence with its values."""

    @property
    def told(self) -> LimsError:
        return said.read(self.said)


class ImportGivenUp(Base):
    """Who gave an import up of which nothing was stored, and why."""

    __tablename__ = "import_given_up"
    __table_args__ = (UniqueConstraint("import_id"),)

    import_id: Mapped[Key] = mapped_column(ForeignKey("import_run.id"))
    reason: Mapped[str]
    given_up_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    given_up_at: Mapped[datetime] = mapped_column(default=clock.now)

    given_up_by: Mapped[User] = relationship()


class Import(Tracked):
    """One file of earlier records; what it brought is shown once all of it is there."""

    __tablename__ = "import_run"
    kind_of_code = "UP"

    kind: Mapped[ImportKind] = closed(ImportKind)
    file_name: Mapped[str]
    file_sha256: Mapped[Sha256]
    """Of the file in the file store."""
    rows: Mapped[int]
    items: Mapped[int]
    """Patients, batches or groups of vials; each is stored whole, in a transaction of its own."""
    imported_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    status: Mapped[ImportStatus] = closed(ImportStatus)

    imported_by: Mapped[User] = relationship()
    headers: Mapped[list[ImportHeader]] = relationship(order_by="ImportHeader.id")
    notes: Mapped[list[ImportNote]] = relationship(order_by="ImportNote.id")
    omissions: Mapped[list[ImportOmission]] = relationship(order_by="ImportOmission.id")
    given_up: Mapped[ImportGivenUp | None] = relationship(viewonly=True)


class Takeover(Step):
    """Cells taken over from earlier records: what is known of them when this program begins."""

    __tablename__ = "takeover"
    __mapper_args__ = {"polymorphic_identity": StepKind.TAKEOVER}
    __table_args__ = (same_patient("step", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    patient_id: Mapped[Key] = mapped_column()


class Earlier(Material):
    """What an import brought: under which number of the earlier records, and from which row."""

    __abstract__ = True

    import_id: Mapped[Key] = mapped_column(ForeignKey("import_run.id"), index=True)
    number: Mapped[str | None] = mapped_column(unique=True)
    sheet: Mapped[str]
    row_number: Mapped[int]

    @declared_attr
    def origin(cls) -> Mapped[Import]:
        return relationship()


class EarlierPatient(Earlier):
    """A patient registered by an import."""

    __tablename__ = "earlier_patient"

    number: Mapped[str] = mapped_column(unique=True)

    patient: Mapped[Patient] = relationship(viewonly=True)


class EarlierBatch(Earlier):
    """A batch made before this program kept its record; without a number where none is known."""

    __tablename__ = "earlier_batch"
    __table_args__ = (
        same_patient("batch", "batch_id"),
        UniqueConstraint("batch_id"),
    )

    batch_id: Mapped[Key] = mapped_column()

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])


class EarlierVial(Earlier):
    """A vial frozen before, that bears the number of the earlier records and no label of ours."""

    __tablename__ = "earlier_vial"
    __table_args__ = (
        same_patient("vial", "vial_id"),
        UniqueConstraint("vial_id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    vial_id: Mapped[Key] = mapped_column()
    volume_assumed: Mapped[bool | None]
    """Whether its volume is the specification's, since the list gave none."""
    cells_listed: Mapped[bool | None]
    """Whether its cells are those of the list, and not its share of the tube's; of vials taken over
    before this was kept nobody knows."""

    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])
