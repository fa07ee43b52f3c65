from dataclasses import replace
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp

from lims.records.parts import Comment, Patient
from lims.records.step import RECEPTION_RECORD, Curve, StepRecord, step_record
from tests.records import examples
from tests.records.examples import ENGLISH, HEADING, at

HOSTILE = [
    "Smith <Ivanov & son>",
    "</para><b>Иванов</b> &amp;",
    "Щербаков-Ёлкин Ж.",
    "Янка Ўладзіміраўна Ілʼініч",
    "%s %(name)s {0} \\ ( )",
]


def test_a_step_shows_who_when_and_with_what(read):
    text = read(step_record(examples.step_record(), ENGLISH))

    for said in ("Olga Sidorova", "Anton Kovalenko", "Tatiana Lis", "SOP-014 version 3",
                 "TM26000002K", "LT260000339", "2419077", "1 Mar 2027", "15 Jan 2027",
                 "5 Nov 2026 10:20 (+03:00)", "typed by hand", "7 · Harvest P1"):  # fmt: skip
        assert said in text


def test_an_empty_step_says_none_for_each_part(read):
    bare = StepRecord(HEADING, "BA26000039T", examples.bare_step())

    text = read(step_record(bare, ENGLISH))

    for part in ("Lots", "Equipment", "Labels", "Corrections", "Signatures", "Photographs"):
        assert f"{part} none" in text


def test_a_freezing_shows_its_curve_and_the_numbers_of_it(read):
    run = Curve(((Decimal(0), Decimal(4)), (Decimal(80), Decimal(-100))), Decimal(-80))
    frozen = StepRecord(HEADING, "BA26000039T", replace(examples.bare_step(), curve=run))

    text = read(step_record(frozen, ENGLISH))

    for said in ("to be reached: −80 °C", "Freezing curve", "80.0", "−100.0"):
        assert said in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_printed_as_it_is(name, read):
    heading = replace(HEADING, patient=Patient("PT260000281", name, HEADING.patient.birth_date))
    record = StepRecord(heading, "BA26000039T", examples.step(performed_by=name))

    assert read(step_record(record, ENGLISH)).count(name) == 3


@pytest.mark.parametrize("letter", ["李", "😀", "\u202e", "\x07", "א"])
def test_a_letter_the_font_lacks_is_named_never_blank(letter, read):
    record = examples.step_record(performed_by=f"Li {letter}")

    assert f"Li ‹U+{ord(letter):04X}›" in read(step_record(record, ENGLISH))


def test_a_comment_longer_than_a_page_is_printed_whole(read):
    words = " ".join(f"word{number}" for number in range(3000))
    record = examples.step_record(comments=(Comment(words, "Olga Sidorova", at(14)),))

    text = read(step_record(record, ENGLISH))

    assert "word0 " in text
    assert "word2999" in text
    assert "Comments (continued)" in text


def test_a_word_wider_than_its_column_is_cut_not_lost(read):
    record = examples.step_record(comments=(Comment("Ж" * 400, "Olga Sidorova", at(14)),))

    assert read(step_record(record, ENGLISH)).count("Ж") >= 400


def test_a_photograph_that_cannot_be_read_does_not_stop_the_paper(read):
    broken = replace(examples.photo(), image=b"not a picture", caption="lost")

    assert "lost" in read(step_record(examples.step_record(photos=(broken,)), ENGLISH))


def test_reception_is_a_step_with_its_own_title_and_parties(read):
    text = read(step_record(examples.reception(), ENGLISH))

    assert RECEPTION_RECORD in text
    assert "courier Smith <Ivanov & son> Medtrans" in text


def test_its_fonts_are_in_the_file(fonts):
    assert all(fonts(step_record(examples.reception(), ENGLISH)).values())


def test_the_code_of_the_record_is_read_by_a_scanner():
    page = pypdfium2.PdfDocument(step_record(examples.step_record(), ENGLISH))[0]

    found = zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil().convert("L"))

    assert [one.text for one in found] == [HEADING.record]
