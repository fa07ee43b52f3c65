"""Doublings and passages: the published tables to their printed digits, and the known traps."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.workflows.growth import (
    CountNotPositive,
    GrowthRow,
    HarvestedVessel,
    HoursNotPositive,
    PassageUnknown,
    PlatingOutOfRange,
    doubling_time_hours,
    fold,
    growth_of,
    growth_rate_per_hour,
    passage_after_seeding,
    passage_shown,
    pooled_cumulative,
    pooled_doublings,
    pooled_passage,
    population_doublings,
)

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text("utf-8"))
COUNTED = [vector for vector in VECTORS["pd"] if isinstance(vector["passage"], int)]
CELLS = st.integers(1, 10**12)


@pytest.mark.parametrize("vector", VECTORS["pd"], ids=lambda v: f"{v['source']} {v['passage']}")
def test_published_doublings_come_out_to_the_printed_digits(vector):
    doublings = population_doublings(vector["seeded"], vector["harvested"])

    assert round(doublings, 4) == vector["pd"]


@pytest.mark.parametrize("donor", ["58R", "58L"])
def test_a_published_table_comes_out_passage_by_passage(donor):
    rows = [vector for vector in COUNTED if vector["donor"] == donor]

    course = growth_of(
        [GrowthRow(r["passage"], r["seeded"], r["harvested"], r["hours"]) for r in rows]
    )

    for row, growth in zip(rows, course, strict=True):
        assert round(growth.cumulative, 4) == row["cpd"]
        assert growth.doubling_time_hours == pytest.approx(row["td_h"], abs=6e-4)


def test_published_means_give_their_doubling_time():
    doublings = population_doublings(30_000_000, 605_000_000)

    assert doubling_time_hours(doublings, 144) == pytest.approx(33.226, abs=5e-4)


def test_a_bioreactor_of_svf_gains_little():
    assert round(population_doublings(80_000_000, 89_600_000), 4) == 0.1635


def test_p0_has_no_doublings_because_svf_holds_cells_that_never_attach():
    (p0,) = growth_of([GrowthRow(0, 4_500_000, 2_370_000, 216)])

    assert p0.doublings is None
    assert p0.doubling_time_hours is None
    assert p0.cumulative == 0


def test_the_count_starts_at_p1():
    rows = [GrowthRow(0, 1_500_000, 600_000, 192), GrowthRow(1, 600_000, 9_000_000, 144)]

    assert round(growth_of(rows)[-1].cumulative, 4) == 3.9069


def test_doublings_use_what_was_seeded_not_the_whole_harvest_before():
    rows = [
        GrowthRow(0, 1_500_000, 600_000, 192),
        GrowthRow(1, 600_000, 9_000_000, 144),
        GrowthRow(2, 5_000_000, 60_000_000, 144),
        GrowthRow(3, 40_000_000, 320_000_000, 120),
    ]

    course = growth_of(rows)

    assert [round(g.doublings, 4) for g in course[1:]] == [3.9069, 3.585, 3.0]
    assert [round(g.doubling_time_hours, 3) for g in course[1:]] == [36.858, 40.168, 40.0]
    assert round(course[-1].cumulative, 4) == 10.4919


def test_the_doublings_of_mean_counts_are_not_the_mean_of_doublings():
    reported_mean = 4.65

    assert round(population_doublings(30e6, 605e6), 4) == 4.3339 != reported_mean


def test_seeded_and_harvested_are_viable_cells_and_dead_ones_would_change_the_result():
    viable, with_the_dead = 600_000, 750_000

    assert population_doublings(viable, 9_000_000) > population_doublings(with_the_dead, 9_000_000)


@pytest.mark.parametrize("doublings", [0.0, -0.925])
def test_without_growth_there_is_no_doubling_time(doublings):
    assert doubling_time_hours(doublings, 144) is None
    assert growth_rate_per_hour(doublings, 144) is None


def test_the_pool_of_p1_and_p2_is_p2_and_seeding_alone_adds_one():
    steps = {step["do"]: step for step in VECTORS["passage"]}
    pooled = steps["harvest P1 and P2 vessels pooled"]["suspension"]

    assert pooled_passage([1, 2]) == pooled
    assert passage_after_seeding(-1) == steps["seed SVF"]["vessel"]
    assert passage_after_seeding(2) == steps["seed from thawed P2 suspension"]["vessel"]


def test_an_unknown_passage_stays_unknown_in_a_pool_and_asks_when_seeded():
    assert pooled_passage([2, None]) is None
    with pytest.raises(PassageUnknown):
        passage_after_seeding(None)


def test_a_pool_of_nothing_has_no_passage():
    assert pooled_passage([]) is None


@pytest.mark.parametrize(("passage", "shown"), [(-1, "SVF"), (0, "P0"), (3, "P3"), (None, "?")])
def test_a_passage_is_shown_as_the_bench_says_it(passage, shown):
    assert passage_shown(passage) == shown


def test_a_pool_takes_the_highest_of_its_parents_doublings_and_adds_the_common_gain():
    vessels = [HarvestedVessel(2, 1_000_000, 4.0), HarvestedVessel(2, 3_000_000, 3.5)]

    assert pooled_cumulative(vessels, 16_000_000) == 6.0


def test_a_p0_member_of_a_pool_adds_nothing_and_has_no_doublings():
    vessels = [HarvestedVessel(0, 1_000_000, 0.0), HarvestedVessel(2, 1_000_000, 4.0)]

    assert pooled_doublings(vessels, 16_000_000) is None
    assert pooled_cumulative(vessels, 16_000_000) == 4.0


@pytest.mark.parametrize(
    "vessel", [HarvestedVessel(2, None, 4.0), HarvestedVessel(2, 1_000_000, None)]
)
def test_a_pool_with_an_unknown_parent_has_unknown_doublings(vessel):
    assert pooled_cumulative([vessel, HarvestedVessel(2, 1_000_000, 4.0)], 16_000_000) is None


def test_siblings_not_harvested_are_left_out_of_the_divisor():
    harvested, still_growing = HarvestedVessel(1, 500_000, 0.0), HarvestedVessel(1, 500_000, 0.0)

    assert pooled_doublings([harvested], 4_000_000) == 3
    assert pooled_doublings([harvested, still_growing], 4_000_000) == 2


@pytest.mark.parametrize(
    ("seeded", "harvested"), [(100, 0), (0, 100), (-1, 100), (100, -1), (100, float("inf"))]
)
def test_a_count_that_is_not_above_zero_is_refused(seeded, harvested):
    with pytest.raises(CountNotPositive):
        population_doublings(seeded, harvested)


def test_as_many_as_seeded_is_none_and_twice_as_many_is_one():
    assert population_doublings(530, 530) == 0
    assert population_doublings(Decimal("0.5"), 1) == 1


@given(CELLS, CELLS, st.integers(1, 10**6))
def test_doublings_do_not_depend_on_the_unit_of_the_counts(seeded, harvested, factor):
    direct = population_doublings(seeded, harvested)

    assert population_doublings(seeded * factor, harvested * factor) == direct


@given(CELLS, CELLS, CELLS)
def test_doublings_of_passages_seeded_whole_add_up(first, second, third):
    parts = population_doublings(first, second) + population_doublings(second, third)

    assert parts == pytest.approx(population_doublings(first, third), abs=1e-9)


def test_half_attached_cells_doubled_once_more():
    assert population_doublings(100, 400, plating_efficiency=Decimal("0.5")) == 3
    assert fold(100, 400) == 4


@pytest.mark.parametrize("share", [0, Decimal("1.01"), -1])
def test_the_attached_share_is_above_zero_and_at_most_one(share):
    with pytest.raises(PlatingOutOfRange):
        population_doublings(100, 400, plating_efficiency=share)


@pytest.mark.parametrize("hours", [0, -1, float("nan")])
def test_time_in_culture_is_above_zero(hours):
    with pytest.raises(HoursNotPositive):
        doubling_time_hours(1.0, hours)


@pytest.mark.parametrize("uncounted", [GrowthRow(2, None, 100), GrowthRow(2, 100, None)])
def test_a_passage_not_counted_makes_the_total_unknown_from_there_on(uncounted):
    course = growth_of([GrowthRow(1, 100, 200), uncounted, GrowthRow(3, 100, 200)])

    assert [growth.cumulative for growth in course] == [1.0, None, None]


def test_a_passage_left_out_makes_the_total_unknown():
    course = growth_of([GrowthRow(1, 100, 200), GrowthRow(3, 100, 200)])

    assert course[-1].doublings == 1
    assert course[-1].cumulative is None
