"""A table in a text file as laboratories save one, in any of their encodings and delimiters."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lims.errors import N_, LimsError

Value = TypeVar("Value")

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITERS = "\t;,"
"""The comma last: it stands within words and numbers too."""
LINES_LOOKED_AT = 40
"""For the delimiter: titles, the header and some rows."""
LOOKED_AT = 100_000
"""Characters of them, at most."""


class NotText(LimsError):
    sentence = N_("The file is not text. Save it as CSV in UTF-8 and try again.")


class EmptyFile(LimsError):
    sentence = N_("The file is empty.")


class MissingColumns(LimsError):
    sentence = N_("Line 1: the column %(columns)s is missing; found: %(found)s.")


class RepeatedColumn(LimsError):
    sentence = N_("Line 1: the column %(column)s stands there twice.")


class BadRow(LimsError):
    sentence = N_("Line %(line)s, %(column)s: %(problem)s")


class TooManyCells(LimsError):
    sentence = N_("Line %(line)s has more cells than line 1 has columns: is a comma unquoted?")


class Unparsable(LimsError):
    sentence = N_("Line %(line)s is not readable as CSV: %(reason)s.")


@dataclass(frozen=True)
class Row:
    """One line of the table; a cell that is not there is empty."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def read(
        self, column: str, reader: Callable[[str], Value], errors: list[LimsError]
    ) -> Value | None:
        """What `reader` makes of a cell; a refusal is told with its place."""
        try:
            return reader(self[column])
        except LimsError as problem:
            errors.append(BadRow(line=self.line, column=column, problem=problem))
            return None


@dataclass
class Report:
    """What a file gave, as lines of text, and what in it could not be taken."""

    lines: list[str] = field(default_factory=list)
    errors: list[LimsError] = field(default_factory=list)


def read_sheet(raw: bytes, *, columns: Sequence[str], errors: list[LimsError]) -> list[Row]:
    """The rows below a header that has `columns`; lines that cannot be taken go to `errors`."""
    lines = records(decoded(raw))
    first = next(lines, None)
    if first is None:
        raise EmptyFile()
    header = [name.casefold() for name in first[1]]
    for name in header:
        if name and header.count(name) > 1:
            raise RepeatedColumn(column=name)
    if missing := [name for name in columns if name not in header]:
        raise MissingColumns(columns=", ".join(missing), found=", ".join(header))
    rows: list[Row] = []
    try:
        for line, cells in lines:
            if any(cells[len(header) :]):
                errors.append(TooManyCells(line=line))
            else:
                rows.append(Row(line, dict(zip(header, cells, strict=False))))
    except Unparsable as problem:
        errors.append(problem)
    return rows


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every line that is not blank, and its number; raises Unparsable and ends there."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise Unparsable(line=line, reason=str(error)) from error
        if any(cells):
            yield line, cells


def decoded(raw: bytes) -> str:
    """The text of a file: by its mark, or UTF-8 where that fits, else Windows-1251."""
    marked = [encoding for mark, encoding in BYTE_ORDER_MARKS if raw.startswith(mark)]
    for encoding in marked or ["utf-8", "cp1251"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise NotText()


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into as many cells each: a title above the header
    has none of it, and decimal commas stand in some lines only."""
    first = [line for line in text[:LOOKED_AT].splitlines() if line.strip()][:LINES_LOOKED_AT]

    def alike(delimiter: str) -> int:
        rows = csv.reader(first, delimiter=delimiter)
        return max(Counter(len(row) for row in rows if len(row) > 1).values(), default=0)

    return max(DELIMITERS, key=alike)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns padded to the widest cell, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
