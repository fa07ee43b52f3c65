"""Whole courses as they were: the fresh dose, the vials beside it, the doses that follow."""

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta

from lims import clock
from lims.demo import (
    analysing,
    clinic,
    culture,
    decisions,
    endings,
    filing,
    freezer,
    quality,
)
from lims.demo.case import Case
from lims.demo.growing import (
    cultured,
    dose_ml,
    harvested,
    isolated,
    left_ml,
    tissue_of,
)
from lims.demo.timetable import at_once
from lims.models.fill import Dose, Vial

Told = Iterator[datetime]
MOST_VIALS = 8
TESTED = 1
"""Vial that is used up for the test of sterility: the others hold what their labels say."""
WASHED_MIN = (18, 44)
"""From the harvest, sampled, to its filling."""


def until_harvest(case: Case) -> Told:
    yield from tissue_of(case)
    yield from isolated(case)
    yield from cultured(case)


def fresh(case: Case) -> Told:
    yield from given(case)
    yield from followed(case)
    yield from seen_for_a_year(case)


def swelling(case: Case) -> Told:
    """The joint swells, for two days."""
    yield from given(case)
    endings.swelled(case)
    yield from followed(case)
    yield from seen_for_a_year(case)


def given(case: Case) -> Told:
    """The dose is injected on the day of its harvest, the rest frozen; then both are released."""
    yield from until_harvest(case)
    clinic.appoint(case, case.sittings[0])
    harvested(case)
    yield from dose(case, case.sittings[0])
    yield from sterile(case)


def dose(case: Case, sitting: str, *, freezing: bool = True) -> Told:
    """Filled soon after the harvest, the rest frozen; released and injected once the tests say
    that all is well."""
    analysis = yield from ready_to_fill(case)
    fill = filled(case, sitting)
    most = MOST_VIALS if freezing else 0
    yield from at_once(put_away(case, most), analysing.concluded(case, analysis))
    yield from given_to_patient(case, fill, sitting)
    if case.vial_fill:
        yield case.workday(1, 10)
        yield from quality.look_at_fill(case, case.vial_fill)


def ready_to_fill(case: Case) -> Generator[datetime, None, analysing.Analysis]:
    """Sampled, the tests begun; washed meanwhile, and brought to the volume of the doses."""
    analysis = yield from analysing.analysis_of(case, case.tube)
    yield case.soon(case.chance.between(*WASHED_MIN))
    return analysis


def given_to_patient(case: Case, fill: str, sitting: str) -> Told:
    yield from quality.look_at_fill(case, fill)
    yield from decisions.release_conditionally(case, fill)
    yield case.soon(20)
    yield from brought(case, sitting)
    clinic.inject(case, case.doses[0], sitting)
    yield from clinic.observe(case, sitting)


def brought(case: Case, sitting: str) -> Told:
    """The dose handed over, and received by the clinic."""
    filing.hand_out(case, case.fill)
    clinic.hand_over(case, case.doses[0], sitting)
    yield case.soon(30)
    clinic.arrive(case, case.doses[0])
    yield case.soon(15)


def filled(case: Case, sitting: str, odd: str | None = None) -> str:
    """The fill of one dose, its sterility begun."""
    case.fill, case.doses = quality.fill_doses(case, case.tube, sitting, [str(dose_ml(case))], odd)
    quality.culture_begun(case, case.doses[0], Dose, "0.1", "sterility")
    case.cultured_on = clock.today()
    return case.fill


def put_away(case: Case, most: int) -> Told:
    """As many vials as the rest of the tube fills, in their places."""
    running = yield from frozen_down(case, most)
    if running:
        yield from freezer.freeze_through(case, running)


def frozen(case: Case, most: int = MOST_VIALS) -> Told:
    """The same, and looked at."""
    yield from put_away(case, most)
    if case.vial_fill:
        yield from quality.look_at_fill(case, case.vial_fill)


def frozen_down(case: Case, most: int) -> Generator[datetime, None, freezer.Freezing | None]:
    """The vials in the freezer; None where nothing fills one."""
    number = min(most + TESTED if most else 0, int(left_ml(case)))
    if number <= TESTED:
        emptied(case)
        return None
    while freezer.is_freezing(case):
        yield case.soon(culture.WAITS_MIN)
    case.vial_fill, (*case.in_store, tested) = freezer.fill_vials(case, case.tube, number)
    emptied(case)
    quality.culture_begun(case, tested, Vial, "1", "sterility")
    case.cultured_on = clock.today()
    return freezer.freeze(case, case.vial_fill, case.in_store)


def emptied(case: Case) -> None:
    """What is left in the tube is waste, and so the batch can come to its end."""
    if left_ml(case):
        culture.waste(case, case.tube)


def sterile(case: Case) -> Told:
    """In a week and in two the cultures are read; then all is released finally."""
    for line, days in quality.CULTURE_DAYS.items():
        due = case.cultured_on + timedelta(days=days)
        yield case.workday(max(0, (due - clock.today()).days), 11)
        yield from quality.read_cultures(case, line)
    yield clock.now() + timedelta(hours=2)
    for fill in (case.fill, case.vial_fill):
        if fill:
            yield from decisions.release(case, fill)
    filing.close(case)


def followed(case: Case) -> Told:
    """Asked about the pain after a month and after three."""
    yield from asked_again(case, 21)
    yield from asked_again(case, 56)


def asked_again(case: Case, days: int) -> Told:
    yield case.workday(days + round(case.chance.between(-2, 5)), 14)
    clinic.felt(case)


def seen_for_a_year(case: Case) -> Told:
    """After half a year, and with an MRI after a whole one: then it is over."""
    yield from asked_again(case, 91)
    yield from asked_again(case, 182)
    clinic.looked_at(case)
    endings.complete(case)
