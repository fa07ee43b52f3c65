"""The drawing of how a storage tank stood over a month."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from lims.charts.tank import Limits, Shown, Span, small_svg, tank_rows, tank_svg
from tests.records.examples import ENGLISH

SVG = "{http://www.w3.org/2000/svg}"
UNTIL = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPAN = Span(UNTIL - timedelta(days=30), UNTIL)
LIMITS = Limits(Decimal(20), Decimal(-140), Decimal(-130))
MONTH = [
    Shown(SPAN.since + timedelta(days=day), Decimal(80 - 2 * day), Decimal(-170), day == 20)
    for day in range(1, 30)
]


def drawn(readings, limits=LIMITS):
    return ElementTree.fromstring(tank_svg(readings, limits, SPAN, ENGLISH))


def texts(readings):
    return {element.text for element in drawn(readings).iter(f"{SVG}text")}


def dashed(limits):
    lines = drawn(MONTH, limits).iter(f"{SVG}polyline")
    return sum("stroke-dasharray" in each.get("style", "") for each in lines)


def test_the_drawing_names_its_measures_its_weeks_and_its_refills():
    said = {"Level of nitrogen, %", "Temperature, °C", "refilled", "21 Nov 2026", "24 Oct 2026"}

    assert said <= texts(MONTH)


def test_each_limit_of_the_specification_is_a_line_of_its_own():
    assert (dashed(LIMITS), dashed(Limits(Decimal(20))), dashed(Limits())) == (3, 1, 0)


@pytest.mark.parametrize("readings", [[], MONTH[:1], [Shown(UNTIL, None, Decimal(-170), False)]])
def test_of_few_readings_or_one_measure_it_is_drawn_all_the_same(readings):
    assert "Temperature, °C" in texts(readings)


def test_a_level_is_drawn_higher_the_fuller_the_tank_is():
    root = ElementTree.fromstring(small_svg(MONTH, Limits(), SPAN))
    (curve,) = root.iter(f"{SVG}polyline")
    heights = [float(each) for each in re.findall(r"[\d.]+", curve.get("points"))[1::2]]

    assert len(set(heights)) == len(MONTH)
    assert heights == sorted(heights, reverse=True)  # from below, and it grows empty


def test_the_same_is_a_table_with_the_newest_first():
    rows = tank_rows(MONTH, ENGLISH)

    assert len(rows) == len(MONTH)
    assert rows[0][1:] == ("22", "−170.0", "")
    assert [row[3] for row in rows].count("yes") == 1
