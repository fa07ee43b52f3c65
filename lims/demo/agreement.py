"""A storage agreement as it is signed and kept: under which the vials of an ended course stay."""

from datetime import timedelta
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from lims import clock
from lims.demo.case import Case
from lims.models.agreement import AfterDeath
from lims.workflows import agreements

PAID_FOR = timedelta(days=5 * 365)
MARGIN, LINE = 72, 20
"""Points."""


def agree(case: Case) -> None:
    """Signed by the patient before the course ends, its paper kept."""
    number = f"ST-{clock.today():%Y}-{case.patient}"
    paper = case.laboratory.settings.store.put(_paper(number, case.patient))
    case.act(
        "keeper", agreements.record_agreement, patient=case.mine(), number=number,
        signed_on=clock.today(), starts_on=clock.today(), paid_until=clock.today() + PAID_FOR,
        permitted_uses="the patient's own treatment", after_death=AfterDeath.DESTROY,
        document_sha256=paper,
    )  # fmt: skip


def _paper(number: str, patient: str) -> bytes:
    written = BytesIO()
    page = Canvas(written, pagesize=A4, invariant=True)
    lines = (
        "DEMONSTRATION - NOT FOR USE",
        f"Storage agreement {number}",
        f"Patient {patient}, signed on {clock.today().isoformat()}",
    )
    for place, line in enumerate(lines):
        page.drawString(MARGIN, A4[1] - MARGIN - place * LINE, line)
    page.save()
    return written.getvalue()
