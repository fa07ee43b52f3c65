"""Courses in the middle of something: what waits today for each who works here."""

from collections.abc import Generator, Iterator
from datetime import datetime, time, timedelta

from lims import clock
from lims.demo import analysing, bank, clinic, culture, decisions, freezer, layer, quality, week
from lims.demo.case import Case
from lims.demo.courses import (
    MOST_VIALS,
    WASHED_MIN,
    asked_again,
    brought,
    emptied,
    filled,
    frozen_down,
    given,
    ready_to_fill,
    until_harvest,
)
from lims.demo.growing import harvested
from lims.demo.timetable import at_once
from lims.models.order import Order

Told = Iterator[datetime]
Analysed = Generator[datetime, None, analysing.Analysis]
TAKEN_OUT = time(10)
DECIDES_MIN = 55
"""Until quality comes to an order that the bank checked."""


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


def filled_today(case: Case, *left: str) -> Analysed:
    """The dose filled while its tests run; what is more than it takes is waste."""
    yield from harvested_today(case)
    analysis = yield from analysing.analysis_of(case, case.tube, *left)
    yield case.soon(case.chance.between(*WASHED_MIN))
    filled(case, case.sittings[0])
    emptied(case)
    return analysis


def in_quality_control(case: Case) -> Told:
    """Harvested, an aliquot taken: the tests wait to be read."""
    yield from harvested_today(case)
    quality.asked(case, case.tube)


def quarantined(case: Case) -> Analysed:
    """Filled; what was read waits to be verified, endotoxin is read in a run."""
    analysis = yield from filled_today(case, quality.SPIKED)
    yield from analysing.read(case, analysis)
    return analysis


def verified(case: Case) -> Told:
    """Filled; what was read and verified waits for quality, endotoxin is read in a run."""
    analysis = yield from quarantined(case)
    yield case.soon(quality.SOON)
    quality.verify(case, analysis.tests)


def to_decide(case: Case) -> Told:
    """Filled, every result but the cultures approved: quality decides; on what was not as it
    should be at the harvest first."""
    analysis = yield from filled_today(case)
    about = decisions.undecided(case)
    yield from at_once(
        decisions.hastened(case, about, decisions.PROPOSED), analysing.concluded(case, analysis)
    )
    yield from quality.look_at_fill(case, case.fill)


def ready(case: Case) -> Told:
    """Released conditionally: the dose waits to be handed over."""
    analysis = yield from filled_today(case)
    yield from analysing.concluded(case, analysis)
    yield from quality.look_at_fill(case, case.fill)
    yield from decisions.release_conditionally(case, case.fill)


def at_the_clinic(case: Case) -> Told:
    """The dose waits for its patient."""
    yield from ready(case)
    yield from brought(case, case.sittings[0])


def to_place(case: Case) -> Told:
    """Frozen yesterday; nobody has brought the vials to their places."""
    yield from until_harvest(case)
    clinic.appoint(case, case.sittings[0])
    harvested(case)
    analysis = yield from ready_to_fill(case)
    case.fill = filled(case, case.sittings[0])
    running = yield from frozen_down(case, MOST_VIALS)
    assert running is not None
    yield from at_once(freezer.freeze_out(case, running), analysing.concluded(case, analysis))
    yield from quality.look_at_fill(case, case.vial_fill)
    yield from quality.look_at_fill(case, case.fill)
    yield from decisions.release_conditionally(case, case.fill)
    yield from brought(case, case.sittings[0])
    clinic.inject(case, case.doses[0], case.sittings[0])
    yield from clinic.observe(case, case.sittings[0])


def second_dose(case: Case) -> Told:
    """The first is given, the cells for the second are asked for."""
    yield from given(case)
    yield from asked_again(case, 21)
    yield case.on_the_day
    sitting = clinic.plan(case, timedelta(days=case.session_in))
    case.order = bank.draft(case, sitting, 1, expand=True)


def submitted(case: Case) -> Told:
    yield from second_dose(case)
    yield case.soon(bank.READS_IT_OVER_MIN)
    bank.submit(case, case.order)


def checked(case: Case) -> Told:
    yield from submitted(case)
    yield case.soon(bank.LOOKS_IT_UP_MIN)
    bank.check(case, case.order)


def approved(case: Case) -> Told:
    yield from checked(case)
    yield case.soon(DECIDES_MIN)
    bank.approve(case, case.order)


def scheduled(case: Case) -> Told:
    """The time is planned, tomorrow at the soonest."""
    yield from approved(case)
    yield case.soon(bank.PLANS_IT_MIN)
    assert case.today is not None
    soonest = case.today.sessions_on + week.A_DAY
    needed = case.read(Order, case.order, "needed_on")
    bank.schedule(case, case.order, clock.moment_of(max(needed, soonest), TAKEN_OUT))
