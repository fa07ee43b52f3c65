"""The doses that follow, of cells out of the bank: expanded, or as they are thawed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import analysing, bank, clinic, culture, layer, supplies
from lims.demo.case import Case
from lims.demo.courses import (
    dose,
    emptied,
    filled,
    followed,
    given,
    given_to_patient,
    seen_for_a_year,
    sterile,
)
from lims.demo.growing import harvested, laid, left_ml, sampled_before, times, wanted_again
from lims.demo.telling import at, named
from lims.models.order import Order
from lims.models.step import Step
from lims.models.suspension import Purpose, Suspension
from lims.workflows import seeding

Told = Iterator[datetime]
VIALS_OF_A_DOSE = 4
"""Thawed and used at once."""
AHEAD = 11
"""Days from planning another dose to its session, where nothing has to grow for it."""
WAITS_MIN = 85
"""As thawed, until the first tests are read: then they are filled."""
OFF_PLAN_MIN = (-14, 27)
"""Of a retrieval."""


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
    yield case.soon(bank.PLANS_IT_MIN)
    planned = case.after(ahead, 9)
    bank.schedule(case, order, planned)
    yield planned + timedelta(minutes=case.chance.between(*OFF_PLAN_MIN))
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
    yield from dose(case, sitting, freezing=False)


def used(case: Case, sitting: str) -> Told:
    """As thawed: such cells keep for a few hours only, and for a few more once they are filled.
    So they are filled while the tests run, and meanwhile everything else waits."""
    clinic.appoint(case, sitting)
    analysis = yield from analysing.analysis_of(case, case.tube)
    case.through([case.soon(WAITS_MIN)])
    fill = filled(case, sitting)
    emptied(case)
    yield from analysing.concluded(case, analysis)
    yield from given_to_patient(case, fill, sitting)


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
