"""The few strokes a chart is made of, with our fonts and colours: reportlab's own leak in Times."""

from typing import Literal

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import STATE_DEFAULTS, Drawing, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from lims.labels import fonts

STATE_DEFAULTS["fontName"] = fonts.CONDENSED
"""A drawing begins by naming this font, used or not, and reportlab's own is not embedded."""

INK = HexColor(0x14212B)
QUIET = HexColor(0x4A5A67)
FRAME = HexColor(0xD3DAE0)
FAINT = HexColor(0xEEF1F3)
ACCENT = HexColor(0x0F5F73)
STOP = HexColor(0xB3261E)
BAND = HexColor(0xDDE8EB)
"""The accent at a seventh, mixed beforehand: reportlab leaves opacity out of SVG."""
WARN = HexColor(0x8A5A00)
WHITE = HexColor(0xFFFFFF)
SMALL_PT, USUAL_PT = 6.8, 7.6


def svg_of(drawing: Drawing) -> bytes:
    """As an SVG document; a browser knows families of fonts, not our files."""
    svg: str = renderSVG.drawToString(drawing)
    family = "'DejaVu Sans Condensed', 'DejaVu Sans', system-ui, sans-serif"
    for name, weight in ((fonts.CONDENSED_BOLD, 700), (fonts.CONDENSED, 400)):
        ours = f"font-family: {family}; font-weight: {weight};"
        svg = svg.replace(f"font-family: {name};", ours)
    return svg.encode()


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    colour: Color,
    width: float = 0.7,
    dashes: tuple[float, float] | None = None,
) -> PolyLine:
    """A PolyLine: in SVG reportlab draws a Line there and back, which fills its dashes."""
    drawn = PolyLine([*start, *end], strokeColor=colour, strokeWidth=width)
    if dashes:
        drawn.strokeDashArray = dashes
    return drawn


def frame(x: float, y: float, width: float, height: float) -> Rect:
    drawn = Rect(x, y, width, height)
    drawn.fillColor, drawn.strokeColor, drawn.strokeWidth = None, FRAME, 0.6
    return drawn


def square(x: float, y: float, side: float, colour: Color) -> Rect:
    drawn = Rect(x - side / 2, y - side / 2, side, side)
    drawn.fillColor, drawn.strokeColor = colour, None
    return drawn


def text(
    x: float,
    y: float,
    words: str,
    anchor: Literal["start", "middle", "end"],
    colour: Color = QUIET,
    *,
    bold: bool = False,
) -> String:
    return String(
        x,
        y,
        words,
        textAnchor=anchor,
        fillColor=colour,
        fontSize=_size(bold),
        fontName=_font(bold),
    )


def width_of(words: str, *, bold: bool = False) -> float:
    return float(stringWidth(words, _font(bold), _size(bold)))


def _size(bold: bool) -> float:
    return USUAL_PT if bold else SMALL_PT


def _font(bold: bool) -> str:
    return fonts.CONDENSED_BOLD if bold else fonts.CONDENSED
