"""The drawing of a freezing run."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from lims.charts.freezing import MOST_ROWS, freezing_rows, freezing_svg
from tests.records.examples import ENGLISH

SVG = "{http://www.w3.org/2000/svg}"
RUN = [(Decimal(minute), Decimal(4 - minute)) for minute in range(0, 101, 5)]


def texts(points, limit=Decimal(-80)):
    root = ElementTree.fromstring(freezing_svg(points, limit, ENGLISH))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_the_drawing_names_its_axes_and_what_is_to_be_reached():
    said = texts(RUN)

    assert {"Temperature, °C", "to be reached: −80 °C", "100", "−80"} <= set(said)


@pytest.mark.parametrize("points", [[], RUN[:1], [(Decimal(0), Decimal(4))] * 2])
def test_a_curve_of_few_points_is_drawn_all_the_same(points):
    assert "Temperature, °C" in texts(points)


def test_every_letter_is_in_our_family():
    root = ElementTree.fromstring(freezing_svg(RUN, None, ENGLISH))
    styles = [element.get("style", "") for element in root.iter(f"{SVG}text")]

    assert styles
    assert all("DejaVu Sans" in style for style in styles)


def test_many_points_are_told_in_a_table_of_one_page_with_the_first_and_the_last():
    points = [(Decimal(minute), Decimal(4 - minute)) for minute in range(500)]

    rows = freezing_rows(points, ENGLISH)
    assert len(rows) <= MOST_ROWS + 1
    assert (rows[0], rows[-1]) == (("0.0", "4.0"), ("499.0", "−495.0"))


def test_a_few_points_are_all_told():
    assert len(freezing_rows(RUN, ENGLISH)) == len(RUN)
