import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from lims.charts.timeline import Row
from lims.records.batch import batch_record
from lims.records.batch_values import lots_used
from lims.records.canonical import digest
from lims.records.parts import Reading
from tests.records import examples
from tests.records.examples import ENGLISH

ITEMS = [
    "1 Product and batch number",
    "2 Dates and times of start, intermediate stages and end",
    "3 Starting materials",
    "4 Raw materials",
    "5 Line clearance",
    "6 Operator of each step, and who checked it",
    "7 In-process controls and results",
    "8 Yield at the relevant stages",
    "9 Special problems and authorised deviations",
    "10 Approval by the person responsible",
]


@pytest.fixture
def record():
    return examples.batch_record()


@pytest.fixture
def text(record, read):
    return read(batch_record(record, ENGLISH))


def test_the_ten_items_stand_in_their_order(text):
    places = [text.index(item) for item in ITEMS]

    assert places == sorted(places)


def test_a_long_name_of_the_product_leaves_the_first_page_to_the_items(record):
    named = "autologous stromal cells of subcutaneous fat, expanded " * 7
    long = replace(record, heading=replace(record.heading, product=named))

    first = PdfReader(BytesIO(batch_record(long, ENGLISH))).pages[0].extract_text()

    assert [item for item in ITEMS if item in " ".join(first.split())] == ITEMS[:6]


@pytest.mark.parametrize("item", ITEMS[1:])
def test_an_item_without_rows_says_none(item, read):
    text = read(batch_record(examples.empty_batch_record(), ENGLISH))

    assert f"{item} none" in text


def test_every_page_says_which_it_is_of_how_many(text):
    pages = re.findall(r"page (\d+) of (\d+)", text)

    assert pages == [(str(page), str(len(pages))) for page in range(1, len(pages) + 1)]


def test_every_page_says_whose_it_is_and_how_to_trust_it(record, text):
    pages = len(re.findall(r"page \d+ of", text))
    heading = record.heading

    for said in (heading.patient.name, heading.patient.code, digest(record), heading.audit.sha256):
        assert text.count(said) >= pages


def test_a_correction_shows_both_values_who_when_and_why(text):
    changed = text[text.index("D Values changed") :]

    assert re.search(
        r"Dead cells 2 · Harvest P1 16.000 cells 61.000 cells "
        r"Tatiana Lis 6 Nov 2026 10:20 \(\+03:00\) square misread",
        changed,
    )


def test_a_signature_shows_name_meaning_time_and_whether_it_holds(text):
    assert "Natalia Zhuk production reviewed 21 Nov 2026 10:20 (+03:00) ✓ valid" in text
    assert "Irina Volchek released conditionally 21 Nov 2026 10:20 (+03:00) ✗ no longer" in text


def test_a_column_is_as_wide_as_its_longest_word(record, read):
    entry = replace(record.audit_entries[0], old="использованная", new="забракованная")

    text = read(batch_record(replace(record, audit_entries=(entry,)), ENGLISH))

    assert "использованная забракованная" in text


def test_a_deviation_shows_who_authorised_it(text):
    assert "deviation approved: Natalia Zhuk" in text


def test_a_signature_says_why_where_a_reason_was_given(record, read):
    decided = examples.signature(meaning="rejected", reason="the patient fell ill")

    text = read(batch_record(replace(record, approvals=(decided,)), ENGLISH))

    assert "rejected the patient fell ill" in text


def test_a_deviation_nobody_signed_says_so(record, read):
    unsigned = replace(examples.DEVIATION, authorised=())

    text = read(batch_record(replace(record, deviations=(unsigned,)), ENGLISH))

    assert "not authorised by signature" in text


def test_a_failing_control_that_rounds_to_its_limit_shows_what_was_compared(text):
    assert "Viability 80.0 % exactly 79.96 ≥ 80 % ✗ fail" in text


def test_a_late_entry_shows_its_reason(text):
    assert "late: terminal was down" in text


def test_a_lot_of_two_steps_is_listed_once_with_all_that_was_taken(record):
    (lot,) = lots_used(record.steps)

    assert (lot.code, str(lot.quantity)) == ("LT260000339", "25.0")


def test_labels_that_do_not_balance_stand_out(text):
    assert "dose 3 2 0 0 1 ✗ not balanced" in text


def test_the_growth_curve_is_drawn_and_told(text):
    assert "prescribed dose 100\u202f000\u202f000".replace("\u202f", " ") in text
    assert "P2 14.0" in text


def test_the_same_values_give_the_same_bytes(record):
    assert batch_record(record, ENGLISH) == batch_record(examples.batch_record(), ENGLISH)


def test_every_font_is_in_the_file(record, fonts):
    embedded = fonts(batch_record(record, ENGLISH))

    assert len(embedded) >= 4
    assert all(embedded.values()), embedded


def test_a_record_in_russian_needs_only_its_words(record, read):
    words = {"page %(page)s of %(pages)s": "стр. %(page)s из %(pages)s", "none": "нет"}
    russian = replace(ENGLISH, word=lambda said: words.get(said, said), language="ru")

    text = read(batch_record(examples.empty_batch_record(), russian))

    assert "стр. 1 из 2" in text
    assert "3 Starting materials нет" in text


def test_each_of_four_hundred_steps_is_in_the_record(record, read):
    feeds = (examples.bare_step(number) for number in range(1, 401))
    confluence = Reading("Confluence", 80, "%")
    steps = tuple(replace(one, readings=(confluence,)) for one in feeds)

    text = read(batch_record(replace(record, steps=steps), ENGLISH))

    assert text.count("Confluence") == 400


def test_the_days_of_the_course_stand_with_the_stages(record, read):
    days = (Row("Consent", done=date(2026, 10, 1)), Row("Session 1", planned=date(2026, 12, 1)))

    text = read(batch_record(replace(record, course_days=days), ENGLISH))

    assert "Days of the course What Planned Happened Consent – 1 Oct 2026" in text
    assert "Session 1 1 Dec 2026 –" in text
