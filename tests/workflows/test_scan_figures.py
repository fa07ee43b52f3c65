"""How codes come into the records, counted from the rows behind each figure."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from lims import clock
from lims.models.step import StepKind
from lims.models.vessel import Vessel
from lims.workflows import feeding, refusals, scan_figures, stops, supplying
from lims.workflows.at_the_dewar import NotForThisOrder
from lims.workflows.command import by_scanner
from lims.workflows.identity import Mismatch, note_scans
from lims.workflows.scan_figures import Asked, Counted, Figures
from lims.workflows.stops import NoStop

SINCE = clock.now() - timedelta(days=1)


@pytest.fixture
def step(session, at_the_bench, course):
    """A feeding under way: its bench was scanned."""
    return feeding.start_feeding(
        session, at_the_bench.first_passage(course), **at_the_bench.opening()
    )


@pytest.fixture
def of_feeding(session, step):
    return lambda: scan_figures.by_kind(session, SINCE)[StepKind.FEEDING]


OPENING = 3
"""The bench and two vessels."""


def test_the_bench_and_the_vessels_of_a_step_are_scans(of_feeding):
    assert of_feeding() == Figures(scans=OPENING)


def test_what_was_typed_is_told_from_what_was_scanned(session, step, of_feeding):
    by_scanner(session, ["VE260001179"])
    note_scans(session, step, ["VE260001179", "VE26000118F"])

    assert of_feeding() == Figures(scans=OPENING + 2, typed=1)


def test_a_lot_let_be_used_is_an_override_and_a_scan(
    session, step, of_feeding, lot_of, technician, lead, proof_of
):
    supplying.use_lot(
        session, step, lot=lot_of("expired"), quantity=1, by=technician,
        override=proof_of(lead), reason="nothing else is here",
    )  # fmt: skip

    assert of_feeding() == Figures(scans=OPENING + 1, lots=1)


def test_a_bottle_of_another_kind_is_counted_by_its_deviation(
    session, step, of_feeding, lot_of, technician, at_the_bench
):
    vessels = session.scalars(select(Vessel).where(Vessel.batch_id == step.batch_id)).all()
    feeding.record_feeding(
        session, step, vessels=vessels, medium=lot_of("buffer"), medium_ml=Decimal(5),
        full_change=True, performed=at_the_bench.done(), comment="the wrong bottle",
        by=technician,
    )  # fmt: skip

    assert of_feeding().lots == 1


def test_a_mix_up_is_counted_where_it_was_stopped(session, step):
    session.info["terminal"] = "bench 7"
    refusals.remember(session, Mismatch(code="VE260001179", found="one", expected="another"))
    session.flush()

    assert scan_figures.by_terminal(session, SINCE)["bench 7"] == Figures(mismatches=1)


def test_a_month_ends_where_the_next_begins(session, step):
    now = clock.now() + timedelta(seconds=1)
    starts = [now - timedelta(days=60), now - timedelta(days=30), now]

    scans = [each.scans for each in scan_figures.by_month(session, starts)]

    assert (scans[0], scans[1] > 0, scans[2]) == (0, True, 0)


@pytest.mark.parametrize("what", Counted)
def test_a_figure_is_as_many_rows_as_stand_behind_it(session, step, what):
    behind = scan_figures.rows(what, Asked(SINCE)).subquery()

    counted = sum(getattr(each, what) for each in scan_figures.by_month(session, [SINCE]))

    assert counted == session.scalar(select(func.count()).select_from(behind))


def test_without_a_scan_there_is_no_rate():
    assert Figures(mismatches=1).per_thousand(Counted.MISMATCHES) is None


def test_a_vial_that_is_not_ordered_counts_among_the_stops(session):
    session.info["terminal"] = "bench 8"
    refusals.remember(session, NotForThisOrder(code="VL260001179", order="RQ26000001D"))
    session.flush()

    assert scan_figures.by_terminal(session, SINCE)["bench 8"] == Figures(mismatches=1)


def test_a_stop_is_acknowledged_by_nobody_else_than_who_was_stopped(session, technician, lead):
    session.info["user_id"] = technician.id
    refusals.remember(session, Mismatch(code="VL260001179", found="one", expected="another"))
    session.flush()

    stop = stops.acknowledge_stop(session, "VL260001179", by=technician)

    assert stop.sentence.startswith("STOP. VL260001179")
    with pytest.raises(NoStop):
        stops.acknowledge_stop(session, "VL260001179", by=lead)
