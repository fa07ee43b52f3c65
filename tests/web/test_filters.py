"""How values are written for people."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from lims.models.fill import DoseStatus
from lims.models.sample import SampleStatus
from lims.web import filters


@pytest.mark.usefixtures("english")
class TestEnglish:
    def test_a_moment_is_told_in_the_site_s_zone_with_its_offset(self):
        moment = datetime(2026, 11, 21, 11, 5, tzinfo=UTC)

        assert filters.moment(moment) == "21 Nov 2026 14:05 (+03:00)"

    def test_a_moment_s_day_is_the_site_s_day(self):
        assert filters.day(datetime(2026, 11, 21, 22, 0, tzinfo=UTC)) == "22 Nov 2026"

    def test_cells_are_grouped_by_thin_spaces(self):
        assert filters.cells(1_200_000) == "1\u202f200\u202f000 cells"

    def test_many_cells_have_a_short_form(self):
        shown = filters.cells(1_204_000, short=True)

        assert shown == '<data value="1204000">1.2\u202f×\u202f10⁶</data>'

    @pytest.mark.parametrize(("value", "text"), [(None, "P?"), (-1, "SVF"), (0, "P0"), (3, "P3")])
    def test_a_passage_is_told_as_the_bench_tells_it(self, value, text):
        assert filters.passage(value) == text

    def test_a_percentage_is_shown_rounded_half_up(self):
        assert filters.percent(Decimal("79.96")) == "80.0\u202f%"

    def test_a_small_share_keeps_two_digits(self):
        assert filters.quantity(Decimal("0.075"), "%") == "0.075\u202f%"

    def test_a_value_beside_its_limit_is_not_rounded_across_it(self):
        assert filters.percent(Decimal("79.96"), limits=[Decimal(80)]) == "79.96\u202f%"
        assert filters.percent(Decimal("79.94"), limits=[Decimal(80)]) == "79.9\u202f%"

    def test_a_measure_is_shown_as_it_was_read(self):
        assert filters.quantity(Decimal("0.125"), "mL") == "0.125\u202fmL"

    def test_a_status_is_its_word(self):
        assert filters.word(DoseStatus.RECEIVED) == "received"

    def test_a_missing_measure_is_a_dash(self):
        assert filters.quantity(None, "g") == "—"

    def test_a_negative_number_has_a_true_minus(self):
        assert filters.number(Decimal("-196")) == "−196"


@pytest.mark.usefixtures("russian")
class TestRussian:
    def test_numbers_have_a_decimal_comma(self):
        assert filters.number(Decimal("1234.5")) == "1\u202f234,5"

    def test_a_typed_word_is_shown_in_russian_and_a_number_with_its_comma_and_every_digit(self):
        assert filters.result("No growth.") == "нет роста"
        assert filters.result("<0.05") == "<0,05"
        assert filters.result("CD14: 0.40; CD11b: 1,2") == "CD14: 0,40; CD11b: 1,2"
        assert filters.result("99,4") == "99,4"
        assert filters.result("strain 2.6.27") == "strain 2.6.27"

    def test_a_status_agrees_with_what_it_is_of(self):
        assert filters.word(DoseStatus.RECEIVED) == "получена"
        assert filters.word(SampleStatus.RECEIVED) == "получен"
        assert filters.word("received") == "получено"

    def test_a_limit_has_a_decimal_comma(self):
        assert filters.limit("< 0.5") == "< 0,5"

    def test_days_have_russian_months(self):
        assert filters.day(date(2026, 11, 21)) == "21 нояб. 2026"


def test_a_patient_s_mark_is_always_the_same():
    assert filters.patient_mark("PT26000031X") == filters.patient_mark("PT26000031X")


@pytest.mark.parametrize("first", [0, 17, 990])
def test_as_many_patients_in_a_row_as_there_are_marks_look_different(first):
    there_are = filters.COLOURS * filters.SHAPES
    marks = [filters.patient_mark(f"PT26{first + each:06d}X") for each in range(there_are)]

    assert len(set(marks)) == there_are


def test_of_two_patients_in_a_row_neither_the_colour_nor_the_shape_is_the_same():
    marks = [filters.patient_mark(f"PT26{serial:06d}X").split() for serial in range(100)]

    assert not any(set(one) & set(next_one) for one, next_one in pairwise(marks))
