"""Cells counted and divided: exact numbers, and the sums of the published examples."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from lims.workflows import counting

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text("utf-8"))
DOSE = VECTORS["dose"]


def test_viability_is_the_live_share_of_all_counted():
    assert counting.viability_percent(184, 16) == DOSE["viability"]["pct"]


def test_viability_is_not_rounded():
    assert counting.viability_percent(1, 2) > Decimal("33.3333333333")


def test_no_cell_counted_is_no_viability():
    with pytest.raises(counting.NothingCounted):
        counting.viability_percent(0, 0)


def test_a_negative_count_is_refused():
    with pytest.raises(counting.Negative, match="cannot be negative"):
        counting.viability_percent(-1, 5)


def test_a_haemocytometer_gives_cells_per_ml():
    assert counting.concentration_per_ml(184, 4, 2) == DOSE["conc"]["per_ml"]


def test_the_volume_of_a_dose_follows_from_its_concentration():
    volume = counting.dose_volume_ml(100_000_000, 20_000_000)

    assert volume == DOSE["volume_ml_1e8_at_2e7"]


def test_recovery_counts_the_lost_cells_and_viability_does_not():
    thawed = DOSE["recovery"]
    live, total = int(thawed["post"]), int(thawed["total_post"])

    assert counting.recovery_percent(live, int(thawed["frozen"])) == thawed["recovery_pct"]
    assert float(round(counting.viability_percent(live, total - live), 2)) == 83.67


def test_flasks_are_rounded_up():
    assert counting.flasks_needed(700_001, 4_000, 175) == 2
    assert counting.flasks_needed(700_000, 4_000, 175) == 1


def test_yield_is_per_gram_of_tissue():
    assert counting.yield_per_gram(1_500_000, Decimal("7.5")) == 200_000


def test_a_yield_of_no_tissue_is_refused():
    with pytest.raises(counting.NotPositive, match="the mass must be above zero; 0"):
        counting.yield_per_gram(1_500_000, 0)


def test_a_harvest_balances_with_what_became_of_it():
    balance = counting.MassBalance(9_000_000, [5_000_000, 3_000_000, 1_000_000], Decimal(0))

    assert balance.unaccounted == 0
    assert balance.balanced


def test_a_part_that_cannot_be_is_refused():
    with pytest.raises(counting.Negative):
        counting.MassBalance(9_000_000, [10_000_000, -1_000_000], Decimal(10))


@pytest.mark.parametrize(
    ("parts", "balanced"), [(910, True), (900, True), (899, False), (1100, True), (1101, False)]
)
def test_a_balance_may_be_off_by_the_tolerance_either_way(parts, balanced):
    assert counting.MassBalance(1_000, [parts], Decimal(10)).balanced is balanced
