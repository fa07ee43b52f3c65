"""Courses that went otherwise: rejected, contaminated, postponed, slow; and runs as published."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from lims import clock
from lims.demo import analysing, clinic, culture, decisions, endings, layer, quality, week
from lims.demo.again import from_the_bank
from lims.demo.case import BEFORE_ISOLATION, Case
from lims.demo.courses import (
    filled,
    frozen,
    ready_to_fill,
    seen_for_a_year,
    sterile,
    until_harvest,
)
from lims.demo.growing import (
    ADHERE,
    grown,
    harvested,
    in_days,
    isolated,
    kept,
    passed_on,
    sown_on,
    tissue_of,
)
from lims.demo.layer import Layer, Vessels
from lims.demo.telling import SECOND, at, each
from lims.demo.timetable import at_once
from lims.models.culture import DiscardReason
from lims.models.fill import Fill
from lims.models.vessel import Vessel
from lims.workflows import discarding, observing, rejecting

Told = Iterator[datetime]
PUBLISHED = Path(__file__).parent / "published_runs.csv"
SVF_PER_GRAM = 870_000
"""Of the tissue of published runs, whose mass is not told: that which other tissues yield."""
FOUR_FLASKS = 8_000_000
"""Cells that grow in them, where one will be turbid."""
SLOW_FOR, SLOW_FULL_PCT = 18, 73
"""Days of P1 of cells that are slow, seeded as close as may be, and how full it is then."""
ALL = 48
"""Vials, more than any of these runs fills."""
TWO_VIALS_ML = Decimal("2.2")
"""One for the test of sterility, one for the bank, and what the other tests take."""
QUIET_MIN = 25
FIBRES = "Two fibres, seen in the capped syringe against light."


def rejected(case: Case) -> Told:
    """Fibres are seen in the dose: out of specification, rejected, destroyed by two; the vials
    wait for the investigation."""
    yield from until_harvest(case)
    clinic.appoint(case, case.sittings[0])
    harvested(case)
    analysis = yield from ready_to_fill(case)
    fill = filled(case, case.sittings[0], FIBRES)
    yield from at_once(frozen(case), analysing.concluded(case, analysis))
    yield from quality.look_at_fill(case, fill, appearance="does not conform")
    yield from decisions.hastened(case, decisions.of_fill(case, fill), decisions.FOUND)
    yield case.soon(QUIET_MIN)
    decisions.decide(case, rejecting.reject_fill, fill, f"{FIBRES} The result is confirmed.")
    yield case.soon(QUIET_MIN)
    for login in ("technician", "qa"):
        case.act(
            login, rejecting.destroy_fill, fill=at(Fill, fill), reason="rejected",
            proof=case.proof(login),
        )  # fmt: skip
    case.fill = ""
    clinic.call_off(case, "the dose was rejected: another is made of the vials")
    yield from sterile(case)
    yield from from_the_bank(case, 1, expand=True)
    yield from seen_for_a_year(case)


def contaminated(case: Case) -> Told:
    """One vessel of P1 is turbid: discarded; its siblings, quarantined, once quality decided."""
    yield from tissue_of(case)
    yield from isolated(case)
    yield from kept(case, case.days[0])
    passed_on(case, FOUR_FLASKS, in_days(case.days[1]))
    yield case.workday(3, 9)
    turbid, *siblings = case.vessels
    case.act(
        "technician", observing.report_contamination, vessel=at(Vessel, turbid),
        appearance="turbid, yellow medium", performed=case.done(),
    )  # fmt: skip
    case.wait(minutes=40)
    discard(case, [turbid], "turbid, yellow medium")
    opened = decisions.undecided(case)
    yield from decisions.hastened(case, opened, decisions.FOUND)
    yield case.workday(1, 10)
    yield from decisions.hastened(case, opened, decisions.DECIDED)
    yield case.soon(QUIET_MIN)
    discard(case, siblings, f"as decided in {', '.join(opened)}")
    clinic.call_off(case, "the cells were lost to contamination")
    yield case.workday(9, 11)
    endings.withdraw(case, "the patient does not want tissue taken again")


def discard(case: Case, codes: list[str], reason: str) -> None:
    case.act(
        "technician", discarding.discard_vessels, vessels=each(Vessel, codes),
        why=DiscardReason.CONTAMINATION, reason=reason, proof=case.proof("technician"),
        second=case.proof(SECOND),
    )  # fmt: skip


def postponed(case: Case) -> Told:
    """On the day the patient has a fever: all is frozen instead of filled."""
    yield from until_harvest(case)
    endings.postpone(case, "fever of 38.6 °C")
    clinic.call_off(case, "fever of 38.6 °C")
    harvested(case)
    analysis = yield from ready_to_fill(case)
    yield from at_once(frozen(case), analysing.concluded(case, analysis))
    yield from sterile(case)


def slow(case: Case) -> Told:
    """Cells that double in ten days; the forecast says long before that their dose comes late."""
    yield from tissue_of(case)
    yield from isolated(case)
    yield from kept(case, case.days[0])
    closest(case, in_days(ahead := case.to_a_workday(SLOW_FOR)), SLOW_FULL_PCT)
    yield from kept(case, ahead)
    closest(case, in_days(SLOW_FOR), SLOW_FULL_PCT)
    yield from kept(case, 40)


def closest(case: Case, ends: datetime, full_pct: float) -> None:
    """All of the cells seeded on, as close as they may lie, and so into few vessels."""
    live = grown(case)
    into = layer.with_floor(live / layer.DENSEST)
    seed = min(live, round(into.floor_cm2 * layer.DENSEST))
    sown_on(case, live, seed, into, ends, full_pct=full_pct)


def published(case: Case, run: str) -> Told:
    """A run as it was published, with its own counts; what it does not tell is frozen."""
    passages = list(read(run))
    first, *later = passages
    case.mass_g = (Decimal(first.seeded) / SVF_PER_GRAM).quantize(Decimal("0.1"))
    case.begins = begins_for(passages, case.begins)
    yield case.on(0, 10)
    yield from tissue_of(case)
    yield clock.now() + timedelta(minutes=30)
    # The counts are those published. In the T-75 that DS1-flask was grown in they would lie twice
    # as close as MSC do: here it is a T-175. The others were grown in this bioreactor.
    into = layer.PERFUSED if first.seeded > 10**7 else Vessels("T-175")
    case.vessels = yield from culture.isolate(case, case.sample, case.mass_g, first.seeded, into)
    case.layer = as_published(first, into, 0)
    for index, passage in enumerate(passages):
        yield from kept(case, passage.days)
        if index == len(passages) - 1:
            break
        following = later[index]
        step, tube = culture.harvest(
            case, case.vessels, passage.harvested, culture.TUBE_ML, into.number,
            comment=passage.source,
        )  # fmt: skip
        share = culture.TUBE_ML * following.seeded / passage.harvested
        case.vessels = culture.sow(case, step, tube, into, share.quantize(Decimal("0.001")))
        case.layer = as_published(following, into, index + 1)
    quality.culture_begun(case, case.vessels[0], Vessel, "5", "in_process_sterility")
    live = passages[-1].harvested
    volume = (Decimal(live) / 15_000_000).quantize(Decimal("0.1"))
    if volume < TWO_VIALS_ML:
        volume, case.sampled_ml = TWO_VIALS_ML, "0.2"
    step, case.tube = culture.harvest(case, case.vessels, live, volume, comment=passages[-1].source)
    culture.close(case, step)
    analysis = yield from ready_to_fill(case)
    yield from at_once(frozen(case, most=ALL), analysing.concluded(case, analysis))
    clinic.call_off(case, "all of it was frozen")
    yield from sterile(case)
    endings.postpone(case, "the cells wait in the bank until the pain is back")


def as_published(passage: "Passage", into: Vessels, number: int) -> Layer:
    """In P0 few of the cells adhere that are seeded."""
    adhered = passage.seeded * (1 if number else ADHERE[1])
    ends = in_days(passage.days)
    full = layer.GOOD * 100
    return Layer(into, number, adhered, passage.harvested, clock.now(), ends, full)


def begins_for(passages: Sequence["Passage"], earliest: date) -> date:
    """The first day of a visit from which tissue is taken, and every passage ends, on a day of
    work."""
    ends = itertools.accumulate((each.days for each in passages), initial=BEFORE_ISOLATION)
    if all(week.is_worked(earliest + timedelta(days=each)) for each in ends):
        return earliest
    return begins_for(passages, earliest + week.A_DAY)


class Passage:
    """One row of the published runs."""

    def __init__(self, told: dict[str, str]) -> None:
        self.seeded = int(told["seeded_viable_cells"])
        self.harvested = int(told["harvested_viable_cells"])
        self.days = int(told["days"] or 9)
        """Where the paper says nothing, as long as the other run of the same group."""
        self.source = f"counts of {told['run']}: {told['source']}"


def read(run: str) -> Iterator[Passage]:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        for told in csv.DictReader(file):
            if told["run"] == run:
                yield Passage(told)
