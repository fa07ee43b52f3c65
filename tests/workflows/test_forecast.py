"""The forecast: from past batches or from ranges, for fast, slow and stopped cells."""

import math
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.workflows.forecast import (
    Aim,
    Basis,
    DoseNotPositive,
    LimitKind,
    NoForecast,
    NoForecastReason,
    Timeliness,
    YieldOutOfRange,
    against,
    forecast,
)
from lims.workflows.pace import PassageRun, PastBatch, Range, Ranges, Standing

TODAY = date(2026, 3, 2)
RANGES = Ranges(
    p0_days=Range(Decimal(9), Decimal(17)),
    passage_days=Range(Decimal(6), Decimal(21)),
    doublings_per_passage=Range(Decimal(4), Decimal(4)),
    p0_harvest_per_svf_cell=Range(Decimal("0.5"), Decimal(5)),
    svf_cells_per_gram=Range(Decimal(500_000), Decimal(2_000_000)),
    batches_min=5,
)
AIM = Aim(100_000_000, Decimal(100), passage_max=4, cumulative_doublings_max=Decimal(20))
AT_P1 = Standing(cells=6_250_000, counted_on=TODAY, passage=1)
"""Four doublings below the aim."""


def batch(*days, gain=4, p0_days=9):
    """A past batch whose passages from P1 took `days` and gained `gain` doublings each."""
    first = PassageRun(0, Decimal(p0_days), 1_000_000, 1_000_000)
    later = [PassageRun(n, Decimal(d), 1000, 1000 * 2**gain) for n, d in enumerate(days, start=1)]
    return PastBatch("BA", (first, *later))


FIVE = [batch(days, days, days) for days in (6, 7, 8, 9, 10)]


def told(standing=AT_P1, *, aim=AIM, past=FIVE, today=TODAY):
    return forecast(standing, aim, past=past, ranges=RANGES, today=today)


def after(days):
    return TODAY + timedelta(days=days)


def test_five_past_batches_give_the_day_and_the_result_says_so():
    result = told()

    assert result.basis is Basis.PAST_BATCHES
    assert result.batches == 5
    assert result.expected == after(8)


def test_the_interval_of_few_batches_is_wider_than_they_were():
    result = told()

    assert result.earliest < after(6)
    assert result.latest > after(10)


def test_four_past_batches_are_too_few_and_the_result_says_so():
    result = told(past=FIVE[:4])

    assert result.basis is Basis.SPECIFICATION
    assert result.batches == 0
    assert (result.earliest, result.expected, result.latest) == (after(6), after(11), after(21))


def test_a_batch_that_never_grew_has_no_pace_and_does_not_count():
    stopped = PastBatch("BA", (PassageRun(1, Decimal(20), 1000, 900),))

    assert told(past=[*FIVE[:4], stopped]).basis is Basis.SPECIFICATION


def test_the_range_of_p0_is_added_for_cells_that_still_have_to_attach():
    standing = Standing(cells=6_250_000, counted_on=TODAY, passage=0)
    result = told(replace(standing, cells=1_250_000), past=[])

    assert result.earliest == after(9 + 6)
    assert result.latest == after(17 + math.ceil(21 / 4 * math.log2(160)))


def test_svf_seeded_by_weight_is_estimated_from_the_tissue():
    standing = Standing(None, TODAY, passage=-1, growing=False, tissue_g=Decimal("7.5"))
    result = told(standing, past=[])

    assert after(9) <= result.earliest < result.expected < result.latest


def test_svf_of_unknown_weight_and_count_has_no_forecast_from_ranges():
    standing = Standing(None, TODAY, passage=0)

    assert told(standing, past=[]) == NoForecast(NoForecastReason.NOT_COUNTED)


def test_past_batches_tell_what_p0_gives_where_the_seed_was_not_counted():
    result = told(Standing(None, TODAY, passage=0))

    assert result.basis is Basis.PAST_BATCHES
    assert result.expected == after(round(9 + 8 * math.log2(100) / 4))


