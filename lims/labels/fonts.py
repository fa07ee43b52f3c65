"""The fonts of every paper: embedded, the same on each machine, with Cyrillic and Latin letters."""

import unicodedata
from pathlib import Path
from threading import RLock
from typing import Any
from xml.sax.saxutils import escape as escape_markup

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from lims.errors import N_, LimsError

FOLDER = Path(__file__).parent / "fonts"

SANS = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
CONDENSED = "DejaVuSansCondensed"
CONDENSED_BOLD = "DejaVuSansCondensed-Bold"
MONO = "DejaVuSansMono"


class OwnFont(TTFont):
    """Read from its file when something is first set in it: five of them hold 20 MB, and most of
    what runs prints nothing."""

    _reading = RLock()

    def __init__(self, name: str) -> None:
        self.fontName = name

    def __getattr__(self, wanted: str) -> Any:
        """What is not there yet; two threads may ask at once."""
        if wanted.startswith("__"):
            raise AttributeError(wanted)
        with self._reading:
            if wanted not in vars(self):
                super().__init__(self.fontName, str(FOLDER / f"{self.fontName}.ttf"))
        return vars(self)[wanted]

    def register(self) -> None:
        """As `registerFont` does it, which would read the file to know what the font calls
        itself."""
        self._dynamicFont = 0
        pdfmetrics.registerFont(self)
        del self._dynamicFont


FONTS = {name: OwnFont(name) for name in (SANS, BOLD, CONDENSED, CONDENSED_BOLD, MONO)}

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories no paper shows: control, format, surrogate, private, unassigned, breaks."""

RIGHT_TO_LEFT = {"R", "AL", "AN"}
"""Letters that would be printed in the wrong order, which on a name is a wrong name."""


class MissingGlyphs(LimsError):
    sentence = N_(
        "%(letters)s in “%(text)s” cannot be printed. "
        "Write it in Cyrillic or Latin letters, then print again."
    )


def register_fonts() -> None:
    """Make the fonts known to reportlab by their names, Sans and Condensed with their bold."""
    for font in FONTS.values():
        font.register()
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=SANS, boldItalic=BOLD)
    pdfmetrics.registerFontFamily(
        CONDENSED,
        normal=CONDENSED,
        bold=CONDENSED_BOLD,
        italic=CONDENSED,
        boldItalic=CONDENSED_BOLD,
    )


def require_glyphs(text: str, font: str) -> None:
    """Raise MissingGlyphs naming the letters that `font` lacks; reportlab would leave a gap."""
    glyphs = FONTS[font].face.charToGlyph
    missing = dict.fromkeys(
        letter
        for letter in text
        if ord(letter) not in glyphs
        or unicodedata.category(letter) in INVISIBLE
        or unicodedata.bidirectional(letter) in RIGHT_TO_LEFT
    )
    if missing:
        shown = "".join(letter if letter.isprintable() else "�" for letter in text)
        raise MissingGlyphs(letters=[named(letter) for letter in missing], text=shown)


def named(letter: str) -> str:
    """A letter as a person can look for it: itself where it can be seen, and its number."""
    number = f"U+{ord(letter):04X}"
    return f"{letter} ({number})" if letter.isprintable() else number


def escape(text: str) -> str:
    """`text` for a Paragraph, which reads markup: `Smith <Ivanov>` would lose its second name."""
    return escape_markup(text)


register_fonts()
