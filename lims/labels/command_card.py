"""The card of commands for the bench: a sheet of A5, to be laminated, codes far enough apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from lims.errors import N_
from lims.labels.face import Face
from lims.labels.printing import canvas_of
from lims.labels.stock import PT_PER_MM, Stock
from lims.labels.text import Area, Line

SHEET = Stock(N_("card of commands, A5"), 148, 210)
MODULE_MM = 0.8
"""Read at arm's length, through the film."""
EDGE_MM, TITLE_MM, COMMAND_MM, SIGN_MM = 10.0, 14.0, 21.0, 22.0
BEFORE_SIGNS_MM = 8.0
SIGNS_A_ROW = 4
APART_MM = 5.0
"""Between a code and its word: the quiet zone, and room for a thumb."""


@dataclass(frozen=True)
class Command:
    """A code and what is printed beside it."""

    code: str
    text: str
    does: str = ""


def command_card(
    commands: Sequence[Command],
    signs: Sequence[Command],
    translate: Callable[[str], str],
    *,
    dpi: int,
    demonstration: bool = False,
) -> bytes:
    """One page: a command a row, below them the signs of a quantity, their words through
    `translate`; of a demonstration, it says that it is not for use."""
    out, stock = BytesIO(), SHEET.at(dpi)
    canvas = canvas_of(stock, out)
    canvas.setTitle(translate(N_("Commands for the scanner")))
    face = Face(canvas, stock, translate, demonstration=demonstration)
    top = stock.height_mm - EDGE_MM
    title = Line(face.say(N_("Commands for the scanner")), 16, bold=True, rows=1)
    face.write(_area(EDGE_MM, top, stock.width_mm - 2 * EDGE_MM, TITLE_MM), [title])
    for row, each in enumerate(commands):
        at = top - TITLE_MM - row * COMMAND_MM
        _draw(face, each, _area(EDGE_MM, at, stock.width_mm - 2 * EDGE_MM, COMMAND_MM), 18)
    below = top - TITLE_MM - len(commands) * COMMAND_MM - BEFORE_SIGNS_MM
    width = (stock.width_mm - 2 * EDGE_MM) / SIGNS_A_ROW
    for place, each in enumerate(signs):
        row, column = divmod(place, SIGNS_A_ROW)
        cell = _area(EDGE_MM + column * width, below - row * SIGN_MM, width, SIGN_MM)
        _draw(face, each, cell, 26)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _area(left_mm: float, top_mm: float, width_mm: float, height_mm: float) -> Area:
    edges = left_mm, top_mm - height_mm, width_mm, height_mm
    return Area(*(edge * PT_PER_MM for edge in edges))


def _draw(face: Face, command: Command, area: Area, size: float) -> None:
    face.inside = area
    beside = face.data_matrix(command.code, wanted_mm=MODULE_MM)
    away = beside.notch_width + APART_MM * PT_PER_MM
    words = Area(area.left + away, area.bottom, area.width - away, area.height)
    lines = [Line(face.say(command.text), size, bold=True, rows=1)]
    if command.does:
        lines.append(Line(face.say(command.does), 11))
    face.write(words, lines)
