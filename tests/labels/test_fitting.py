"""Text shrinks, then breaks at a word, then is refused; it never leaves the label or gets cut."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.labels import render
from lims.labels.parts import (
    AUTOLOGOUS,
    AUTOLOGOUS_RU,
    HAZARD,
    HAZARD_RU,
    NOT_EVALUATED,
    NOT_EVALUATED_RU,
)
from lims.labels.stock import PRINTER_DPI, PT_PER_MM
from lims.labels.text import LEADING, SMALLEST_PT, Area, DoesNotFit, Line, rows_of
from tests.labels.printed import letter_boxes, raster, text_of
from tests.labels.samples import DOSE, EVERY_KIND, PATIENT, REACTIVE, SESSION, VESSEL, VIAL

every_kind = pytest.mark.parametrize("label", EVERY_KIND, ids=lambda label: type(label).__name__)

LONG_NAME = "Константинопольская-Рождественская Александра Владиславовна"
NARROW = Area(0, 0, width=60, height=100)
EDGE_MM = 0.4


RUSSIAN = {
    AUTOLOGOUS: AUTOLOGOUS_RU,
    NOT_EVALUATED: NOT_EVALUATED_RU,
    HAZARD: HAZARD_RU,
    "born %(date)s": "род. %(date)s",
    "%(millions)s×10⁶ cells": "%(millions)s×10⁶ клеток",
    "%(volume)s mL": "%(volume)s мл",
    "copy %(number)s": "копия %(number)s",
}


def in_russian(sentence):
    return RUSSIAN.get(sentence, sentence)


def with_name(label, name):
    return replace(label, patient=replace(PATIENT, name=name, other_name=""))


def assert_inside(pdf, stock):
    width, height = stock.page_pt
    edge = EDGE_MM * PT_PER_MM
    for left, bottom, right, top in letter_boxes(pdf):
        assert edge <= left <= right <= width - edge
        assert edge <= bottom <= top <= height - edge


@every_kind
def test_all_text_stays_inside_the_label(label):
    assert_inside(render([label], label.stock), label.stock)


@every_kind
def test_the_edge_of_a_label_stays_blank(label):
    stock = label.stock.at(600)
    dots = raster(render([label], stock), stock)
    edge = round(EDGE_MM / 25.4 * 600)

    for box in [(0, 0, dots.width, edge), (0, dots.height - edge, dots.width, dots.height)]:
        assert dots.crop(box).getextrema() == (255, 255)
    for box in [(0, 0, edge, dots.height), (dots.width - edge, 0, dots.width, dots.height)]:
        assert dots.crop(box).getextrema() == (255, 255)


@pytest.mark.parametrize("label", [VIAL, VESSEL, DOSE, SESSION])
def test_a_long_name_is_printed_whole_and_inside(label):
    pdf = render([with_name(label, LONG_NAME)], label.stock)

    assert LONG_NAME in text_of(pdf)
    assert_inside(pdf, label.stock)


@pytest.mark.parametrize("label", [VESSEL, DOSE, SESSION])
def test_a_long_name_with_reactive_markers_still_fits(label):
    pdf = render([replace(with_name(label, LONG_NAME), markers=REACTIVE)], label.stock)

    assert LONG_NAME in text_of(pdf)


@pytest.mark.parametrize("dpi", PRINTER_DPI)
@pytest.mark.parametrize("translate", [str, in_russian])
def test_a_vial_holds_a_double_name_with_every_warning(translate, dpi):
    pdf = render([replace(VIAL, markers=REACTIVE, copy=12)], VIAL.stock.at(dpi), translate)

    assert PATIENT.name in text_of(pdf)
    assert_inside(pdf, VIAL.stock)


@pytest.mark.parametrize("name", ["Щ" * 60, "Иван " * 40])
def test_a_name_that_no_size_holds_is_refused(name):
    with pytest.raises(DoesNotFit, match="larger label"):
        render([with_name(VIAL, name.strip())], VIAL.stock)


def test_a_line_shrinks_before_it_breaks():
    rows = rows_of(Line("Иванова Анна", 10, bold=True), 10, LEADING, NARROW, 0)

    assert [row.text for row in rows] == ["Иванова Анна"]
    assert rows[0].setting.size < 10


def test_a_line_breaks_between_words_rather_than_become_tiny():
    rows = rows_of(Line("Иванова Александра", 10, bold=True), 10, LEADING, NARROW, 0)

    assert [row.text for row in rows] == ["Иванова ", "Александра"]


def test_a_double_name_breaks_after_its_hyphen_and_a_date_never():
    name = rows_of(Line("Рождественская-Иванова"), 7, LEADING, NARROW, 0)
    date = rows_of(Line("2026-11-20-2026-11-20"), 7, LEADING, replace(NARROW, width=30), 0)

    assert [row.text for row in name] == ["Рождественская-", "Иванова"]
    assert date is None


def test_a_word_is_never_broken():
    assert rows_of(Line("Щ" * 30), 7, LEADING, NARROW, 0) is None


def test_no_letter_is_smaller_than_a_printer_can_show():
    rows = rows_of(Line("Иванова Анна", 1), 1, LEADING, NARROW, 0)

    assert rows[0].setting.size == SMALLEST_PT


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text("АБВЎЁІЩабвўёіщʼ'-ABCabc<&>", min_size=1, max_size=12), min_size=1, max_size=4
    ).map(" ".join)
)
def test_any_name_is_printed_whole_or_refused(name):
    try:
        pdf = render([with_name(VIAL, name)], VIAL.stock)
    except DoesNotFit:
        return

    assert name in text_of(pdf)
    assert_inside(pdf, VIAL.stock)
