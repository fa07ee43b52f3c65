"""The mark of which copy a paper is, laid over the stored one when it is served."""

from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
)
from reportlab.pdfgen.canvas import Canvas

from lims.records import ink
from lims.records.ink import Ink, set_lines, width_of
from lims.records.page import BODY_WIDTH, HEIGHT, LEFT, WIDTH

MARK_HEIGHT = 13
MARK_TOP = 10
COPY = NameObject("/LimsCopy")


def stamp_copy(pdf: bytes, text: str) -> bytes:
    """`pdf` with `text` at the top of every page; it begins with the stored bytes, untouched."""
    writer = PdfWriter(BytesIO(pdf), incremental=True)
    mark = writer._add_object(_mark(text, writer))  # pypdf has no public name for it
    drawn = DecodedStreamObject()
    drawn.set_data(b"\nq /LimsCopy Do Q\n")
    drawing = writer._add_object(drawn)
    for page in writer.pages:
        _lay_over(page, mark, drawing)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _lay_over(page: PageObject, mark: IndirectObject, drawing: IndirectObject) -> None:
    resources = page["/Resources"].get_object()
    assert isinstance(resources, DictionaryObject)
    objects = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
    objects[COPY] = mark
    page[NameObject("/Resources")] = DictionaryObject(
        {**resources, NameObject("/XObject"): objects}
    )
    contents = page.raw_get("/Contents")
    before = contents if isinstance(contents, ArrayObject) else [contents]
    page[NameObject("/Contents")] = ArrayObject([*before, drawing])


def _mark(text: str, writer: PdfWriter) -> StreamObject:
    """The mark as a form of a whole page, its font embedded, to be drawn on each page."""
    page = PdfReader(BytesIO(_page_with(text))).pages[0]
    contents = page.get_contents()
    assert contents is not None
    form = DecodedStreamObject()
    form.set_data(contents.get_data())
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): page.mediabox,
            NameObject("/Resources"): page["/Resources"].clone(writer),
        }
    )
    return form


def _page_with(text: str) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, (WIDTH, HEIGHT), invariant=1, initialFontName=ink.STRONG.font)  # type: ignore[arg-type]
    style = ink.Style(font=ink.STRONG.font, size=7.4, colour=ink.STOP)
    line = set_lines(Ink(text, style), BODY_WIDTH - 12)[0]
    wide = width_of(line) + 12
    bottom = HEIGHT - MARK_TOP - MARK_HEIGHT
    canvas.setStrokeColor(ink.STOP)
    canvas.setLineWidth(0.8)
    canvas.roundRect(LEFT + (BODY_WIDTH - wide) / 2, bottom, wide, MARK_HEIGHT, 3)
    canvas.setFont(style.font, style.size)
    canvas.setFillColor(style.colour)
    canvas.drawCentredString(LEFT + BODY_WIDTH / 2, bottom + 4, line.text)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