def test_p0_passes_in_proportion_to_the_svf_seeded():
    few, many = Standing(100_000, TODAY, passage=0), Standing(800_000, TODAY, passage=0)

    assert told(few).expected - told(many).expected == timedelta(days=6)


def test_more_cells_than_one_passage_gives_take_another():
    result = told(replace(AT_P1, cells=390_625))

    assert result.passages_needed == 1
    assert result.expected == after(16)


def test_a_suspension_still_to_be_seeded_needs_one_passage_more():
    result = told(replace(AT_P1, growing=False))

    assert result.passages_needed == 1
    assert result.passages_left == 3


def test_enough_cells_are_told_at_once():
    result = told(replace(AT_P1, cells=100_000_000))

    assert result.basis is Basis.REACHED
    assert result.earliest == result.expected == result.latest == TODAY
    assert result.passages_needed == 0


def test_svf_cells_are_not_a_dose_however_many():
    result = told(Standing(500_000_000, TODAY, passage=0))

    assert result.basis is not Basis.REACHED


def test_the_fill_loses_its_share():
    aim = replace(AIM, fill_yield_pct=Decimal(90))

    assert told(replace(AT_P1, cells=100_000_000), aim=aim).basis is Basis.PAST_BATCHES


def test_a_slow_grower_is_told_its_own_pace():
    slow = PassageRun(1, Decimal(16), 1000, 16_000)
    standing = Standing(6_250_000, TODAY, passage=2, own=(slow,))

    assert told(standing).expected == after(16)


GAINED_LITTLE = PassageRun(1, Decimal(10), 1000, 2000)
"""One doubling in ten days, where four were gained in eight."""


@pytest.mark.parametrize("past", [FIVE, []], ids=["past batches", "ranges"])
def test_a_batch_that_gains_little_a_passage_is_told_all_the_passages_it_takes(past):
    standing = Standing(6_250_000, TODAY, passage=2, own=(GAINED_LITTLE,))

    result = told(standing, past=past)

    assert (result.passages_needed, result.exceeds) == (3, {LimitKind.PASSAGE})


def test_the_passages_of_a_batch_that_gains_little_take_as_long_as_its_own_did():
    standing = Standing(6_250_000, TODAY, passage=2, own=(GAINED_LITTLE,))

    assert told(standing).expected == after(4 * 10)


def test_a_passage_cut_short_says_nothing_of_how_much_the_next_gains():
    short = PassageRun(1, Decimal(4), 1000, 4000)

    result = told(Standing(6_250_000, TODAY, passage=2, own=(short,)))

    assert (result.passages_needed, result.expected) == (0, after(8))


def test_slow_cells_left_in_culture_for_longer_gain_more():
    standing = Standing(6_250_000, after(-20), passage=2, own=(GAINED_LITTLE,))

    assert told(standing).passages_needed == 2


def test_a_published_slow_grower_misses_its_thirty_days():
    days_per_doubling = Decimal(402) / 24
    slow = PassageRun(1, days_per_doubling * 4, 1000, 16_000)
    result = told(Standing(6_250_000, TODAY, passage=2, own=(slow,)), past=[])

    assert result.expected == result.latest == after(67)
    assert against(result, after(5)) is Timeliness.WILL_MISS


def test_cells_that_stopped_growing_have_no_forecast():
    stopped = PassageRun(1, Decimal(10), 1000, 1000)
    result = told(Standing(6_250_000, TODAY, passage=2, own=(stopped,)))

    assert result == NoForecast(NoForecastReason.NO_GROWTH)
    assert against(result, after(300)) is Timeliness.WILL_MISS


def test_growth_in_an_earlier_passage_does_not_hide_a_last_one_without():
    own = (PassageRun(1, Decimal(6), 1000, 16_000), PassageRun(2, Decimal(10), 1000, 900))

    result = told(Standing(6_250_000, TODAY, passage=3, own=own))

    assert result == NoForecast(NoForecastReason.NO_GROWTH)


