"""The sheets of a file as rows of cells, CSV or XLSX, whatever program saved them."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from lims.errors import N_, LimsError
from lims.imports import sheet as text_sheet

ZIP = b"PK\x03\x04"
MOST_UNPACKED = 300 * 2**20
"""Bytes; a larger workbook is no list of a laboratory."""
MOST_PACKED_TO = 150
"""How often smaller than its content a part of an honest workbook is, at most."""
FORMULA_ALONE = re.compile(rb"(?:</f>|<f[^>]*/>)(?:<v ?/>|<v></v>)?</c>")
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\xad"), None)
"""Signs nobody sees, that come with text copied from elsewhere."""


class NotAWorkbook(LimsError):
    sentence = N_("The file is neither CSV nor XLSX. Save it as one of them and try again.")


class PackedTooTightly(LimsError):
    sentence = N_("Unpacked, this workbook would be too large. Save the sheet alone as CSV.")


class Formula(str):
    """What a cell computes, of which no value was saved with it."""


Grid = list[tuple[int, list[Any]]]
"""Rows that are not blank, each with its number in the sheet."""


def grids(raw: bytes, name: str) -> Iterator[tuple[str, Grid]]:
    """Each sheet of the file with its title; the one of a CSV has the name of the file."""
    if not raw.startswith(ZIP):
        yield name, _text_grid(raw)
        return
    _require_honest(raw)
    import defusedxml  # with openpyxl a fifth of a second, which no start of the program waits for
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    assert openpyxl.DEFUSEDXML, defusedxml.__name__  # or a workbook could name files of the host
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), data_only=True)
        written = openpyxl.load_workbook(io.BytesIO(raw)) if _lacks_values(raw) else book
    except (InvalidFileException, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise NotAWorkbook() from error
    for page in book.worksheets:
        yield page.title, _grid_of(page, written[page.title])


def letter_of(place: int) -> str:
    """What a spreadsheet calls the column at `place`, counted from nought."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def _text_grid(raw: bytes) -> Grid:
    grid: Grid = list(text_sheet.records(text_sheet.decoded(raw)))
    if not grid:
        raise text_sheet.EmptyFile()
    return grid


def _lacks_values(raw: bytes) -> bool:
    """Whether any formula was saved without its value."""
    archive = zipfile.ZipFile(io.BytesIO(raw))
    names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    return any(FORMULA_ALONE.search(archive.read(name)) for name in names)


def _require_honest(raw: bytes) -> None:
    """Refuse an archive that would unpack to far more than a sheet can hold."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(raw)).infolist()
    except zipfile.BadZipFile as error:
        raise NotAWorkbook() from error
    if sum(part.file_size for part in parts) > MOST_UNPACKED or any(
        part.file_size > 2**20 and part.file_size > MOST_PACKED_TO * max(part.compress_size, 1)
        for part in parts
    ):
        raise PackedTooTightly()


def _grid_of(page: Any, written: Any) -> Grid:
    """The rows with something in them; a cell merged over several rows stands in each of them, and
    a formula of which no value was saved stands for itself, as it is `written`."""
    said: dict[tuple[int, int], Any] = {}
    for merged in page.merged_cells.ranges:
        value = page.cell(merged.min_row, merged.min_col).value
        said |= {(row, merged.min_col): value for row in range(merged.min_row, merged.max_row + 1)}
    grid: Grid = []
    both = zip(page.iter_rows(values_only=True), written.iter_rows(), strict=True)
    for number, (cells, formulas) in enumerate(both, start=1):
        if not any(text_of(value) for value in cells):
            continue
        row = [
            said.get((number, place), value) if said else value
            for place, value in enumerate(cells, start=1)
        ]
        grid.append((number, row if written is page else _with_formulas(row, formulas)))
    return grid


def _with_formulas(row: list[Any], written: Sequence[Any]) -> list[Any]:
    return [
        Formula(cell.value) if value is None and cell.data_type == "f" else value
        for value, cell in zip(row, written, strict=True)
    ]


def text_of(value: Any) -> str:
    """What stands in a cell, as a person reads it, without the spaces nobody sees."""
    match value:
        case None:
            return ""
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
    return " ".join(str(value).translate(UNSEEN).split())


def folded(header: str) -> str:
    """A header as it is compared: without case, underscores and the point after a short word."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return " ".join(plain.replace("_", " ").replace("ё", "е").split()).strip(" .:*")
