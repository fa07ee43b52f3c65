"""What is filled in by hand: boxes with their names, and codes to scan once there is a scanner."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.platypus import Flowable

from lims.labels import barcodes
from lims.labels.barcodes import DATA_MATRIX_QUIET_MODULES as QUIET
from lims.records import ink
from lims.records.ink import Ink, set_lines
from lims.records.page import BODY_WIDTH, draw_modules

BOX_HEIGHT = 30
"""Points: a line of handwriting under the name of the box."""
ACROSS = 3
MODULE_PT = 1.7
"""0.6 mm: read from a photocopy too."""
CODE_HEIGHT = 52
SIDE = 40
"""Points that a Data Matrix of eleven signs takes with its quiet zone."""


@dataclass(frozen=True)
class Box:
    """A place to write in; what stands in it already is `said`."""

    name: str
    weight: int = 1
    said: str = ""


class BoxRow(Flowable):
    """Boxes side by side over the whole width."""

    def __init__(self, boxes: Sequence[Box], height: float = BOX_HEIGHT) -> None:
        super().__init__()
        self.boxes, self.high = boxes, height

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return BODY_WIDTH, self.high

    def draw(self) -> None:
        x, total = 0.0, sum(box.weight for box in self.boxes)
        for box in self.boxes:
            wide = BODY_WIDTH * box.weight / total
            self.canv.setStrokeColor(ink.LINE)
            self.canv.setLineWidth(0.7)
            self.canv.rect(x, 0, wide, self.high)
            self._write(Ink(box.name, ink.LABEL), x, self.high - 8, wide)
            self._write(Ink(box.said, ink.CODE), x, 6, wide)
            x += wide

    def _write(self, text: Ink, x: float, y: float, wide: float) -> None:
        if text.text:
            first = set_lines(text, wide - 6)[0]
            self.canv.setFont(first.style.font, first.style.size)
            self.canv.setFillColor(first.style.colour)
            self.canv.drawString(x + 3, y, first.text)


@dataclass(frozen=True)
class Scannable:
    """A code with what it names, and where that is."""

    code: str
    what: str
    where: str = ""


class CodeRow(Flowable):
    """Up to three codes side by side as Data Matrix, each with what it names."""

    def __init__(self, things: Sequence[Scannable]) -> None:
        super().__init__()
        self.things = things

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return BODY_WIDTH, CODE_HEIGHT

    def draw(self) -> None:
        room = BODY_WIDTH / ACROSS
        for place, thing in enumerate(self.things):
            x = place * room
            rows = barcodes.data_matrix_rows(thing.code)
            left, top = x + QUIET * MODULE_PT, CODE_HEIGHT - 6
            draw_modules(self.canv, rows, left, top, MODULE_PT, MODULE_PT)
            y = CODE_HEIGHT - 12.0
            said = (Ink(thing.code, ink.CODE), Ink(thing.what), Ink(thing.where, ink.SMALL))
            for line in set_lines(said, room - SIDE - 8):
                self.canv.setFont(line.style.font, line.style.size)
                self.canv.setFillColor(line.style.colour)
                self.canv.drawString(x + SIDE, y, line.text)
                y -= line.style.leading
