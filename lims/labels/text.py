"""Lines of text that fit their place: they shrink, then break between words, then are refused."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from reportlab.pdfbase.pdfmetrics import stringWidth

from lims.errors import N_, LimsError
from lims.labels import fonts

SMALLEST_PT = 3.85
"""11 dots at 203 dpi; below it the letters of a thermal print close up."""

FINE_PT = 5.0
"""Below it the hyphens of the regular font are finer than a dot at 203 dpi and may vanish."""

SHRINK_PT = 0.25
BEFORE_BREAKING = 0.75
"""How far one line shrinks by itself before it rather breaks between words."""

LEADING = 1.1
TIGHT_LEADING = 1.0
"""Of its size, how far apart rows stand; tight only where a label would be refused otherwise."""
DESCENT = 0.24
"""Of its size, how far letters reach below their line."""

SCALES = tuple(percent / 100 for percent in range(100, 37, -3))
TRIES = (*((scale, LEADING) for scale in SCALES), (SCALES[-1], TIGHT_LEADING))
"""How far all lines of a label shrink together before the label is refused."""

BREAK = re.compile(r"(?<= )|(?<=[^\W\d_]-)(?=[^\W\d_])")
"""After a space, or after the hyphen of a double name; not in a date or a code."""


class DoesNotFit(LimsError):
    sentence = N_(
        "“%(text)s” does not fit on a label of %(stock)s. "
        "Print it on a larger label, or shorten the text."
    )


@dataclass(frozen=True)
class Area:
    """Where text may stand, in pt from the label's lower left corner.

    A notch in its upper left corner keeps clear of the code that stands there.
    """

    left: float
    bottom: float
    width: float
    height: float
    notch_width: float = 0
    notch_height: float = 0

    def indent(self, depth: float) -> float:
        """How far right a row starts whose top is `depth` below the top of the area."""
        return self.notch_width if depth < self.notch_height else 0


@dataclass(frozen=True)
class Line:
    """One thing said on a label; `rows` is over how many rows it may break."""

    text: str
    size: float = 7.0
    bold: bool = False
    rows: int = 2
    font: str = ""
    white_on_black: bool = False

    @property
    def font_name(self) -> str:
        return self.font or (fonts.CONDENSED_BOLD if self.bold else fonts.CONDENSED)

    def fonts_at(self, size: float) -> Sequence[str]:
        """The fonts to try: fine print is bold where bold fits."""
        if size < FINE_PT and not self.font and not self.bold:
            return fonts.CONDENSED_BOLD, fonts.CONDENSED
        return (self.font_name,)

    @property
    def composed(self) -> str:
        """Each letter and its accent as one character, as the font draws it."""
        return unicodedata.normalize("NFC", self.text)

    @cached_property
    def words(self) -> Sequence[str]:
        """Between which it may break."""
        return BREAK.split(self.composed)


@dataclass(frozen=True)
class Setting:
    """How a row is set."""

    font: str
    size: float
    leading: float


@dataclass(frozen=True)
class Row:
    """Text measured and ready to draw, `indent` right of the area's left side."""

    text: str
    line: Line
    setting: Setting
    indent: float

    @property
    def height(self) -> float:
        return self.setting.size * self.setting.leading

    @property
    def rise(self) -> float:
        """From the top of the row down to the line its letters stand on."""
        return self.height - self.setting.size * DESCENT

    @property
    def width(self) -> float:
        return width_of(self.text, self.setting)


def width_of(text: str, setting: Setting) -> float:
    return width_at_one(text.rstrip(), setting.font) * setting.size


@lru_cache(maxsize=10_000)
def width_at_one(text: str, font: str) -> float:
    """How wide a text is in 1 pt: the same words are tried in many sizes."""
    return float(stringWidth(text, font, 1))


class Fitting:
    """How lines were set on the labels of one print, which say the same but for their codes; what
    was tried for one label is not tried for the next."""

    def __init__(self) -> None:
        self.tried: dict[tuple[Line, float, float, Area, float], list[Row] | None] = {}

    def fitted(self, lines: Sequence[Line], area: Area) -> list[Row] | None:
        """The rows of all `lines` within `area`, as large as they can be, or None."""
        for line in lines:
            fonts.require_glyphs(line.composed, line.font_name)
        for scale, leading in TRIES:
            rows = self._placed(lines, area, scale, leading)
            if rows is not None:
                return rows
        return None

    def _placed(
        self, lines: Sequence[Line], area: Area, scale: float, leading: float
    ) -> list[Row] | None:
        """The rows of `lines` from the top down at one scale, or None where they have no room."""
        rows: list[Row] = []
        depth = 0.0
        for line in lines:
            more = self._rows_of(line, line.size * scale, leading, area, depth)
            if more is None:
                return None
            rows += more
            depth = depth_of(rows)
            if depth > area.height:
                return None
        return rows

    def _rows_of(
        self, line: Line, largest: float, leading: float, area: Area, depth: float
    ) -> list[Row] | None:
        asked = line, largest, leading, area, depth
        if asked not in self.tried:
            self.tried[asked] = rows_of(*asked)
        return self.tried[asked]


def depth_of(rows: Sequence[Row]) -> float:
    return sum(row.height for row in rows)


def rows_of(
    line: Line, largest: float, leading: float, area: Area, depth: float
) -> list[Row] | None:
    """The fewest rows that hold `line`, each as large as fits; None if no size does."""
    for smallest in (largest * BEFORE_BREAKING, SMALLEST_PT):
        for count in range(1, line.rows + 1):
            for size in sizes(largest, smallest):
                for font in line.fonts_at(size):
                    rows = broken(line, Setting(font, size, leading), area, depth, most=count)
                    if rows is not None:
                        return rows
    return None


def sizes(largest: float, smallest: float) -> Iterator[float]:
    """From `largest` down to `smallest`, never under what a printer can show."""
    smallest = max(smallest, SMALLEST_PT)
    size = largest
    while size > smallest:
        yield size
        size -= SHRINK_PT
    yield smallest


def broken(
    line: Line, setting: Setting, area: Area, depth: float, *, most: int
) -> list[Row] | None:
    """`line` in at most so many rows that fit, broken between words only; None if it does not."""
    rows: list[tuple[str, float]] = []  # tried by the thousand, and drawn once
    for word in line.words:
        if rows:
            text, indent = rows[-1][0] + word, rows[-1][1]
            if indent + width_of(text, setting) <= area.width:
                rows[-1] = text, indent
                continue
        indent = area.indent(depth + len(rows) * setting.size * setting.leading)
        if len(rows) == most or indent + width_of(word, setting) > area.width:
            return None
        rows.append((word, indent))
    return [Row(text, line, setting, indent) for text, indent in rows]
