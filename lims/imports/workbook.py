"""Sheets as laboratories keep them, CSV or XLSX: titles above, merged cells, blank lines."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lims.errors import N_, LimsError
from lims.imports.grids import Formula, Grid, folded, grids, letter_of, text_of
from lims.imports.sheet import EmptyFile
from lims.workflows.earlier_rows import Origin

Value = TypeVar("Value")

CYRILLIC = re.compile(r"[\u0400-\u04ff]")
MOST_ROWS = 60_000
HEADER_WITHIN = 20
"""Rows in which the header is looked for: titles stand above it."""
MOST_HEADERS = 30
"""Named of a row that might be the header."""


class TooManyRows(LimsError):
    sentence = N_("More than %(most)s rows. Send the file in parts.")


class NoHeader(LimsError):
    sentence = N_(
        "No sheet has a row with all the columns needed; missing: %(columns)s. Found: %(found)s."
        " Name the columns as in the template, or say which column of ours each of yours is: on the"
        " page under Other columns, on the command line with --column."
    )


class HeaderTwice(LimsError):
    sentence = N_("%(sheet)s, row %(row)s: the column %(column)s stands there twice.")


class ColumnNotRead(LimsError):
    sentence = N_("%(sheet)s: the column “%(header)s” is none of ours and is not read.")


class SheetNotRead(LimsError):
    sentence = N_("The sheet %(sheet)s has no header of ours and is not read.")


class CellsNotRead(LimsError):
    sentence = N_(
        "%(sheet)s: the column %(column)s says nothing of “%(event)s” and is not read there: rows"
        " %(rows)s."
    )


class FormulaFailed(LimsError):
    sentence = N_("the formula in this cell gives %(text)s.")


class FormulaNotComputed(LimsError):
    sentence = N_(
        "the formula %(text)s was saved without its value. Open the file in a spreadsheet program,"
        " save it there and send it again."
    )


@dataclass(frozen=True)
class Column:
    """A column of ours: its name, whether a sheet must have it, what else it may be called."""

    name: str
    required: bool = False
    called: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Its name, and what it is called in Russian."""
        return f"{self.name} ({self.russian})"

    @property
    def russian(self) -> str:
        """The first of its Russian words."""
        return next(word for word in self.called if CYRILLIC.search(word))

    @property
    def words(self) -> tuple[str, ...]:
        return self.name, *self.called


@dataclass(frozen=True)
class SheetRow:
    """One row below a header: the cells of our columns, as text or as the value of the sheet."""

    origin: Origin
    values: Mapping[str, Any]
    asked: set[str] = field(default_factory=set)
    """The columns that were read."""

    @property
    def unread(self) -> list[str]:
        """The columns in which something stands that nobody asked for."""
        return [name for name in self.values if name not in self.asked and self[name]]

    def __getitem__(self, column: str) -> str:
        return text_of(self.values.get(column))

    def read(
        self, column: str, reader: Callable[[Any], Value], errors: list[LimsError]
    ) -> Value | None:
        """What `reader` makes of the cell's value; a refusal is told with its place."""
        self.asked.add(column)
        try:
            value = self.values.get(column)
            if isinstance(value, Formula):
                raise FormulaNotComputed(text=value)
            if isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?", "A")):
                raise FormulaFailed(text=value)
            return reader(value)
        except LimsError as problem:
            errors.append(self.origin.bad(column, problem))
            return None


@dataclass
class Sheets:
    """The rows of a file, what in it could not be taken, and what was left unread."""

    rows: list[SheetRow] = field(default_factory=list)
    errors: list[LimsError] = field(default_factory=list)
    notes: list[LimsError] = field(default_factory=list)


