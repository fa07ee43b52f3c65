"""Maps of boxes for paper: rows and columns, the positions to reach for, or those that hold one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing, Group, Rect, Shape

from lims.charts.strokes import ACCENT, FRAME, INK, WHITE, text

CELL = 17
LETTERS = 14
"""Points left of the grid and above it, for the letters of the rows and the numbers of columns."""
ABREAST = 4
WIDE, CAPTION = 129, 14
"""Points for a box among others, and above it for what it is called."""
SMALL, READABLE = 11, 8
"""The cell of a box among others at most; of a smaller one letters and numbers would overlap."""


@dataclass(frozen=True)
class BoxMap:
    """A box among others: by (row, column), both from 1, the positions that hold a vial."""

    caption: str
    rows: int
    columns: int
    held: Mapping[tuple[int, int], str]
    reserved: Collection[tuple[int, int]] = ()
    """Positions that belong to a patient, whether or not a vial stands there."""

    @property
    def cell(self) -> float:
        return min(SMALL, (WIDE - LETTERS - 8) / self.columns)

    @property
    def height(self) -> float:
        return CAPTION + LETTERS + self.rows * self.cell + 4


def box_drawing(rows: int, columns: int, picked: Mapping[tuple[int, int], str]) -> Drawing:
    """`picked` says by (row, column), both from 1, what stands in the positions that stand out."""
    drawing = Drawing(LETTERS + columns * CELL + 1, LETTERS + rows * CELL + 1)
    drawing.add(_grid(rows, columns, CELL, picked))
    return drawing


def shelf_drawings(boxes: Sequence[BoxMap]) -> list[Drawing]:
    """The maps of several boxes side by side, so many that a page holds them."""
    return [_shelf(boxes[first : first + ABREAST]) for first in range(0, len(boxes), ABREAST)]


def _shelf(boxes: Sequence[BoxMap]) -> Drawing:
    height = max(box.height for box in boxes)
    drawing = Drawing(ABREAST * WIDE, height)
    for place, box in enumerate(boxes):
        bottom = height - box.height + 4
        drawing.add(text(place * WIDE, height - 9, box.caption, "start", INK, bold=True))
        grid = _grid(box.rows, box.columns, box.cell, box.held, box.reserved)
        grid.translate(place * WIDE, bottom)
        drawing.add(grid)
    return drawing


def _grid(
    rows: int,
    columns: int,
    cell: float,
    picked: Mapping[tuple[int, int], str],
    reserved: Collection[tuple[int, int]] = (),
) -> Group:
    grid, top = Group(), rows * cell + 1
    for column in range(1, columns + 1) if cell >= READABLE else ():
        middle = _left(column, cell) + cell / 2
        grid.add(text(middle, top + 4, str(column), "middle"))
    for row in range(1, rows + 1):
        y = top - row * cell
        if cell >= READABLE:
            letter = chr(ord("A") + row - 1)
            grid.add(text(LETTERS - 4, y + cell / 2 - 2.5, letter, "end"))
        for column in range(1, columns + 1):
            x, said = _left(column, cell), picked.get((row, column))
            for shape in _position(x, y, cell, said):
                grid.add(shape)
            if said is None and (row, column) in reserved:
                grid.add(_kept(x, y, cell))
    return grid


def _left(column: int, cell: float) -> float:
    return LETTERS + (column - 1) * cell


def _kept(x: float, y: float, cell: float) -> Shape:
    """A small frame within the position: told from a free one without any colour."""
    frame = Rect(x + cell / 4, y + cell / 4, cell / 2, cell / 2)
    frame.strokeColor, frame.strokeWidth, frame.fillColor = INK, 0.8, WHITE
    return frame


def _position(x: float, y: float, cell: float, said: str | None) -> list[Shape]:
    square = Rect(x, y, cell, cell)
    square.strokeColor, square.strokeWidth = FRAME, 0.6
    square.fillColor = WHITE if said is None else ACCENT
    if said is None:
        return [square]
    square.strokeColor = INK
    return [square, text(x + cell / 2, y + cell / 2 - 2.7, said, "middle", WHITE, bold=True)]
