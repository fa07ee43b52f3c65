"""Where the points and lines of a control chart lie."""

from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import String

from lims.charts.control import TOUCH, WIDTH, Asked, Control, placed
from lims.charts.control_drawing import Mark, Marked, control_drawing
from lims.records.wording import Wording

VALUES = [Decimal(each) for each in (10, 20, 15)]
NOTHING = [Asked()] * 3


def test_a_higher_value_stands_higher_and_a_later_one_further_right():
    (x1, y1), (x2, y2), (x3, y3) = placed(Control(VALUES, NOTHING)).places

    assert x1 < x2 < x3
    assert y2 < y3 < y1
    assert y3 == round((y1 + y2) / 2, 1)


def test_every_line_lies_within_the_frame():
    asked = [Asked(low=Decimal(-40), high=Decimal(90))] * 3
    found = placed(Control(VALUES, asked, Decimal(15), Decimal(5), Decimal(25)))

    lines = [found.centre, found.lower, found.upper, *found.specified]
    assert all(found.top < line.y < found.bottom for line in lines)


def test_a_limit_that_a_new_version_changed_is_a_line_for_each():
    asked = [Asked(low=Decimal(5)), Asked(low=Decimal(5)), Asked(low=Decimal(8))]
    before, after = placed(Control(VALUES, asked)).specified

    assert (before.value, after.value) == (5, 8)
    assert before.end == after.start


def test_the_ticks_are_round_and_read_from_below():
    ticks = placed(Control(VALUES, NOTHING)).ticks

    assert [tick for tick, _ in ticks] == [10, 12, 14, 16, 18, 20]


def test_the_names_of_close_lines_do_not_lie_on_one_another():
    limits = (Decimal(15), Decimal("14.9"), Decimal("15.1"))
    found = placed(Control(VALUES, NOTHING, *limits))

    assert found.upper.name_y < found.centre.name_y < found.lower.name_y


def test_many_values_make_the_chart_wider_and_stay_apart():
    found = placed(Control([Decimal(each) for each in range(90)], [Asked()] * 90))

    assert min(b[0] - a[0] for a, b in pairwise(found.places)) >= TOUCH - 0.2


def test_one_value_is_drawn_too():
    assert len(placed(Control(VALUES[:1], [Asked()])).places) == 1


def test_on_paper_each_value_is_marked_by_a_shape_of_its_own():
    marks = [Mark.VALUE, Mark.BROKEN, Mark.FAILED]
    marked = Marked(Control(VALUES, NOTHING, centre=Decimal(15)), ["1 Nov"] * 3, marks)

    drawn = control_drawing(marked, str, Wording(str, ZoneInfo("Europe/Minsk")), 500).contents

    kinds = [type(shape).__name__ for shape in drawn]
    assert kinds.count("Circle") == kinds.count("Polygon") == 1
    assert "mean" in [shape.text for shape in drawn if isinstance(shape, String)]


def test_on_paper_the_chart_stays_as_wide_as_the_page():
    many = Control([Decimal(each) for each in range(90)], [Asked()] * 90)

    assert placed(many, touch=0).width == WIDTH
