"""Mappings: which column of a laboratory's own sheets is which of ours, kept to be used again."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.earlier import ColumnMapping, ImportKind, MappedHeader
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.command import command


class MappingNameTaken(LimsError):
    sentence = N_("There is a mapping named %(name)s already. Give this one another name.")
    status = 409


class MappingNotUnderstood(LimsError):
    sentence = N_("“%(text)s” is no mapping. Write our column, = and the header: date = Day.")


class NoSuchMapping(LimsError):
    sentence = N_("There is no mapping named %(name)s. Save one first, or leave it out.")
    status = 404


@command(Permission.IMPORT_RECORDS)
def save_mapping(
    session: Session, *, kind: ImportKind, name: str, headers: Mapping[str, str], by: User
) -> ColumnMapping:
    """Keep which column of the laboratory's own sheets is which of ours."""
    if mapping_named(session, kind, name) is not None:
        raise MappingNameTaken(name=name)
    mapping = ColumnMapping(kind=kind, name=name, made_by_id=by.id)
    mapping.lines = [MappedHeader(column_name=c, header=h) for c, h in headers.items()]
    session.add(mapping)
    session.flush()
    return mapping


def mapping_named(session: Session, kind: ImportKind, name: str) -> ColumnMapping | None:
    return session.scalars(
        select(ColumnMapping).where(ColumnMapping.kind == kind, ColumnMapping.name == name)
    ).one_or_none()


def mapping_of(session: Session, kind: ImportKind | None, name: str) -> ColumnMapping:
    """The mapping of this name, of this kind where one is named; raises NoSuchMapping."""
    found = select(ColumnMapping).where(ColumnMapping.name == name)
    if kind is not None:
        found = found.where(ColumnMapping.kind == kind)
    mapping = session.scalars(found.order_by(ColumnMapping.id)).first()
    if mapping is None:
        raise NoSuchMapping(name=name)
    return mapping


def headers_of(mapping: ColumnMapping | None) -> dict[str, str]:
    """Our columns, each with the header of the laboratory's sheet."""
    return {line.column_name: line.header for line in mapping.lines} if mapping else {}


def headers_written(lines: Iterable[str]) -> dict[str, str]:
    """Our columns and the headers of a laboratory's sheet, written as OURS = HEADER."""
    headers = {}
    for line in filter(str.strip, lines):
        ours, sign, header = line.partition("=")
        if not sign or not ours.strip() or not header.strip():
            raise MappingNotUnderstood(text=line.strip())
        headers[ours.strip()] = header.strip()
    return headers
