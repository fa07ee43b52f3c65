"""One label being drawn: places on it, text in them, and a code on whole dots."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil, floor
from typing import Any

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from lims.labels import barcodes, fonts
from lims.labels.stock import PT_PER_MM, Stock
from lims.labels.text import LEADING, Area, DoesNotFit, Fitting, Line, Row, depth_of

MARGIN_MM = 1.0
"""Labels lie in a printer as much as this aside."""

WIDEST_GAP = 0.3
"""Of a row's height: how far rows spread when there is room to spare."""

ABOVE_NEXT_ROW = 0.1
"""Of its size, how much a black bar leaves white above the row that follows."""

CAPTION_PT = 7.5
NOT_FOR_USE = "DEMO · NOT FOR USE · НЕ ПРИМЕНЯТЬ"
NOT_FOR_USE_PT = 4.5
ABOVE_BARS_PT = 2.0


class Face:
    """The face of one label of `stock`; `translate` gives the site's words for ours."""

    def __init__(
        self,
        canvas: Canvas,
        stock: Stock,
        translate: Callable[[str], str],
        *,
        demonstration: bool = False,
        fitting: Fitting | None = None,
    ) -> None:
        self.canvas = canvas
        self.fitting = fitting or Fitting()
        self.stock = stock
        self.translate = translate
        margin = MARGIN_MM * PT_PER_MM
        width, height = stock.page_pt
        self.inside = Area(margin, margin, width - 2 * margin, height - 2 * margin)
        if demonstration:
            self._not_for_use()

    def _not_for_use(self) -> None:
        """A black bar along the top, in both languages: who finds the label may read either."""
        bar = replace(self.inside, height=NOT_FOR_USE_PT * LEADING)
        bar = replace(bar, bottom=self.inside.bottom + self.inside.height - bar.height)
        line = Line(NOT_FOR_USE, NOT_FOR_USE_PT, bold=True, rows=1, white_on_black=True)
        self.write(bar, [line])
        self.inside = replace(self.inside, height=self.inside.height - bar.height - 1)

    def say(self, sentence: str, **values: object) -> str:
        """`sentence` in the site's language with its values."""
        return self.translate(sentence) % values if values else self.translate(sentence)

    def write(self, area: Area, lines: Iterable[Line], *, centred: bool = False) -> None:
        """All of `lines` from the top of `area` down, or DoesNotFit naming the longest."""
        said = [line for line in lines if line.text]
        rows = self.fitting.fitted(said, area)
        if rows is None:
            longest = max(said, key=lambda line: stringWidth(line.text, line.font_name, line.size))
            raise DoesNotFit(text=longest.text, stock=self.stock.name)
        gap = min(WIDEST_GAP, area.height / depth_of(rows) - 1) if rows else 0.0
        top = area.bottom + area.height
        for row in rows:
            self._row(row, area, top, centred=centred)
            top -= row.height * (1 + gap)

    def _row(self, row: Row, area: Area, top: float, *, centred: bool) -> None:
        left, width = area.left + row.indent, area.width - row.indent
        if row.line.white_on_black:
            bar = row.height - ABOVE_NEXT_ROW * row.setting.size
            self.canvas.rect(left, top - bar, width, bar, stroke=0, fill=1)
            self.canvas.setFillGray(1)
        if centred or row.line.white_on_black:
            left += (width - row.width) / 2
        self.canvas.setFont(row.setting.font, row.setting.size)
        self.canvas.drawString(left, top - row.rise, row.text)
        self.canvas.setFillGray(0)

    def code128(self, code: str, *, height_mm: float, wanted_mm: float, caption: str) -> Area:
        """Bars along the bottom with `caption` under them; gives the room left above."""
        barcodes.require_code(code)
        row = barcodes.code128_rows(code)[0]
        modules = len(row) + 2 * barcodes.CODE128_QUIET_MODULES
        module = self._module(self.inside.width, modules, wanted_mm)
        area, height = self.inside, height_mm * PT_PER_MM
        foot = replace(area, height=CAPTION_PT * LEADING)
        self.write(foot, [Line(caption, CAPTION_PT, font=fonts.MONO, rows=1)], centred=True)
        left = area.left + (area.width - len(row) * module * self.stock.dot_pt) / 2
        self._modules(
            [row], left, area.bottom + foot.height, module, floor(height / self.stock.dot_pt)
        )
        taken = foot.height + height + ABOVE_BARS_PT
        return replace(area, bottom=area.bottom + taken, height=area.height - taken)

    def data_matrix(self, code: str, *, wanted_mm: float) -> Area:
        """The symbol in the upper left corner; gives the room beside and below it."""
        barcodes.require_code(code)
        rows = barcodes.data_matrix_rows(code)
        area, quiet = self.inside, barcodes.DATA_MATRIX_QUIET_MODULES
        room = min(area.width, area.height)
        module = self._module(room, len(rows) + 2 * quiet, wanted_mm)
        side = len(rows) * module * self.stock.dot_pt
        self._modules(rows, area.left, area.bottom + area.height - side, module, module)
        clear = side + quiet * module * self.stock.dot_pt
        return replace(area, notch_width=clear, notch_height=clear)

    def _module(self, room_pt: float, modules: int, wanted_mm: float) -> int:
        room_dots = floor(room_pt / self.stock.dot_pt)
        return barcodes.module_dots(
            self.stock.dpi, room_dots=room_dots, modules=modules, wanted_mm=wanted_mm
        )

    def _modules(
        self, rows: Sequence[str], left_pt: float, bottom_pt: float, width: int, height: int
    ) -> None:
        """Dark modules of `width` by `height` dots, as one path so that no seam shows."""
        dot = self.stock.dot_pt
        left, bottom = ceil(left_pt / dot), ceil(bottom_pt / dot)
        path: Any = self.canvas.beginPath()
        for up, row in enumerate(reversed(rows)):
            along = 0
            for module, run in groupby(row):
                count = len(list(run))
                if module == "1":
                    path.rect(
                        (left + along * width) * dot,
                        (bottom + up * height) * dot,
                        count * width * dot,
                        height * dot,
                    )
                along += count
        self.canvas.drawPath(path, stroke=0, fill=1)
