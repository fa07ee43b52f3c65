"""A label as the printer and the scanner see it, by libraries the labels do not use."""

from io import BytesIO

import pypdf
import pypdfium2
import zxingcpp
from PIL import Image

from lims.labels import Stock
from lims.labels.stock import PT_PER_INCH

BLACK_BELOW = 128
ZOOM = 3
"""zxing at times loses a module of a single pixel; scanners see many more."""
READ_AT = 3
"""Dots to a point of a paper: what a scanner of 216 dpi sees."""

OUR_SYMBOLS = [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix]
Box = tuple[float, float, float, float]


def raster(pdf: bytes, stock: Stock, page: int = 0) -> Image.Image:
    """The page in the printer's own dots, each black or white."""
    rendered = pypdfium2.PdfDocument(pdf)[page].render(scale=stock.dpi / PT_PER_INCH)
    return rendered.to_pil().convert("L").point(lambda level: 255 * (level >= BLACK_BELOW))


def scanned(dots: Image.Image, zoom: int = ZOOM) -> list[str]:
    """What every code on the raster says."""
    seen = dots.resize((dots.width * zoom, dots.height * zoom), Image.Resampling.NEAREST)
    return [code.text for code in zxingcpp.read_barcodes(seen, formats=OUR_SYMBOLS)]


def codes_on(pdf: bytes, pages: int | None = None) -> set[str]:
    """What every code on a paper says, or on its first pages."""
    return {
        code
        for page in list(pypdfium2.PdfDocument(pdf))[:pages]
        for code in scanned(page.render(scale=READ_AT, grayscale=True).to_pil(), zoom=1)
    }


def text_of(pdf: bytes, page: int = 0) -> str:
    """The text of a page; what is broken over rows, after a space or a hyphen, reads as one."""
    text = pypdf.PdfReader(BytesIO(pdf)).pages[page].extract_text()
    return " ".join(text.replace("-\n", "-").split())


def letter_boxes(pdf: bytes) -> list[Box]:
    """Left, bottom, right and top of each visible letter, in pt."""
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    letters = range(text.count_chars())
    return [text.get_charbox(i) for i in letters if text.get_text_range(i, 1).strip()]


def code_box(pdf: bytes) -> Box:
    """Where the symbol stands: the only path made of more than one rectangle."""
    paths = [thing for thing in pypdfium2.PdfDocument(pdf)[0].get_objects() if thing.type == 2]
    return max((path.get_bounds() for path in paths), key=lambda box: box[3] - box[1])
