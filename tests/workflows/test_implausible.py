"""A volume that no tube holds and cells that do not fit into theirs: asked about, then kept."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.workflows import isolating, specifications
from tests.laboratory.cells import DIGESTION, counted, opened_before, planned

SLIPS = pytest.mark.parametrize(
    ("volume", "cells"), [("1001", None), ("10", 10_000_000_000), ("0.001", 1_000_001)]
)


@pytest.fixture
def isolate(session, at_the_bench, course, technician):
    """`isolate("10", 5_000_000)`: the fraction of so many mL and cells."""
    tissue = at_the_bench.tissue(course)

    def isolating_it(volume, cells, comment=None):
        step = isolating.start_isolation(session, tissue, vessels=2, **at_the_bench.opening())
        return isolating.record_isolation(
            session, opened_before(step), tissue=tissue,
            suspension_code=planned(session, step, "SU")[0], digestion=DIGESTION,
            volume_ml=Decimal(volume), count=cells and counted(cells, 1), comment=comment,
            performed=at_the_bench.done(), by=technician,
        )  # fmt: skip

    return isolating_it


def rules(session):
    return list(session.scalars(select(Deviation.rule)))


@SLIPS
def test_what_cannot_be_in_a_tube_is_asked_about(isolate, volume, cells):
    with pytest.raises(FieldError, match="Look at it again") as asked:
        isolate(volume, cells)

    assert asked.value.field == "comment"


@SLIPS
def test_what_was_in_a_tube_all_the_same_is_kept_with_a_deviation(session, isolate, volume, cells):
    made = isolate(volume, cells, comment="read three times")

    assert made.volume_ml == Decimal(volume)
    assert rules(session) == ["implausible"]


def test_as_much_as_a_tube_holds_is_not_asked_about(session, isolate):
    isolate("1000", 1_000_000)

    assert rules(session) == []


def test_a_version_that_does_not_know_the_limits_asks_nothing(session, isolate):
    version = specifications.current(session)
    known = [each for each in version.limits if not each.name.startswith("suspension_")]
    set_committed_value(version, "limits", known)

    isolate("1001", 10_000_000_000_000)

    assert rules(session) == []
