"""Writes many lines of text as one PDF text object: a record of 400 steps has 80 000 of them."""

from reportlab.pdfgen.canvas import Canvas

from lims.records import ink
from lims.records.ink import Ink, Style, width_of

RISE = 0.28
"""Of the leading: how far the baseline stands above the bottom of its line."""


class Pen:
    """Put down on a canvas, lifted once; colours and fonts are named only where they change."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.text = canvas.beginText()
        self.style: Style | None = None

    def write(self, line: Ink, x: float, bottom: float) -> None:
        if not line.text:
            return
        y = bottom + RISE * line.style.leading
        if line.style is not self.style:
            self.style = line.style
            self.text.setFont(line.style.font, line.style.size)
            self.text.setFillColor(line.style.colour)
        self.text.setTextOrigin(x, y)
        self.text.textOut(line.text)
        if line.style.struck:
            self._strike(line, x, y + line.style.size * 0.3)

    def rule(self, width: float, y: float) -> None:
        self.canvas.setStrokeColor(ink.LINE)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(0, y, width, y)

    def lift(self) -> None:
        self.canvas.drawText(self.text)

    def _strike(self, line: Ink, x: float, y: float) -> None:
        self.canvas.setStrokeColor(line.style.colour)
        self.canvas.setLineWidth(0.6)
        self.canvas.line(x, y, x + width_of(line), y)
