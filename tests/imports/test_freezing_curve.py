"""A freezing curve is read as freezers and people write it, or the line that is wrong is named."""

from decimal import Decimal

import pytest

from lims.imports.freezing_curve import Impossible, NotAPoint, NotInOrder, points

D = Decimal


@pytest.mark.parametrize(
    "text",
    [
        "0,4\n0.5,3.5\n60,-80.2",
        "minute,temperature\n0,4\n0.5,3.5\n60,-80.2\n",
        "0\t4\n0,5\t3,5\n60\t−80,2",
        "min;°C\r\n0;4\r\n0,5;3,5\r\n\r\n60;-80,2",
    ],
)
def test_a_curve_is_read_with_any_delimiter_and_decimal_mark(text):
    assert points(text) == [(D(0), D(4)), (D("0.5"), D("3.5")), (D(60), D("-80.2"))]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("0,4\nx,3", NotAPoint),
        ("0,4\n1", NotAPoint),
        ("0,4\n1,NaN", NotAPoint),
        ("0,4\n0,3", NotInOrder),
        ("-1,4", NotInOrder),
        ("0,4\n1,-300", Impossible),
        ("0,4\n1,1e99", NotAPoint),
    ],
)
def test_a_line_that_is_no_point_is_named(text, refusal):
    with pytest.raises(refusal) as named:
        points(text)

    assert named.value.parameters["line"] == len(text.splitlines())


def test_nothing_is_no_curve():
    assert points(" \n") == []
