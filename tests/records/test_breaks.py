"""Where pages end: with every paper a little longer than the last, something is to be cut."""

import re

import pytest

from lims.records.batch import batch_record
from lims.records.parts import Reading
from lims.records.release import release_certificate
from tests.reading import pages_of
from tests.records import examples
from tests.records.examples import ENGLISH

LENGTHS = range(1, 40, 3)
BEGINS = re.compile(r"SOP-014 version 3 TM26000002K (\w+)")


@pytest.fixture(scope="module")
def records():
    """Batch records of six steps with so many values each."""
    return [
        pages_of(
            batch_record(
                examples.batch_record(
                    steps=tuple(
                        examples.step(number, readings=(Reading("Live cells", 9),) * length)
                        for number in range(1, 7)
                    )
                ),
                ENGLISH,
            )
        )
        for length in LENGTHS
    ]


def test_the_head_of_a_step_stands_on_the_page_of_its_first_table(records):
    for pages in records:
        followed = [said for page in pages for said in BEGINS.findall(page)]

        assert followed == ["Line"] * 6


def test_a_page_that_begins_within_a_step_names_it(records):
    for pages in records:
        first = next(place for place, page in enumerate(pages) if "H Steps in order" in page)
        for page in pages[first + 1 :]:
            body = page.split(examples.AUDIT.sha256)[1]

            assert re.match(r" page \d+ of \d+ \D*\d · Harvest P1", body)


def test_a_signature_stands_on_no_page_without_something_of_what_was_signed():
    (unusual,) = examples.release().exceptions
    for length in range(14, 26):
        pages = pages_of(
            release_certificate(examples.release(exceptions=(unusual,) * length), ENGLISH)
        )

        assert unusual.what in pages[-1]
        assert "Natalia Zhuk released conditionally" in pages[-1]
        assert sum(page.count(unusual.what) for page in pages) == length
