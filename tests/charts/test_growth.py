from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from xml.etree import ElementTree

import pytest

from lims.charts.growth import LEFT, growth_svg
from lims.charts.growth_values import Growth, Passage, growth_heads, growth_rows
from tests.records.examples import ENGLISH, GROWTH

SVG = "{http://www.w3.org/2000/svg}"


def texts(growth: Growth) -> list[str]:
    root = ElementTree.fromstring(growth_svg(growth, ENGLISH))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_the_drawing_names_passages_dose_appointment_and_forecast():
    said = texts(GROWTH)

    for words in ("P0", "P1", "P2", "10⁶", "prescribed dose 100\u202f000\u202f000",
                  "appointment, day 33", "expected day 22, 80 % between 21 and 26",
                  "limit 20", "Viable cells", "Cumulative doublings"):  # fmt: skip
        assert words in said


def test_names_of_passages_of_one_day_stand_beside_the_axis_and_apart():
    short = tuple(
        Passage(f"P{number}", Decimal(0), 10**6, Decimal(day), 10**6 + number)
        for number, day in enumerate(("0", "0", "0.01", "1"))
    )

    root = ElementTree.fromstring(growth_svg(Growth(short, prescribed_cells=10**6), ENGLISH))

    at = {
        each.text: (float(each.get("x")), float(each.get("y")))
        for each in root.iter(f"{SVG}text")
        if (each.text or "").lower().startswith("p")
    }
    assert min(x for x, _ in at.values()) > LEFT
    for one, other in combinations(at.values(), 2):
        assert abs(one[0] - other[0]) > 9 or abs(one[1] - other[1]) >= 9


def test_the_name_of_a_passage_in_culture_stands_right_of_the_one_it_came_of():
    harvested = Passage("P1", Decimal(11), 2 * 10**6, Decimal(21), 4 * 10**6)
    growing = Passage("P2", Decimal(21), 4 * 10**6)

    root = ElementTree.fromstring(growth_svg(Growth((harvested, growing)), ENGLISH))

    at = {each.text: (float(each.get("x")), each.get("y")) for each in root.iter(f"{SVG}text")}
    assert at["P1"][0] < at["P2"][0]
    assert at["P1"][1] == at["P2"][1]


def test_every_letter_is_in_our_family():
    root = ElementTree.fromstring(growth_svg(GROWTH, ENGLISH))
    styles = [element.get("style", "") for element in root.iter(f"{SVG}text")]

    assert styles
    assert all("DejaVu Sans" in style for style in styles)


def test_the_same_values_give_the_same_bytes():
    assert growth_svg(GROWTH, ENGLISH) == growth_svg(GROWTH, ENGLISH)


def test_a_name_with_markup_stays_a_name():
    hostile = replace(GROWTH.passages[1], name="<P&1>")

    assert "<P&1>" in texts(replace(GROWTH, passages=(hostile,)))


@pytest.mark.parametrize(
    "growth",
    [
        Growth(()),
        Growth((Passage("P0", Decimal(0), None),)),
        Growth((Passage("P1", Decimal(0), 1, Decimal(0), 1),)),
        Growth((Passage("P1", Decimal(0), 10**6, Decimal(335), 0),)),
        Growth((), prescribed_cells=10**8, appointment_day=Decimal(-2)),
    ],
)
def test_little_or_odd_growth_is_drawn_too(growth):
    assert "Viable cells" in texts(growth)


def test_the_table_says_what_the_drawing_shows():
    p0, p1, _ = growth_rows(GROWTH, ENGLISH)

    assert len(p0) == len(growth_heads())
    assert p0[:3] == ("P0", "0.0", "not counted")
    assert p0[5] == "n/a"
    assert p1[5:] == ("3.91", "3.91", "36.9")


def test_no_shape_asks_for_what_the_svg_leaves_out():
    svg = growth_svg(GROWTH, ENGLISH).decode()

    assert " Z" not in svg, "a line drawn there and back fills its own dashes: use strokes.line"
    assert "stroke-dasharray" in svg
