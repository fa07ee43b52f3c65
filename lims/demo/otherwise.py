"""Courses that went otherwise: rejected, contaminated, postponed, slow; and runs as published."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from lims import clock
from lims.demo import clinic, culture, decisions, endings, quality, week
from lims.demo.case import BEFORE_ISOLATION, Case
from lims.demo.courses import (
    filled,
    from_the_bank,
    frozen,
    seen_for_a_year,
    sterile,
    until_harvest,
)
from lims.demo.growing import (
    FIRST_SEED,
    grown,
    harvested,
    isolated,
    kept,
    passed_on,
    tissue_of,
)
from lims.demo.telling import SECOND, at, each
from lims.models.culture import DiscardReason
from lims.models.fill import Fill
from lims.models.vessel import Vessel
from lims.workflows import discarding, observing, rejecting

Told = Iterator[datetime]
PUBLISHED = Path(__file__).parent / "published_runs.csv"
PERFUSED = culture.Vessels("Quantum", Decimal(21_000), 1)
"""A bioreactor of hollow fibres."""
ALL = 48
"""Vials, more than any of these runs fills."""
QUIET_MIN = 25
FIBRES = "Two fibres, seen in the capped syringe against light."


def rejected(case: Case) -> Told:
    """Fibres are seen in the dose: out of specification, rejected, destroyed by two; the vials
    wait for the investigation."""
    yield from until_harvest(case)
    clinic.appoint(case, case.sittings[0])
    harvested(case)
    yield from quality.analyse(case, case.tube)
    fill = filled(case, case.sittings[0], FIBRES)
    yield from frozen(case)
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
    """One vessel of P1 is turbid: discarded; its siblings, quarantined, are given up too."""
    yield from tissue_of(case)
    yield from isolated(case)
    yield from kept(case, case.days[0])
    passed_on(case, round(case.seeded * 0.7), FIRST_SEED // 2)
    yield case.workday(3, 9)
    turbid, *siblings = case.vessels
    case.act(
        "technician", observing.report_contamination, vessel=at(Vessel, turbid),
        appearance="turbid, yellow medium", performed=case.done(),
    )  # fmt: skip
    case.wait(minutes=40)
    discard(case, [turbid], DiscardReason.CONTAMINATION, "contaminated")
    if siblings:
        discard(case, siblings, DiscardReason.CONTAMINATION, "shared medium with it")
    clinic.call_off(case, "the cells were lost to contamination")
    yield case.workday(9, 11)
    endings.withdraw(case, "the patient does not want tissue taken again")


def discard(case: Case, codes: list[str], why: DiscardReason, reason: str) -> None:
    case.act(
        "technician", discarding.discard_vessels, vessels=each(Vessel, codes), why=why,
        reason=reason, proof=case.proof("technician"), second=case.proof(SECOND),
    )  # fmt: skip


def postponed(case: Case) -> Told:
    """On the day the patient has a fever: all is frozen instead of filled."""
    yield from until_harvest(case)
    endings.postpone(case, "fever of 38.6 °C")
    clinic.call_off(case, "fever of 38.6 °C")
    harvested(case)
    yield from quality.analyse(case, case.tube)
    yield from frozen(case)
    yield from sterile(case)


def slow(case: Case) -> Told:
    """Cells that double in seventeen days, as some do; the forecast says so long before."""
    yield from tissue_of(case)
    yield from isolated(case)
    yield from kept(case, case.days[0])
    passed_on(case, live := round(case.seeded * 0.4), live)
    yield from kept(case, case.to_a_workday(10))
    live = grown(case)
    passed_on(case, live, live)
    yield from kept(case, 40)


def published(case: Case, run: str) -> Told:
    """A run as it was published, with its own counts; what it does not tell is frozen."""
    passages = list(read(run))
    first, *later = passages
    case.mass_g = Decimal("9.6")
    case.begins = begins_for(passages, case.begins)
    yield case.on(0, 10)
    yield from tissue_of(case)
    yield clock.now() + timedelta(minutes=30)
    into = PERFUSED if first.seeded > 10**7 else culture.vessels_for(first.seeded)
    case.vessels = yield from culture.isolate(case, case.sample, case.mass_g, first.seeded, into)
    case.seeded = first.seeded
    for index, passage in enumerate(passages):
        yield from kept(case, passage.days)
        if index == len(passages) - 1:
            break
        following = later[index]
        step, tube = culture.harvest(
            case, case.vessels, passage.harvested, culture.TUBE_ML, PERFUSED.number,
            comment=passage.source,
        )  # fmt: skip
        share = culture.TUBE_ML * following.seeded / passage.harvested
        case.vessels = culture.sow(case, step, tube, PERFUSED, share.quantize(Decimal("0.001")))
    quality.culture_begun(case, case.vessels[0], Vessel, "5", "in_process_sterility")
    live = passages[-1].harvested
    volume = (Decimal(live) / 15_000_000).quantize(Decimal("0.1"))
    step, case.tube = culture.harvest(
        case, case.vessels, live, max(volume, Decimal("1.6")), comment=passages[-1].source
    )
    culture.close(case, step)
    yield from quality.analyse(case, case.tube)
    yield from frozen(case, most=ALL)
    clinic.call_off(case, "all of it was frozen")
    yield from sterile(case)
    endings.postpone(case, "the cells wait in the bank until the pain is back")


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
