"""The fonts of every paper: embedded, the same on each machine, with Cyrillic and Latin letters."""

import unicodedata
from pathlib import Path
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
FONTS = {
    name: TTFont(name, str(FOLDER / f"{name}.ttf"))
    for name in (SANS, BOLD, CONDENSED, CONDENSED_BOLD, MONO)
}

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
        pdfmetrics.registerFont(font)
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
