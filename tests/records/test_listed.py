"""The sheet of a list made of the moment: what its foot says can be read."""

from io import BytesIO

from pypdf import PdfReader
from reportlab.platypus import Spacer

from lims import clock
from lims.records.listed import Sheet
from tests.records.examples import ENGLISH

LONG = "Doses, batches and trends of the laboratory from 24 Nov 2025 to 23 Nov 2026"


def lines_of_the_foot(pdf):
    """Each text at the foot of the first page, with its height above the edge."""
    found = {}

    def note(text, _page, matrix, *_font):
        found[text.strip()] = matrix[5]

    PdfReader(BytesIO(pdf)).pages[0].extract_text(visitor_text=note)
    return found


def test_what_is_named_and_when_stand_on_lines_of_their_own():
    sheet = Sheet("Review", "A laboratory of a long name in a long street", LONG, clock.now())

    foot = lines_of_the_foot(sheet.pdf([Spacer(1, 1)], ENGLISH))

    [named] = [height for text, height in foot.items() if LONG in text]
    [counted] = [height for text, height in foot.items() if "page 1 of 1" in text]
    assert named != counted
