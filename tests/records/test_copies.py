from io import BytesIO

import pytest
from pypdf import PdfReader

from lims.records.batch import batch_record
from lims.records.copies import stamp_copy
from tests.records import examples
from tests.records.examples import ENGLISH

MARK = "Copy 2 of 3 · Волков & <Ko> · 21 Nov 2026"


@pytest.fixture(scope="module")
def stored():
    return batch_record(examples.batch_record(), ENGLISH)


def test_the_mark_is_on_every_page(stored):
    pages = PdfReader(BytesIO(stamp_copy(stored, MARK))).pages

    assert all(MARK in page.extract_text() for page in pages)


def test_a_copy_begins_with_the_stored_bytes(stored):
    assert stamp_copy(stored, MARK).startswith(stored)


def test_everything_else_is_still_there(stored):
    before, after = (
        [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
        for pdf in (stored, stamp_copy(stored, MARK))
    )

    assert [page.replace(MARK, "").strip() for page in after] == [page.strip() for page in before]


def test_the_same_mark_gives_the_same_bytes(stored):
    assert stamp_copy(stored, MARK) == stamp_copy(stored, MARK)


def test_the_marks_font_is_in_the_file(stored, fonts):
    assert all(fonts(stamp_copy(stored, MARK)).values())


def test_a_letter_the_font_lacks_is_named_in_the_mark(stored):
    page = PdfReader(BytesIO(stamp_copy(stored, "Copy for 李"))).pages[0]

    assert "Copy for ‹U+674E›" in page.extract_text()