def read_sheets(
    raw: bytes, name: str, columns: Sequence[Column], headers: Mapping[str, str]
) -> Sheets:
    """The rows of every sheet that has a header of ours; `headers` are the laboratory's own words.

    Raises a LimsError where the file as a whole cannot be read.
    """
    sheets, nearest = Sheets(), Header.none(columns)
    for title, grid in grids(raw, name):
        found = _header(grid, columns, headers)
        if found.missing:
            nearest = min(nearest, found, key=lambda each: len(each.missing))
            sheets.notes.append(SheetNotRead(sheet=title))
            continue
        _take(sheets, title, grid[found.index :], found)
        if len(sheets.rows) > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
    if not sheets.rows and not sheets.errors:
        if len(sheets.notes) and all(isinstance(note, SheetNotRead) for note in sheets.notes):
            shown = {column.name: column.shown for column in columns}
            missing = ", ".join(shown[name] for name in nearest.missing)
            raise NoHeader(columns=missing, found=nearest.quoted or "—")
        raise EmptyFile()
    return sheets


@dataclass(frozen=True)
class Header:
    """Where a header stands among the rows of a grid, and which column of the sheet is which."""

    index: int
    places: Mapping[str, int]
    unknown: Mapping[int, str]
    twice: tuple[str, ...]
    missing: list[str]
    read: list[str] = field(default_factory=list)
    """What stands in the row."""

    @property
    def quoted(self) -> str:
        """What stands in the row, told apart though there may be commas in it."""
        return "; ".join(f"“{each}”" for each in self.read[:MOST_HEADERS])

    @classmethod
    def none(cls, columns: Sequence[Column]) -> "Header":
        return cls(0, {}, {}, (), [column.name for column in columns if column.required])


def _header(grid: Grid, columns: Sequence[Column], headers: Mapping[str, str]) -> Header:
    """The first row that has every column needed; else the one that lacks the fewest."""
    candidates = [
        _as_header(index, cells, columns, headers)
        for index, (_, cells) in enumerate(grid[:HEADER_WITHIN])
    ]
    none = Header.none(columns)
    return min(candidates, key=lambda each: (len(each.missing), -len(each.read)), default=none)


def _as_header(
    index: int, cells: Sequence[Any], columns: Sequence[Column], headers: Mapping[str, str]
) -> Header:
    ours = {folded(word): column.name for column in columns for word in column.words}
    ours |= {folded(header): name for name, header in headers.items()}
    ours = _without_what_is_mapped(ours, cells, headers)
    places: dict[str, int] = {}
    unknown, twice = {}, []
    for place, value in enumerate(cells):
        column = ours.get(folded(text_of(value)))
        if column is None:
            unknown[place] = text_of(value)
        elif column in places:
            twice.append(column)
        else:
            places[column] = place
    missing = [each.name for each in columns if each.required and each.name not in places]
    read = [name for value in cells if (name := text_of(value))]
    return Header(index, places, unknown, tuple(twice), missing, read)


def _without_what_is_mapped(
    ours: Mapping[str, str], cells: Sequence[Any], headers: Mapping[str, str]
) -> dict[str, str]:
    """Where the laboratory's own header stands in the row, a column that bears our name is not
    meant."""
    there = {folded(text_of(value)) for value in cells}
    mapped = {name: folded(word) for name, word in headers.items() if folded(word) in there}
    return {word: name for word, name in ours.items() if mapped.get(name, word) == word}


def _take(sheets: Sheets, title: str, grid: Grid, header: Header) -> None:
    number = grid[0][0]
    sheets.errors += [HeaderTwice(sheet=title, row=number, column=each) for each in header.twice]
    filled = {place for _, cells in grid[1:] for place, value in enumerate(cells) if text_of(value)}
    sheets.notes += [
        ColumnNotRead(sheet=title, header=name or letter_of(place))
        for place, name in header.unknown.items()
        if place in filled
    ]
    heads = {column: text_of(grid[0][1][place]) for column, place in header.places.items()}
    for row, cells in grid[1:]:
        values = {
            column: cells[place] if place < len(cells) else None
            for column, place in header.places.items()
        }
        if any(text_of(value) for value in values.values()):
            named = {column: f"{letter_of(place)}{row}" for column, place in header.places.items()}
            sheets.rows.append(SheetRow(Origin(title, row, named, heads), values))
