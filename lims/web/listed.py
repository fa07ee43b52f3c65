"""The rows of a list as its page shows them: the table that the macro `table` drew, read back.

Each line of a cell is a fact of its own, and a number that is rounded for the eye is read whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser

from lims.web.filters import decimal_mark, language
from lims.web.language import months

MARK = "<table data-list>"
"""How the macro begins the table of a list."""
LINES = frozenset({"br", "p", "div", "dd", "li"})
"""What begins a line within a cell."""
WITHOUT_END = frozenset({"br", "img", "input", "wbr"})
SPACES = re.compile(r"[ \t\r\n\u202f\u00a0]+")
MOMENT = re.compile(r"(\d{1,2}) (\S+) (\d{4})(?: (\d\d):(\d\d) \(([+-]\d\d:\d\d)\))?")
NUMBER = re.compile(
    r"(?P<whole>−?(?:\d{1,3}(?: \d{3})+|\d+))(?P<part>[.,]\d+)?"
    r"(?: × 10(?P<exponent>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?(?: (?P<unit>\D\S*))?"
)
DIGITS = {ord(raised): digit for digit, raised in zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True)}


@dataclass(frozen=True)
class Cell:
    """What a line of a cell says: a text, or the number, the day or the moment that it is."""

    value: str | Decimal | date
    unit: str = ""
    """Of a number."""
    offset: str = ""
    """Of a moment: how far the clock of the site is from UTC."""
    written: str = ""
    """As the page writes it."""


Row = list[list[Cell]]
"""Of each cell its lines."""


def title_of(page: str) -> str:
    """What the page is called."""
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    return text_of(heading[1]) if heading else ""


def rows_of(page: str) -> list[Row] | None:
    """The headings and the rows of the list; None where the page has none, or an empty one."""
    _, marked, rest = page.partition(MARK)
    if not marked:
        return None
    reader = Cells()
    reader.feed(rest.partition("</table>")[0])
    reader.close()
    return reader.rows


def text_of(markup: str) -> str:
    """What is read there."""
    reader = Cells()
    reader.feed(f"<tr><td>{markup}</td></tr>")
    reader.close()
    return together(reader.rows[0][0])


def together(lines: Sequence[Cell]) -> str:
    return "\n".join(line.written for line in lines)


class Cells(HTMLParser):
    """Reads the cells of a table; what is drawn for the eye alone is no text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.lines: list[str] = []
        self.whole: dict[int, str] = {}
        """Of lines that say a rounded number, the number."""
        self.numeric = False
        self.unread = 0
        """How deep within what is not read."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.lines, self.whole, self.numeric = [""], {}, given.get("class") == "num"
        if tag in LINES:
            self.lines.append("")
        if tag == "data":
            self.whole[len(self.lines) - 1] = given.get("value") or ""
        if tag not in WITHOUT_END and (
            self.unread or tag == "form" or given.get("aria-hidden") == "true"
        ):
            self.unread += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            numeric = self.numeric and tag == "td"
            lines = [SPACES.sub(" ", line).strip() for line in self.lines]
            told = [
                cell_of(line, numeric, self.whole.get(place, ""))
                for place, line in enumerate(lines)
                if line
            ]
            self.rows[-1].append(told or [Cell("")])
        if self.unread:
            self.unread -= 1

    def handle_data(self, data: str) -> None:
        if self.lines and not self.unread:
            self.lines[-1] += data


def cell_of(written: str, numeric: bool, whole: str = "") -> Cell:
    """A moment is one wherever it stands; a number only in a column of numbers, for a code or the
    name of a lot may look like one. `whole`: the number before it was rounded."""
    if said := MOMENT.fullmatch(written):
        return moment_of(said)
    if numeric and (said := NUMBER.fullmatch(written)):
        value = Decimal(said["whole"].replace(" ", "").replace("−", "-"))
        if said["part"] and said["part"][0] == decimal_mark():
            value = Decimal(f"{value}.{said['part'][1:]}")
        elif said["part"]:
            return Cell(written, written=written)
        if said["exponent"]:
            value = value.scaleb(int(said["exponent"].translate(DIGITS)))
        if whole:
            value = Decimal(whole)
        return Cell(value, unit=said["unit"] or "", written=written)
    return Cell(written, written=written)


def moment_of(said: re.Match[str]) -> Cell:
    numbers = {name: number for number, name in months(language()).items()}
    day, name, year, hour, minute, offset = said.groups()
    if name not in numbers:
        return Cell(said[0], written=said[0])
    found = date(int(year), numbers[name], int(day))
    if offset is None:
        return Cell(found, written=said[0])
    clock = datetime(found.year, found.month, found.day, int(hour), int(minute))  # noqa: DTZ001
    return Cell(clock, offset=offset, written=said[0])
