"""A list as a spreadsheet: all its rows, narrowed as its page is, in the columns of its page.

`?as=xlsx` at the address of a list. The page itself is asked for its rows, portion after portion,
so that what it may show, what it notes, its columns and its words are the same; no more than one
portion is held at a time.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, count
from typing import Any
from urllib.parse import unquote_plus

from flask import Flask, abort, current_app, g, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from lims import clock
from lims.errors import N_, LimsError
from lims.imports.grids import letter_of
from lims.web import demonstration
from lims.web.current import site
from lims.web.filters import moment
from lims.web.listed import Cell, Row, rows_of, title_of, together
from lims.web.listing import Portion, address

ASKED = "xlsx"
AT_ONCE = 500
"""Rows of a portion: what hangs on rows is read of so many in one query."""
MOST = 20_000
"""Rows that are written within the time a browser waits for an answer."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a program of sheets may take for a formula."""
WIDEST = 48
"""Of a column, in characters."""


class TooManyRows(LimsError):
    sentence = N_(
        "This list has more than %(most)s rows. Narrow it, by words, by a state or by days, and ask"
        " again."
    )


def asked() -> ResponseReturnValue | None:
    """Before a page: its list as a spreadsheet, where that is what is asked for."""
    if request.method != "GET" or request.args.get("as") != ASKED or request.endpoint is None:
        return None
    pages = read_through()
    first = next(pages)
    found = rows_of(first)
    if found is None:
        abort(404)
    headings, *shown = found
    later = (row for page in pages for row in (rows_of(page) or [])[1:])
    columns = columns_of(shown, len(headings))
    called = names_of(headings, columns)
    begun = [spread(row, columns) for row in shown]
    units = units_of(begun, len(called))
    named = [with_unit(name, unit) for name, unit in zip(called, units, strict=True)]
    rest = (spread(row, columns) for row in later)
    book = workbook(title_of(first), named, units, chain(begun, rest))
    file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    book.save(file)
    file.seek(0)
    noun = request.endpoint.removesuffix(".index").replace(".", "-").replace("_", "-")
    name = f"{noun}-{clock.today():%Y-%m-%d}.xlsx"
    return send_file(file, XLSX, as_attachment=True, download_name=name)


def read_through() -> Iterator[str]:
    """The page from the head of its list to its end; raises TooManyRows before a second one."""
    view = current_app.view_functions[str(request.endpoint)]
    g.portion = portion = Portion(AT_ONCE, MOST)
    while True:
        answer = current_app.make_response(
            current_app.ensure_sync(view)(**(request.view_args or {}))
        )
        if answer.mimetype != "text/html":
            abort(404)
        if portion.total > MOST:
            raise TooManyRows(most=MOST)
        yield answer.get_data(as_text=True)
        if portion.following is None:
            return
        portion.after, portion.following = portion.following, None


def columns_of(rows: Sequence[Row], headings: int) -> list[int]:
    """How many columns each of the page's makes: as many as a cell of it says facts."""
    return [
        max((len(row[place]) for row in rows if len(row) > place), default=1)
        for place in range(headings)
    ]


def names_of(headings: Row, columns: Sequence[int]) -> list[str]:
    """Patient, Patient (2); of a heading of several lines each is of one line of its cells."""
    named = []
    for lines, most in zip(headings, columns, strict=True):
        named += [line.written for line in lines[: most - 1]]
        if len(lines) >= most:
            named.append(together(lines[most - 1 :]))
        again = range(2, most - len(lines) + 2)
        named += [f"{lines[-1].written} ({number})" for number in again]
    return named


def spread(row: Row, columns: Sequence[int]) -> list[Cell]:
    """One fact a column; what says more than any of the first rows stays in its last together."""
    found: list[Cell] = []
    for lines, most in zip(row, columns, strict=False):
        if len(lines) > most:
            said = together(lines[most - 1 :])
            lines = [*lines[: most - 1], Cell(said, written=said)]
        found += [*lines, *[Cell("")] * (most - len(lines))]
    return found


def units_of(rows: Sequence[Sequence[Cell]], columns: int) -> list[str]:
    """Of each column the unit of the first number in it: said once, in its heading."""
    return [
        next((row[place].unit for row in rows if len(row) > place and row[place].unit), "")
        for place in range(columns)
    ]


def with_unit(heading: str, unit: str) -> str:
    return f"{heading}, {unit}" if unit and not heading.endswith(unit) else heading


def workbook(
    title: str, headings: Sequence[str], units: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Any:
    """The rows on one sheet; what they are, who asked for them and when, on another."""
    from openpyxl import Workbook  # a fifth of a second, which no start of the program waits for

    book = Workbook(write_only=True)
    sheet = book.create_sheet(demonstration.heading() or gettext("List"))
    sheet.freeze_panes = "A2"
    for place, heading in enumerate(headings):
        sheet.column_dimensions[letter_of(place)].width = min(WIDEST, max(16, len(heading) + 2))
    sheet.append([of_text(sheet, heading, bold=True) for heading in headings])
    written = count()
    for row, _number in zip(rows, written, strict=False):
        sheet.append([cell(sheet, each, unit) for each, unit in zip(row, units, strict=False)])
    write_about(book, told(title, next(written)))
    return book


def write_about(book: Any, lines: Sequence[tuple[str, str]]) -> None:
    about = book.create_sheet(gettext("About this list"))
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 24, 80
    for name, said in lines:
        about.append([of_text(about, name, bold=True), of_text(about, said)])


def told(title: str, number: int) -> list[tuple[str, str]]:
    return [
        (gettext("Site"), site().settings.site_name),
        (gettext("List"), title),
        (gettext("Address"), unquote_plus(address(**{"as": None}))),
        (gettext("Rows"), str(number)),
        (gettext("Taken out by"), current_user.full_name),
        (gettext("Taken out at"), moment(clock.now())),
    ]


def cell(sheet: Any, found: Cell, unit: str) -> Any:
    """A number in the unit of its column, a day or a moment as one; all else as it is written."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(found.value, str) or found.unit != unit and isinstance(found.value, Decimal):
        return of_text(sheet, found.written)
    made = WriteOnlyCell(sheet, found.value)
    if isinstance(found.value, datetime):
        made.number_format = f'dd.mm.yyyy hh:mm "({found.offset})"'
    elif isinstance(found.value, date):
        made.number_format = "dd.mm.yyyy"
    return made


def of_text(sheet: Any, text: str, bold: bool = False) -> Any:
    """Text and nothing but text, however it begins: no program computes it, nor follows it."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font

    made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    made.data_type = "s"
    made.quotePrefix = text.startswith(COMPUTED)
    made.alignment = Alignment(vertical="top", wrap_text="\n" in text)
    if bold:
        made.font = Font(bold=True)
    return made


def init(app: Flask) -> None:
    app.before_request(asked)
