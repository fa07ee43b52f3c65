"""Type on paper: the few styles, and text broken into lines that fit.

Text is drawn as it is, never read as markup, so a name such as `Smith <Ivanov & son>` cannot
vanish; that is why reportlab's Paragraph has no part in it (and 400 steps take half a second).
"""

import unicodedata
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from lims.labels import fonts

BODY = HexColor(0x14212B)
QUIET = HexColor(0x4A5A67)
LINE = HexColor(0xD3DAE0)
GROUND = HexColor(0xF4F6F8)
ACCENT = HexColor(0x0F5F73)
GOOD = HexColor(0x1B7A43)
WARN = HexColor(0x8A5A00)
STOP = HexColor(0xB3261E)


@dataclass(frozen=True)
class Style:
    font: str = fonts.CONDENSED
    size: float = 8
    leading: float = 10.5
    colour: Color = BODY
    struck: bool = False


TEXT = Style()
MUTED = Style(colour=QUIET)
SMALL = Style(size=7, leading=9, colour=QUIET)
LABEL = Style(size=6.6, leading=9, colour=QUIET)
STRONG = Style(font=fonts.CONDENSED_BOLD)
CODE = Style(font=fonts.MONO, size=7.4)
HASH = Style(font=fonts.MONO, size=5.8, leading=9, colour=QUIET)
STRUCK = Style(colour=QUIET, struck=True)
IN_ORDER = Style(font=fonts.CONDENSED_BOLD, colour=GOOD)
TO_NOTE = Style(font=fonts.CONDENSED_BOLD, colour=WARN)
WRONG = Style(font=fonts.CONDENSED_BOLD, colour=STOP)
TABLE = Style(font=fonts.CONDENSED_BOLD, size=8.4, leading=12)
STEP = Style(font=fonts.CONDENSED_BOLD, size=9.4, leading=13)
STATEMENT = Style(font=fonts.BOLD, size=9.4, leading=14)
SECTION = Style(font=fonts.BOLD, size=10.6, leading=16, colour=ACCENT)
TITLE = Style(font=fonts.BOLD, size=18, leading=23)
SUBJECT = Style(font=fonts.CONDENSED, size=10, leading=14, colour=QUIET)


@dataclass(frozen=True)
class Ink:
    """A text with its style: one cell, or one of the lines stacked in it."""

    text: str
    style: Style = TEXT


LAST_NAMED = 0xFFFF
"""reportlab writes a broken Unicode map for letters beyond: drawn, but not found as text again."""

Cell = str | Ink | tuple[str | Ink, ...]


def set_lines(cell: Cell, width: float) -> list[Ink]:
    """`cell` broken into lines of at most `width` points."""
    return [
        Ink(line, one.style)
        for one in _inks(cell)
        for line in broken(one.text, one.style.font, one.style.size, width)
    ]


def _inks(cell: Cell) -> list[Ink]:
    parts = cell if isinstance(cell, tuple) else (cell,)
    return [Ink(part) if isinstance(part, str) else part for part in parts]


def longest_word(cells: Iterable[Cell]) -> float:
    """The width of the longest word in `cells`, below which it would be cut."""
    return max(
        (
            _width(word, one.style.font, one.style.size)
            for cell in cells
            for one in _inks(cell)
            for line in printable(one.text, one.style.font).split("\n")
            for word in line.split(" ")
        ),
        default=0,
    )


def width_of(line: Ink) -> float:
    return _width(line.text, line.style.font, line.style.size)


def printable(text: str, font: str) -> str:
    """`text` with every letter `font` lacks named by its code point: seen, never a blank."""
    if text.isascii() and text.isprintable():
        return text
    lines = unicodedata.normalize("NFC", text.replace("\t", " ").replace("\r\n", "\n"))
    return lines.translate(_letters(font))


@cache
def _letters(font: str) -> "Letters":
    registered = pdfmetrics.getFont(font)
    assert isinstance(registered, TTFont)
    return Letters(registered.face.charToGlyph)


class Letters(dict[int, str]):
    """As what each letter is drawn, by its code point; looked for once."""

    def __init__(self, glyphs: Container[int]) -> None:
        super().__init__({ord("\n"): "\n"})
        self.glyphs = glyphs

    def __missing__(self, point: int) -> str:
        shown = _is_shown(chr(point), self.glyphs)
        self[point] = drawn = chr(point) if shown else f"‹U+{point:04X}›"
        return drawn


def _is_shown(letter: str, glyphs: Container[int]) -> bool:
    return (
        ord(letter) <= LAST_NAMED
        and ord(letter) in glyphs
        and unicodedata.category(letter) not in fonts.INVISIBLE
        and unicodedata.bidirectional(letter) not in fonts.RIGHT_TO_LEFT
    )


@lru_cache(4096)
def broken(text: str, font: str, size: float, width: float) -> tuple[str, ...]:
    """`text` in lines no wider than `width`: cut between words, within one only if it must."""
    return tuple(
        line
        for paragraph in printable(text, font).split("\n")
        for line in _wrapped(paragraph, font, size, width)
    )


def _wrapped(text: str, font: str, size: float, width: float) -> Iterator[str]:
    line = ""
    for word in _words(text, font, size, width):
        longer = f"{line} {word}" if line else word
        if line and _width(longer, font, size) > width:
            yield line
            longer = word
        line = longer
    yield line


def _words(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """The words of `text`; one wider than the line is cut where the line ends."""
    if _width(text, font, size) <= width:
        yield text
        return
    for word in text.split(" "):
        start, used = 0, 0.0
        for place, letter in enumerate(word):
            wide = _width(letter, font, size)
            if used + wide > width and place > start:
                yield word[start:place]
                start, used = place, 0.0
            used += wide
        yield word[start:]


@lru_cache(8192)
def _width(text: str, font: str, size: float) -> float:
    return pdfmetrics.stringWidth(text, font, size)
