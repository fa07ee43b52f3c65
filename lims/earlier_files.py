"""The files of earlier records: how each kind is read, looked at and stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.imports import bank_list, batch_columns, batch_sheets, patient_list, templates
from lims.imports.grids import folded
from lims.imports.workbook import Column, NoHeader, Sheets, read_sheets
from lims.models.earlier import ImportKind
from lims.workflows import earlier_batches, earlier_patients, earlier_vials


class WhichKind(LimsError):
    sentence = N_("No sheet has the columns of a list of ours; nearest: %(kind)s. %(problem)s")


class NoColumnOfOurs(LimsError):
    sentence = N_("“%(column)s” is no column of ours. A column maps one of: %(columns)s.")


@dataclass(frozen=True)
class Kind:
    """How one kind of file is read, looked at and stored."""

    columns: Sequence[Column]
    read: Callable[[Sheets, ZoneInfo], Sequence[Any]]
    check: Callable[[Session, Sequence[Any]], list[LimsError]]
    store: Callable[..., Any]


KINDS: dict[ImportKind, Kind] = {
    ImportKind.PATIENTS: Kind(
        patient_list.COLUMNS,
        lambda sheets, _zone: patient_list.read(sheets),
        earlier_patients.check,
        earlier_patients.take_over_patient,
    ),
    ImportKind.BATCHES: Kind(
        batch_columns.COLUMNS,
        batch_sheets.read,
        earlier_batches.check,
        earlier_batches.take_over_batch,
    ),
    ImportKind.VIALS: Kind(
        bank_list.COLUMNS,
        lambda sheets, _zone: bank_list.read(sheets),
        earlier_vials.check,
        earlier_vials.take_over_vials,
    ),
}


def template(kind: ImportKind, *, russian: bool = False) -> bytes:
    """The template of a file: its columns, and rows of an invented laboratory."""
    return templates.template(KINDS[kind].columns, templates.ROWS[kind.value], russian=russian)


def read(
    raw: bytes, file_name: str, kind: ImportKind | None, headers: Mapping[str, str]
) -> tuple[ImportKind, Sheets]:
    """The rows of the file by the columns of its kind; where none is named, of the one it fits."""
    kinds = [kind] if kind else list(KINDS)
    called = _by_our_names(headers, [column for each in kinds for column in KINDS[each].columns])
    problems: dict[ImportKind, NoHeader] = {}
    for each in kinds:
        try:
            return each, read_sheets(raw, file_name, KINDS[each].columns, called)
        except NoHeader as problem:
            problems[each] = problem
    nearest = min(problems, key=lambda each: len(problems[each].parameters["columns"]))
    raise WhichKind(kind=nearest, problem=problems[nearest])


def _by_our_names(headers: Mapping[str, str], columns: Sequence[Column]) -> dict[str, str]:
    """`headers`, whose columns may be written by any of the words that a sheet may use."""
    ours = {folded(word): column.name for column in columns for word in column.words}
    found = {}
    for name, header in headers.items():
        if folded(name) not in ours:
            shown = ", ".join(dict.fromkeys(column.shown for column in columns))
            raise NoColumnOfOurs(column=name, columns=shown)
        found[ours[folded(name)]] = header
    return found
