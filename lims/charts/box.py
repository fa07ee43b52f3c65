"""The map of a box for paper: its rows and columns, the positions to reach for numbered."""

from collections.abc import Mapping

from reportlab.graphics.shapes import Drawing, Rect, Shape

from lims.charts.strokes import ACCENT, FRAME, INK, WHITE, text

CELL = 17
LETTERS = 14
"""Points left of the grid and above it, for the letters of the rows and the numbers of columns."""


def box_drawing(rows: int, columns: int, picked: Mapping[tuple[int, int], str]) -> Drawing:
    """`picked` says by (row, column), both from 1, what stands in the positions that stand out."""
    drawing = Drawing(LETTERS + columns * CELL + 1, LETTERS + rows * CELL + 1)
    top = rows * CELL + 1
    for column in range(1, columns + 1):
        drawing.add(text(_left(column) + CELL / 2, top + 4, str(column), "middle"))
    for row in range(1, rows + 1):
        y = top - row * CELL
        letter = chr(ord("A") + row - 1)
        drawing.add(text(LETTERS - 4, y + CELL / 2 - 2.5, letter, "end"))
        for column in range(1, columns + 1):
            for shape in _position(_left(column), y, picked.get((row, column))):
                drawing.add(shape)
    return drawing


def _left(column: int) -> float:
    return LETTERS + (column - 1) * CELL


def _position(x: float, y: float, said: str | None) -> list[Shape]:
    square = Rect(x, y, CELL, CELL)
    square.strokeColor, square.strokeWidth = FRAME, 0.6
    square.fillColor = ACCENT if said else WHITE
    if said is None:
        return [square]
    square.strokeColor = INK
    return [square, text(x + CELL / 2, y + CELL / 2 - 2.7, said, "middle", WHITE, bold=True)]
