"""What every table shares: its key, its code, its patient, its version.

Identity is a property of the schema. A table of a patient's material is a `Material`: it has
`patient_id`, NOT NULL and never updated, UNIQUE (id, patient_id), and it points to its parents
by composite foreign keys that include the patient, so a link between two patients cannot be
stored by anyone. A NULL in such a key would switch it off: hence NOT NULL.
"""

from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Table,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from lims.models.types import ANNOTATIONS, Closed, Code, Key, called

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """A record: one row with a numeric key of its own."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = ANNOTATIONS

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-100)


class Coded(Base):
    """A thing with a code a scanner can read; `kind` is the code's first two letters."""

    __abstract__ = True
    kind_of_code: str

    code: Mapped[Code] = mapped_column(unique=True, sort_order=-90)


class Versioned(Base):
    """What people edit: two of them, minutes apart, cannot overwrite one another unseen."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(BigInteger, sort_order=90)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Tracked(Coded, Versioned):
    """A coded thing whose status changes only along the table of transitions."""

    __abstract__ = True
    status: Mapped[Any]


class Material(Base):
    """Anything that holds or describes one patient's material."""

    __abstract__ = True

    @declared_attr
    def patient_id(cls) -> Mapped[Key]:
        return mapped_column(ForeignKey("patient.id"), index=True, sort_order=-80)


def table_of(model: Any) -> Table:
    """The table of a mapped class or of a record; of a kind of step, its own table."""
    return cast(Table, model.__mapper__.local_table)


@cache
def columns_of(table: str) -> dict[str, Column[Any]]:
    """The columns of a kind of record by name, those it shares with its base included."""
    found: dict[str, Column[Any]] = {}
    for mapper in Base.registry.mappers:
        if mapper.class_.__tablename__ == table:
            for own in mapper.tables:
                found |= {column.name: column for column in cast(Table, own).c}
    return found


def named(table: str, name: str) -> str:
    """A column as a person calls it; its unit stands beside the value."""
    column = columns_of(table).get(name)
    return name.removesuffix("_id") if column is None else called(column)


def points_to(table: str, column: str) -> str | None:
    """The table whose row numbers stand in `column`."""
    if column == "patient_id":  # part of many keys, and always the patient
        return "patient"
    keys = columns_of(table)[column].foreign_keys if column in columns_of(table) else ()
    for key in keys:
        if key.column.name == "id":
            return str(key.column.table.name)
    return None


def same_patient(table: str, *columns: str) -> ForeignKeyConstraint:
    """A composite foreign key (column, patient_id) to a row of the same patient in `table`."""
    return ForeignKeyConstraint(
        [*columns, "patient_id"],
        [f"{table}.id", f"{table}.patient_id"],
        use_alter=False,
    )


def exactly_one(*columns: str) -> CheckConstraint:
    """Of `columns`, one and only one is given."""
    given = "\n + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in columns)
    return CheckConstraint(f"{given} = 1", name="exactly_one_source")


@event.listens_for(Table, "after_parent_attach")
def _finish(table: Table, metadata: MetaData) -> None:
    """Give each table what no author should have to remember."""
    if table.dialect_options["sqlite"]["strict"]:  # a copy of a finished table
        return
    table.kwargs["sqlite_strict"] = True
    if "patient_id" in table.c and table.name != "audit_entry":
        table.append_constraint(UniqueConstraint("id", "patient_id"))
    for column in table.c:
        if isinstance(column.type, Closed):
            known = ", ".join(f"'{word.value}'" for word in column.type.words)
            table.append_constraint(
                CheckConstraint(f"{column.name} IN ({known})", name=f"{column.name}_known")
            )


def words_of(column_type: object) -> type[StrEnum] | None:
    """The closed set behind a column's type, None where the column is open."""
    return column_type.words if isinstance(column_type, Closed) else None
