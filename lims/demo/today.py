"""Courses in the middle of something: what waits today for each who works here."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from lims import clock
from lims.demo import bank, clinic, culture, decisions, freezer, layer, quality, week
from lims.demo.case import Case
from lims.demo.courses import (
    MOST_VIALS,
    asked_again,
    brought,
    emptied,
    filled,
    frozen_down,
    given,
    until_harvest,
)
from lims.demo.growing import harvested
from lims.models.order import Order

Told = Iterator[datetime]
TAKEN_OUT = time(10)


def asked_about(case: Case) -> Told:
    """Written down, a course ordered; nobody asked the contraindications yet."""
    clinic.register(case)
    clinic.know(case)
    yield clock.now() + timedelta(minutes=20)
    clinic.order(case)
    clinic.plan(case)


def enrolled(case: Case) -> Told:
    """Tissue can be collected."""
    clinic.enrol(case)
    yield from ()


def on_its_way(case: Case) -> Told:
    clinic.enrol(case)
    yield case.on(0, 14)
    case.sample = clinic.kit(case)
    yield case.on_the_day
    clinic.collect(case, case.sample)


def undecided(case: Case) -> Told:
    """Received, and the lead has not accepted it yet."""
    yield from on_its_way(case)
    yield case.soon(50)
    clinic.receive(case, case.sample, case.mass_g)


def to_isolate(case: Case) -> Told:
    yield from undecided(case)
    clinic.accept(case, case.sample)


def isolating_now(case: Case) -> Told:
    """The digestion runs on the second bench."""
    yield from to_isolate(case)
    yield clock.now() + timedelta(minutes=10)
    into = layer.for_tissue(round(float(case.mass_g) * 1e6))
    culture.start_isolation(case, case.sample, into)


def harvested_today(case: Case) -> Told:
    case.harvested_today = True
    yield from until_harvest(case)
    assert case.today is not None
    clinic.appoint(case, case.sittings[0], case.today.sessions_on)
    harvested(case)


def in_quality_control(case: Case) -> Told:
    """Harvested, an aliquot taken: the tests wait to be read."""
    yield from harvested_today(case)
    quality.asked(case, case.tube)


def quarantined(case: Case) -> Told:
    """Filled; what was read waits to be verified, endotoxin is read in a run."""
    yield from harvested_today(case)
    yield from quality.analysed(case, case.tube, quality.SPIKED)
    filled(case, case.sittings[0])
    emptied(case)


def verified(case: Case) -> Told:
    """Filled; what was read and verified waits for quality, endotoxin is read in a run."""
    yield from harvested_today(case)
    found = yield from quality.analysed(case, case.tube, quality.SPIKED)
    yield case.soon(quality.SOON)
    quality.verify(case, found)
    filled(case, case.sittings[0])
    emptied(case)


def to_decide(case: Case) -> Told:
    """Filled, every result but the cultures approved: quality decides; on what was not as it
    should be at the harvest first."""
    yield from harvested_today(case)
    yield from decisions.hastened(case, decisions.undecided(case), decisions.PROPOSED)
    yield from quality.analyse(case, case.tube)
    fill = filled(case, case.sittings[0])
    emptied(case)
    yield from quality.look_at_fill(case, fill)


def ready(case: Case) -> Told:
    """Released conditionally: the dose waits to be handed over."""
    yield from harvested_today(case)
    yield from quality.analyse(case, case.tube)
    fill = filled(case, case.sittings[0])
    emptied(case)
    yield from quality.look_at_fill(case, fill)
    yield from decisions.release_conditionally(case, fill)


def at_the_clinic(case: Case) -> Told:
    """The dose waits for its patient."""
    yield from ready(case)
    yield from brought(case, case.sittings[0])


def to_place(case: Case) -> Told:
    """Frozen yesterday; nobody has brought the vials to their places."""
    yield from until_harvest(case)
    clinic.appoint(case, case.sittings[0])
    harvested(case)
    yield from quality.analyse(case, case.tube)
    case.fill = filled(case, case.sittings[0])
    running = yield from frozen_down(case, MOST_VIALS)
    assert running is not None
    yield from quality.look_at_fill(case, case.vial_fill)
    yield from quality.look_at_fill(case, case.fill)
    yield from freezer.freeze_out(case, running)
    yield from decisions.release_conditionally(case, case.fill)
    yield from brought(case, case.sittings[0])
    clinic.inject(case, case.doses[0], case.sittings[0])
    yield from clinic.observe(case, case.sittings[0])


def second_dose(case: Case) -> Told:
    """The first is given, the cells for the second are asked for."""
    yield from given(case)
    yield from asked_again(case, 21, 2)
    yield case.on_the_day
    sitting = clinic.plan(case, timedelta(days=case.session_in))
    case.order = bank.draft(case, sitting, 1, expand=True)


def submitted(case: Case) -> Told:
    yield from second_dose(case)
    bank.submit(case, case.order)


def checked(case: Case) -> Told:
    yield from submitted(case)
    bank.check(case, case.order)


def approved(case: Case) -> Told:
    yield from checked(case)
    bank.approve(case, case.order)


def scheduled(case: Case) -> Told:
    """The time is planned, tomorrow at the soonest."""
    yield from approved(case)
    assert case.today is not None
    soonest = case.today.sessions_on + week.A_DAY
    needed = case.read(Order, case.order, "needed_on")
    bank.schedule(case, case.order, clock.moment_of(max(needed, soonest), TAKEN_OUT))
