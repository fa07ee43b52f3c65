"""The sheet of a list made of the moment and kept nowhere: its foot says of when, and n of m."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, PageTemplate
from reportlab.platypus import Frame as Body

from lims.errors import N_
from lims.labels import fonts
from lims.records import ink
from lims.records.page import BODY_WIDTH, FOOT, HEIGHT, LEFT, WIDTH
from lims.records.wording import Wording

TOP = 40


@dataclass(frozen=True)
class Sheet:
    """`named` stands at the left of each foot."""

    title: str
    site: str
    named: str
    at: datetime

    def pdf(self, story: list[Flowable], say: Wording) -> bytes:
        out = BytesIO()
        template = BaseDocTemplate(
            out,
            pagesize=(WIDTH, HEIGHT),
            invariant=1,
            initialFontName=fonts.CONDENSED,
            title=self.title,
            author=self.site,
            creator="LIMS",
            lang=say.language,
        )

        def foot(canvas: Canvas, _template: BaseDocTemplate) -> None:
            self._draw_foot(canvas, say)

        body = Body(LEFT, FOOT, BODY_WIDTH, HEIGHT - TOP - FOOT, 0, 0, 0, 0)
        template.addPageTemplates(PageTemplate(frames=[body], onPage=foot))
        template.build([*story, _Pages(self, say)])
        return out.getvalue()

    def _draw_foot(self, canvas: Canvas, say: Wording) -> None:
        canvas.setFont(ink.SMALL.font, ink.SMALL.size)
        canvas.setFillColor(ink.QUIET)
        canvas.drawString(LEFT, FOOT - 20, f"{self.site} · {self.named}")
        canvas.doForm(f"page-{canvas.getPageNumber()}")


class _Pages(Flowable):
    """The last thing drawn: only now is the number of pages known."""

    def __init__(self, sheet: Sheet, say: Wording) -> None:
        super().__init__()
        self.sheet, self.say = sheet, say

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        pages = self.canv.getPageNumber()
        for page in range(1, pages + 1):
            self.canv.beginForm(f"page-{page}", 0, 0, WIDTH, HEIGHT)
            self.canv.setFont(ink.SMALL.font, ink.SMALL.size)
            self.canv.setFillColor(ink.QUIET)
            counted = self.say.say(N_("page %(page)s of %(pages)s"), page=page, pages=pages)
            told = f"{self.say.moment(self.sheet.at)} · {counted}"
            self.canv.drawRightString(LEFT + BODY_WIDTH, FOOT - 20 - ink.SMALL.leading, told)
            self.canv.endForm()
