"""A tank is read by hand; what is outside the limits, or missing, calls for somebody."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, NotPermitted
from lims.models.deviation import Deviation, DeviationStatus, DeviationSupply, Grade
from lims.workflows import (
    performing,
    readings_before,
    specifications,
    states,
    tank_contents,
    tank_readings,
)
from tests.laboratory import cryobank as bank

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def tank(session):
    return bank.tank(session)


@pytest.fixture
def read(session, tank, technician):
    def reading(temperature="-165.5", level="62", **changed):
        values = {"observed_at": clock.now(), "refilled": False, "by": technician} | changed
        return tank_readings.record_reading(
            session, tank,
            temperature_c=Decimal(temperature) if temperature else None,
            level_pct=Decimal(level) if level else None, **values,
        )  # fmt: skip

    return reading


def opened(session):
    return session.scalars(select(Deviation).order_by(Deviation.id)).all()


def alarms(session, tank):
    last, version = tank_contents.last_readings(session, [tank]), specifications.current(session)
    due = tank_readings.due(session, version, [tank])[tank.id]
    return [type(each) for each in tank_readings.alarms_of(last.get(tank.id), due, version)]


def test_a_good_reading_opens_nothing(session, tank, read):
    reading = read(refilled=True)

    assert (reading.tank_id, reading.refilled, opened(session)) == (tank.id, True, [])
    assert alarms(session, tank) == []


def test_a_tank_nobody_has_read_calls_for_somebody_once_its_first_reading_is_due(session, tank):
    hours = specifications.limit(specifications.current(session), "reading_interval_hours")
    assert alarms(session, tank) == []

    with time_machine.travel(clock.now() + timedelta(hours=float(hours))):
        assert alarms(session, tank) == [tank_readings.NeverRead]


def test_nothing_read_is_no_reading(read):
    with pytest.raises(tank_readings.NothingRead):
        read(temperature=None, level=None)


@pytest.mark.parametrize(
    ("temperature", "rules", "shown"),
    [
        ("-140", [], []),
        ("-139.999", [], [tank_readings.GettingWarm]),
        ("-130", [], [tank_readings.GettingWarm]),
        ("-129.999", ["tank_warm"], [tank_readings.TooWarm]),
    ],
)
def test_the_unrounded_temperature_is_compared(session, tank, read, temperature, rules, shown):
    read(temperature=temperature)

    assert [each.rule for each in opened(session)] == rules
    assert alarms(session, tank) == shown


@pytest.mark.parametrize(("level", "rules"), [("20", []), ("19.999", ["tank_low"])])
def test_little_nitrogen_opens_a_deviation(session, read, level, rules):
    read(level=level)

    assert [each.rule for each in opened(session)] == rules


def test_the_deviation_is_about_the_tank_and_says_what_stands_there(session, tank, read):
    read(temperature="-80")

    (deviation,) = opened(session)
    about = select(DeviationSupply.equipment_id).where(DeviationSupply.deviation_id == deviation.id)
    assert session.scalars(about).all() == [tank.equipment_id]
    assert deviation.grade is Grade.CRITICAL
    assert deviation.description.startswith(f"{tank.code} TK-1: -80 °C: warmer than -130 °C.")
    assert "0 vials stand in it" in deviation.description


def test_a_tank_that_stays_warm_opens_one_deviation_until_it_is_decided(session, read):
    read(temperature="-80")
    read(temperature="-70")
    (first,) = opened(session)

    for status in ("classified", "investigating", "proposed", "approved"):
        states.move(session, first, DeviationStatus(status))
    read(temperature="-60")

    assert len(opened(session)) == 2


def test_a_late_reading_needs_its_reason(read):
    with pytest.raises(performing.LateReasonNeeded):
        read(observed_at=clock.now() - 2 * AN_HOUR)

    late = read(observed_at=clock.now() - 2 * AN_HOUR, late_reason="the network was down")
    assert late.recorded_at - late.observed_at > AN_HOUR


def test_a_reading_is_not_of_the_future(read):
    with pytest.raises(performing.InTheFuture):
        read(observed_at=clock.now() + AN_HOUR)


def test_who_only_sees_the_cryobank_reads_nothing(read, qa_officer):
    with pytest.raises(NotPermitted):
        read(by=qa_officer)


@pytest.mark.parametrize(("hours", "missing"), [(24, []), (25, [tank_readings.ReadingMissing])])
def test_a_missing_reading_calls_for_somebody(session, tank, read, hours, missing):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        read()
        traveller.shift(hours * AN_HOUR)

        assert alarms(session, tank) == missing


def test_the_reading_observed_last_counts_not_the_one_recorded_last(session, tank, read):
    now = clock.now()
    newer = read(observed_at=now - AN_HOUR / 2)
    read(observed_at=now - 5 * AN_HOUR, late_reason="found on paper", temperature="-160")

    assert tank_contents.last_readings(session, [tank])[tank.id] is newer


@pytest.mark.parametrize("slip", ["-17.2", "-144", "-193"])
def test_a_reading_far_from_all_before_it_is_asked_about_before_it_is_stored(session, read, slip):
    read("-172")
    read("-165")

    with pytest.raises(FieldError, match="showed before, -172 to -165 °C: the minus") as asked:
        read(slip)

    assert asked.value.field == "comment"
    assert opened(session) == []
    assert read(slip, comment="seen twice").temperature_c == Decimal(slip)


@pytest.mark.parametrize("usual", ["-145", "-192"])
def test_what_is_within_that_of_one_before_it_is_stored_unasked(read, usual):
    read("-172")
    read("-165")

    assert read(usual).temperature_c == Decimal(usual)


@pytest.fixture
def correct(session, technician):
    def correct(wrong, temperature):
        return tank_readings.correct_reading(
            session, wrong, temperature_c=Decimal(temperature), level_pct=None, refilled=False,
            reason="the minus was lost", by=technician,
        )  # fmt: skip

    return correct


def test_a_corrected_reading_takes_the_place_of_the_wrong_one(session, tank, read, correct):
    wrong = read("17.2")
    assert alarms(session, tank) == [tank_readings.TooWarm]

    right = correct(wrong, "-172")

    assert alarms(session, tank) == []
    assert readings_before.corrected([wrong, right]) == {wrong.id}


def test_the_wrong_one_counts_no_more_among_those_before(read, correct):
    correct(read("17.2"), "-172")

    with pytest.raises(FieldError, match="-172 to -172"):
        read("16")


def test_a_reading_is_corrected_once(read, correct):
    wrong = read("17.2")
    correct(wrong, "-172")

    with pytest.raises(tank_readings.CorrectedAlready):
        correct(wrong, "-171")