def test_no_living_cell_is_no_growth():
    assert told(replace(AT_P1, cells=0)) == NoForecast(NoForecastReason.NO_GROWTH)


def test_p0_says_nothing_about_growth():
    first = PassageRun(0, Decimal(9), 4_500_000, 2_370_000)

    assert told(replace(AT_P1, own=(first,))).expected == after(8)


def test_cells_that_hardly_grow_get_a_date_that_can_be_printed():
    hardly = PassageRun(1, Decimal(1000), 10**9, 10**9 + 1)

    assert told(Standing(1, TODAY, passage=2, own=(hardly,))).latest.year < 2040


def test_days_count_from_the_last_count_not_from_today():
    standing = replace(AT_P1, counted_on=after(-5))

    assert told(standing).expected == after(3)


def test_a_running_passage_is_at_least_as_long_as_it_already_is():
    standing = replace(AT_P1, cells=390_625, counted_on=after(-30))

    assert told(standing).expected == after(8)


def test_a_day_gone_by_without_a_count_is_overdue_and_never_in_time():
    result = told(replace(AT_P1, counted_on=after(-30)), past=[])

    assert result.expected == TODAY
    assert result.overdue
    assert against(result, after(90)) is Timeliness.AT_RISK


def test_the_projected_doublings_are_held_against_their_limit():
    standing = replace(AT_P1, cumulative_doublings=2.5)
    strict = replace(AIM, cumulative_doublings_max=Decimal("6.2"))

    assert told(standing, aim=strict).exceeds == {LimitKind.DOUBLINGS}
    assert told(standing).exceeds == frozenset()


def test_the_projected_passage_is_held_against_its_limit():
    result = told(replace(AT_P1, cells=390_625), aim=replace(AIM, passage_max=1))

    assert result.exceeds == {LimitKind.PASSAGE}
    assert result.passages_left == 0


def test_a_dose_beyond_a_limit_is_at_risk_however_early():
    result = told(aim=replace(AIM, cumulative_doublings_max=Decimal(3)))

    assert against(result, after(300)) is Timeliness.AT_RISK


@pytest.mark.parametrize(
    ("days", "timeliness"),
    [(30, Timeliness.IN_TIME), (8, Timeliness.AT_RISK), (2, Timeliness.WILL_MISS)],
)
def test_the_forecast_is_told_against_the_appointment(days, timeliness):
    assert against(told(), after(days)) is timeliness


def test_cells_not_counted_leave_the_appointment_at_risk():
    assert against(NoForecast(NoForecastReason.NOT_COUNTED), after(9)) is Timeliness.AT_RISK


@pytest.mark.parametrize("cells", [0, -5])
def test_a_dose_of_nothing_is_refused(cells):
    with pytest.raises(DoseNotPositive):
        Aim(cells, Decimal(90))


@pytest.mark.parametrize("pct", [Decimal(0), Decimal(101)])
def test_a_fill_gives_neither_nothing_nor_more_than_there_is(pct):
    with pytest.raises(YieldOutOfRange, match="100 %, not"):
        Aim(1, pct)


@given(
    st.integers(1, 10**9),
    st.integers(-1, 6),
    st.booleans(),
    st.integers(0, 200),
    st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=4), max_size=9),
)
def test_the_three_days_stand_in_order_and_never_before_today(cells, passage, growing, ago, past):
    standing = Standing(cells, TODAY - timedelta(days=ago), passage, growing)

    result = told(standing, past=[batch(*days) for days in past])

    assert TODAY <= result.earliest <= result.expected <= result.latest


def test_four_of_five_new_batches_fall_into_the_interval():
    chance = random.Random(1)
    hits, tries = 0, 600
    for _ in range(tries):
        past = [batch(round(8 * math.exp(chance.gauss(0, 0.3)), 3)) for _ in range(8)]
        truth = after(0) + timedelta(days=8 * math.exp(chance.gauss(0, 0.3)))
        result = told(past=past)
        hits += result.earliest <= truth <= result.latest

    assert 0.77 < hits / tries < 0.92
