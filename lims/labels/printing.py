"""From labels to one PDF: a label a page, the same labels always to the same bytes."""

from collections.abc import Callable, Sequence
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from lims.labels import fonts
from lims.labels.face import Face
from lims.labels.parts import Label
from lims.labels.stock import Stock
from lims.labels.text import Fitting


def render(
    labels: Sequence[Label],
    stock: Stock,
    translate: Callable[[str], str] = str,
    *,
    demonstration: bool = False,
) -> bytes:
    """A PDF of `labels` for the printer and paper of `stock`, its words through `translate`; of a
    `demonstration`, each says that it is not for use."""
    out = BytesIO()
    canvas = canvas_of(stock, out)
    canvas.setTitle(translate("Labels"))
    fitting = Fitting()
    for label in labels:
        face = Face(canvas, stock, translate, demonstration=demonstration, fitting=fitting)
        label.lay_out(face)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def canvas_of(stock: Stock, out: BytesIO) -> Canvas:
    """Pages of `stock` in our own font; the same drawn on them is the same bytes."""
    return Canvas(
        out,
        pagesize=stock.page_pt,
        invariant=1,
        initialFontName=fonts.SANS,  # type: ignore[arg-type]  # the stub says float
        initialFontSize=7,
    )
