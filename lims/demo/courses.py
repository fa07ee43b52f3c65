"""Whole courses as they were: the fresh dose, the vials beside it, the doses that follow."""

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import bank, clinic, culture, decisions, endings, freezer, layer, quality, supplies
from lims.demo.case import Case
from lims.demo.growing import (
    cultured,
    dose_ml,
    harvested,
    isolated,
    laid,
    left_ml,
    sampled_before,
    times,
    tissue_of,
    wanted_again,
)
from lims.demo.telling import at, named
from lims.models.fill import Dose, Vial
from lims.models.order import Order
from lims.models.step import Step
from lims.models.suspension import Purpose, Suspension
from lims.workflows import seeding

Told = Iterator[datetime]
PAIN_BEFORE = 7
MOST_VIALS = 8
VIALS_OF_A_DOSE = 4
"""Thawed and used at once."""
AHEAD = 11
"""Days from planning another dose to its session, where nothing has to grow for it."""


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
    yield from quality.analyse(case, case.tube)
    yield from dose(case, case.sittings[0])
    yield from sterile(case)


def dose(case: Case, sitting: str, *, freezing: bool = True) -> Told:
    """Filled, released conditionally, injected; what is left in the tube is frozen."""
    fill = filled(case, sitting)
    running = yield from frozen_down(case, MOST_VIALS if freezing else 0)
    yield from quality.look_at_fill(case, fill)
    if running:  # an open step would stop the release
        yield from freezer.freeze_through(case, running)
    yield from decisions.release_conditionally(case, fill)
    yield case.soon(20)
    yield from brought(case, sitting)
    clinic.inject(case, case.doses[0], sitting)
    yield from clinic.observe(case, sitting)
    if running:
        yield case.workday(1, 10)
        yield from quality.look_at_fill(case, case.vial_fill)


def brought(case: Case, sitting: str) -> Told:
    """The dose handed over, and received by the clinic."""
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


def frozen(case: Case, most: int = MOST_VIALS) -> Told:
    """As many vials as the rest of the tube fills, in their places."""
    running = yield from frozen_down(case, most)
    if running:
        yield from freezer.freeze_through(case, running)
        yield from quality.look_at_fill(case, case.vial_fill)


def frozen_down(case: Case, most: int) -> Generator[datetime, None, freezer.Freezing | None]:
    """The vials in the freezer; None where nothing fills one."""
    number = min(most, int(left_ml(case)))
    if not number:
        emptied(case)
        return None
    while freezer.is_freezing(case):
        yield case.soon(culture.WAITS_MIN)
    case.vial_fill, case.in_store = freezer.fill_vials(case, case.tube, number)
    emptied(case)
    quality.culture_begun(case, case.in_store[-1], Vial, "0.1", "sterility")
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


def followed(case: Case) -> Told:
    """Asked about the pain after a month and after three."""
    yield from asked_again(case, 21, 2)
    yield from asked_again(case, 56, 4)


def asked_again(case: Case, days: int, less: int) -> Told:
    yield case.workday(days, 14)
    clinic.felt(case, PAIN_BEFORE - less)


def seen_for_a_year(case: Case) -> Told:
    """After half a year, and with an MRI after a whole one: then it is over."""
    yield from asked_again(case, 91, 4)
    yield from asked_again(case, 182, 5)
    clinic.looked_at(case)
    endings.complete(case)


def repeated(case: Case, doses: int = 2) -> Told:
    """A course whose later doses are made of the vials: expanded first, then as thawed, where
    there are as many as a dose takes."""
    yield from given(case)
    yield from followed(case)
    left = len(case.in_store)
    for number in range(1, doses):
        at_once = number > 1 and left >= VIALS_OF_A_DOSE
        taken = VIALS_OF_A_DOSE if at_once else 1
        yield from from_the_bank(case, taken, expand=not at_once)
        left -= taken
    yield from seen_for_a_year(case)


def from_the_bank(case: Case, vials: int, *, expand: bool) -> Told:
    """One more dose, of vials that are thawed for it."""
    yield case.workday(1, 10)
    ahead = case.days[2] + AHEAD if expand else AHEAD
    sitting = clinic.plan(case, timedelta(days=ahead))
    yield case.workday(2, 10)
    order = yield from bank.ordered(case, sitting, vials, expand=expand)
    if expand:
        yield from expanded(case, order, sitting)
    else:
        yield from thawed(case, order)
        yield from used(case, sitting)
    yield from sterile(case)
    yield from followed(case)


def thawed(case: Case, order: str) -> Told:
    needed = case.read(Order, order, "needed_on")
    ahead = (needed - clock.today()).days
    bank.schedule(case, order, case.after(ahead, 9))
    yield case.after(ahead, 8)
    case.fill = case.vial_fill = ""
    case.tube = bank.thaw(case, order, case.chance.between(0.85, 0.9))


def expanded(case: Case, order: str, sitting: str) -> Told:
    """The cells of a vial are grown once more."""
    yield from thawed(case, order)
    harvest = case.workday(case.days[2], 8)
    sown_again(case, harvest)
    yield from sampled_before(case, harvest)
    yield harvest
    clinic.appoint(case, sitting)
    harvested(case)
    yield from quality.analyse(case, case.tube)
    yield from dose(case, sitting, freezing=False)


def used(case: Case, sitting: str) -> Told:
    """As thawed: they are filled within the few hours for which such cells keep, and until then
    everything else waits."""
    clinic.appoint(case, sitting)
    case.through(quality.analyse(case, case.tube))
    yield from dose(case, sitting, freezing=False)


def sown_again(case: Case, ends: datetime) -> None:
    """Everything in the tube into vessels of the next passage, as far as they take it."""
    with case.database.reading() as session:
        tube = at(Suspension, case.tube)(session)
        cells, volume = int(tube.viable_per_ml * tube.remaining_ml), tube.remaining_ml
        passage = (tube.passage or 0) + 1
    into = layer.to_grow(wanted_again(case), passage)
    seed = min(layer.seed_of(into, passage, times(case, ends)), cells)
    step = culture.begun(
        case, seeding.start_seeding, suspension=at(Suspension, case.tube), vessels=into.number
    )
    used = {"buffer": 30, into.kind: into.number, "complete_medium": float(into.medium_ml)}
    culture.supply(case, step, used, ("cabinet",))
    case.print_plan("technician", step)
    case.vessels = case.planned(step, "VE")
    case.layer = laid(case, into, passage, seed, ends)
    share = (volume * seed / cells / into.number).quantize(Decimal("0.001"), rounding="ROUND_DOWN")
    case.act(
        "technician", seeding.record_seeding, step=at(Step, step),
        suspension=at(Suspension, case.tube), performed=case.done(),
        sown=[seeding.Sown(code, share, into.kind, into.area_cm2) for code in case.vessels],
        shelf=named(supplies.place, "fourth_shelf"),
    )  # fmt: skip
    if left_ml(case):
        culture.put_aside(case, step, case.tube, Purpose.WASTE)
    culture.close(case, step)
