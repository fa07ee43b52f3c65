"""The cabinet scanned where a step begins says the bench as well, and is used in the step."""

import pytest
from sqlalchemy import select

from lims.models.step import IdentityCheck
from lims.workflows import isolating
from lims.workflows.benches import OfNoBench
from lims.workflows.clearance import BenchTaken
from lims.workflows.equipment import CalibrationOverdue


@pytest.fixture
def begin(session, at_the_bench, course):
    """Opens an isolation where this was scanned."""

    def begun(station):
        opening = {**at_the_bench.opening(), "station": station}
        tissue = at_the_bench.tissue(course)
        return isolating.start_isolation(session, tissue, vessels=1, aliquots=1, **opening)

    return begun


def test_the_cabinet_stands_for_its_bench_and_is_used_in_the_step(begin, equipment_of, place_of):
    step = begin(equipment_of("cabinet"))

    assert step.station == place_of("bench")
    assert step.clearance.station == place_of("bench")
    assert [used.equipment for used in step.equipment] == [equipment_of("cabinet")]


def test_what_was_scanned_is_kept_as_scanned_and_nothing_else(session, begin, equipment_of):
    step = begin(equipment_of("cabinet"))

    kept = select(IdentityCheck.scanned).where(IdentityCheck.step_id == step.id)
    assert [code[:2] for code in session.scalars(kept)].count("EQ") == 1
    assert not [code for code in session.scalars(kept) if code.startswith("PL")]


def test_a_bench_scanned_alone_leaves_its_cabinet_to_be_scanned(begin, place_of):
    step = begin(place_of("bench"))

    assert step.station == place_of("bench")
    assert step.equipment == []


def test_the_cabinet_of_a_bench_that_is_open_for_a_step_opens_no_other(begin, equipment_of):
    begin(equipment_of("cabinet"))

    with pytest.raises(BenchTaken):
        begin(equipment_of("cabinet"))


def test_a_device_that_stands_at_no_bench_opens_none(begin, equipment_of):
    with pytest.raises(OfNoBench, match="Scan the bench you stand at"):
        begin(equipment_of("centrifuge"))


def test_a_cabinet_that_two_benches_share_says_neither(begin, equipment_of, place_of):
    place_of("bench").equipment = equipment_of("second_cabinet")

    with pytest.raises(OfNoBench):
        begin(equipment_of("second_cabinet"))


def test_a_cabinet_out_of_calibration_opens_no_step(begin, equipment_of, place_of):
    place_of("bench").equipment = equipment_of("overdue")

    with pytest.raises(CalibrationOverdue):
        begin(equipment_of("overdue"))
