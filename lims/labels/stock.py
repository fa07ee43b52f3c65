"""What labels are printed on: sizes as data, and pages of a whole number of printer dots."""

from dataclasses import dataclass, replace

from lims.errors import N_

MM_PER_INCH = 25.4
PT_PER_INCH = 72.0
PT_PER_MM = PT_PER_INCH / MM_PER_INCH

PAGE_TRIM_PT = 0.001
"""Renderers round a page up to whole pixels: untrimmed, 295 dots of 0.24 pt would become 296."""

PRINTER_DPI = (203, 300, 600)


@dataclass(frozen=True)
class Stock:
    """One size of label in one printer of `dpi` dots an inch."""

    name: str
    width_mm: float
    height_mm: float
    dpi: int = 300

    def at(self, dpi: int) -> "Stock":
        """The same label in a printer of another resolution."""
        return replace(self, dpi=dpi)

    @property
    def dot_pt(self) -> float:
        return PT_PER_INCH / self.dpi

    @property
    def width_dots(self) -> int:
        return round(self.width_mm / MM_PER_INCH * self.dpi)

    @property
    def height_dots(self) -> int:
        return round(self.height_mm / MM_PER_INCH * self.dpi)

    @property
    def page_pt(self) -> tuple[float, float]:
        """Width and height of the PDF page that renders to exactly these dots."""
        return (
            self.width_dots * self.dot_pt - PAGE_TRIM_PT,
            self.height_dots * self.dot_pt - PAGE_TRIM_PT,
        )


CARD = Stock(N_("card 85.6 × 54 mm"), 85.6, 54)
LARGE = Stock(N_("large 70 × 40 mm"), 70, 40)
MEDIUM = Stock(N_("medium 57 × 32 mm"), 57, 32)
TUBE = Stock(N_("tube 38 × 19 mm"), 38, 19)
CRYOVIAL = Stock(N_("cryovial 33 × 13 mm"), 33, 13)

STOCKS = {stock.name: stock for stock in (CARD, LARGE, MEDIUM, TUBE, CRYOVIAL)}
