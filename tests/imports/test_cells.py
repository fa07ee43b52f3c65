"""What stands in a cell, read as what it should be, or refused in words."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from lims.errors import LimsError
from lims.imports import cell_names, cells


@pytest.mark.parametrize(
    "written",
    [
        date(2024, 5, 31), datetime(2024, 5, 31, 9, 30, tzinfo=UTC), "2024-05-31", "2024-5-31",
        "31.05.2024", "31.5.2024 г.", " 31.05.2024\u200b", "2024-05-31 00:00:00",
    ],
)  # fmt: skip
def test_a_day_is_written_in_many_ways(written):
    assert cells.day(written) == date(2024, 5, 31)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("31.05.24", "four digits"), ("05/31/2024", "is no date"), ("31.06.2024", "no such day"),
        ("yesterday", "is no date"), ("31.05.1024", "lies before 1900"), ("45443", "is no date"),
    ],
)  # fmt: skip
def test_a_day_that_can_be_misread_is_refused(written, told):
    with pytest.raises(LimsError, match=told):
        cells.day(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("7,25", "7.25"), ("7.25", "7.25"), (7.25, "7.25"), (0.1 + 0.2, "0.3"), (7, "7"),
     ("1 200,5", "1200.5"), ("1\u00a0200,5", "1200.5")],
)  # fmt: skip
def test_a_number_has_a_decimal_comma_or_point(written, meant):
    assert cells.decimal(3)(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written", [1_200_000, "1200000", "1 200 000", "1,2e6", "1.2E+6", "1,2×10^6", "1,2·10⁶", 1.2e6]
)
def test_a_count_of_cells_is_written_in_many_ways(written):
    assert cells.whole()(written) == 1_200_000


@pytest.mark.parametrize("written", ["2.5", "many", True, "-1", ""])
def test_what_is_no_count_is_refused(written):
    with pytest.raises(LimsError):
        cells.whole()(written)


def test_nothing_is_not_zero():
    with pytest.raises(cells.NotAbove):
        cells.decimal(3)("0")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("14:30", time(14, 30)), ("9.05", time(9, 5)), (time(7, 0), time(7, 0)), ("", time())],
)
def test_a_time_of_day_is_read(written, meant):
    assert cells.hour(written) == meant


def test_a_time_that_is_none_is_refused():
    with pytest.raises(cells.NotATime):
        cells.hour("25:00")


def test_several_names_stand_in_one_cell():
    assert cell_names.names("F1; F2,F3 +F4\nF5") == ("F1", "F2", "F3", "F4", "F5")


def test_a_code_of_ours_in_cyrillic_is_told_with_what_was_meant():
    with pytest.raises(cell_names.CyrillicInCode, match="PT260000017"):
        cell_names.reference("РТ260000017")


@pytest.mark.parametrize(("written", "meant"), [("pt260000017", "PT260000017"), ("А-17", "А-17")])
def test_a_reference_is_a_code_or_a_number_as_it_is_written(written, meant):
    assert cell_names.reference(written) == meant


@pytest.mark.parametrize("written", ["VL260000017", "vl 26000001 7", "ВХ260000017"])
def test_no_earlier_number_is_like_a_code_of_ours(written):
    with pytest.raises(cell_names.NumberIsOurs):
        cell_names.earlier_number(written)


def test_a_longer_text_than_is_kept_is_refused():
    with pytest.raises(cells.TooLong, match="501 characters; at most 500"):
        cells.text()("x" * 501)
