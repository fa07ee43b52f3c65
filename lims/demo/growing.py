"""From the first visit to the tube that is filled: weeks of culture, a passage after the other."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import clinic, culture, quality, week
from lims.demo.case import BEFORE_ISOLATION, Case
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel

CELLS_PER_GRAM = (0.6e6, 1.5e6)
"""Of stromal vascular fraction, in the range published."""
ATTACHED = (0.53, 0.95)
"""Of those seeded, harvested of P0."""
FIRST_SEED = 2_600_000
"""Cells seeded into P1, if there are as many."""
LAST_GROWTH = 10
"""By how much the last passage multiplies, as is expected."""
SAMPLED_ML = Decimal("0.4")
FEWEST_VIALS = Decimal("2.2")
"""Culture went on until there were as many, whatever the clock says."""
TESTED_ML = Decimal("0.1")
"""Of a dose, for the test of its sterility."""
FED_EVERY = 3
SPREADING = 1.15
FEWEST_SEEN_PCT = 3

Told = Iterator[datetime]


def tissue_of(case: Case) -> Iterator[datetime]:
    """Enrolled, and the tissue received and accepted; its code is kept in `case.sample`."""
    clinic.enrol(case)
    yield case.on(0, 14)
    case.sample = clinic.kit(case)
    yield case.on(BEFORE_ISOLATION, 8)
    yield from travelled(case)


def travelled(case: Case) -> Told:
    clinic.collect(case, case.sample)
    yield case.soon(case.chance.between(70, 160))
    clinic.receive(case, case.sample, case.mass_g)
    clinic.accept(case, case.sample)


def isolated(case: Case) -> Told:
    """P0 vessels are kept in `case.vessels`."""
    yield clock.now() + timedelta(minutes=30)
    live = round(float(case.mass_g) * case.chance.between(*CELLS_PER_GRAM))
    into = culture.vessels_for(live)
    case.vessels = yield from culture.isolate(case, case.sample, case.mass_g, live, into)
    case.seeded = live


def kept(case: Case, days: int) -> Told:
    """So many days in culture: fed every third, looked at then, on the first and on the last."""
    full, begun = case.chance.between(76, 88), clock.today()
    for day in range(1, days):
        feeds = day % FED_EVERY == 0
        if not feeds and (day > 1 or not week.is_worked(begun + timedelta(days=day))):
            continue
        yield case.after((begun - clock.today()).days + day, 10)
        culture.look_at(case, case.vessels, _covered(full, day / days))
        if feeds:
            culture.feed(case, case.vessels)
    yield case.after((begun - clock.today()).days + days, 9)
    culture.look_at(case, case.vessels, round(full))


def _covered(full: float, share: float) -> int:
    """Per cent of the vessels after this share of the days until they are `full`: cells double,
    but they spread the less the closer they lie."""
    return max(FEWEST_SEEN_PCT, round(full * math.pow(share, SPREADING)))


def grown(case: Case) -> int:
    """The cells now, of those seeded into the vessels at hand."""
    hours = (clock.now() - case.read(Vessel, case.vessels[0], "seeded_at")).total_seconds() / 3600
    doublings = hours / case.chance.around(case.doubling_hours, 0.05)
    return int(case.seeded * math.pow(2, doublings))


def passed_on(case: Case, live: int, seed: int, comment: str | None = None) -> None:
    """The vessels at hand harvested, and so many of the cells seeded into the next."""
    seed = min(seed, live)
    into = culture.vessels_for(seed)
    step, tube = culture.harvest(
        case, case.vessels, live, culture.TUBE_ML, into.number, comment=comment
    )
    share = (culture.TUBE_ML * seed / live).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    case.vessels = culture.sow(case, step, tube, into, share)
    case.seeded = sum(case.read(Vessel, code, "seeded_cells") or 0 for code in case.vessels)


def cultured(case: Case) -> Told:
    """P0, P1 and P2, up to the morning of the last harvest."""
    p0, p1, p2 = case.days
    yield from kept(case, p0)
    passed_on(case, round(case.seeded * case.chance.between(*ATTACHED)), FIRST_SEED)
    yield from kept(case, p1)
    passed_on(case, grown(case), wanted(case) // LAST_GROWTH)
    harvest = case.on_the_day if case.harvested_today else case.after(p2, 8)
    yield from sampled_before(case, harvest)
    yield harvest


def sampled_before(case: Case, harvest: datetime) -> Told:
    """Kept until the last day of work before; spent medium is tested for its sterility."""
    last = week.not_after(clock.day_of(harvest) - week.A_DAY)
    yield from kept(case, (last - clock.today()).days)
    quality.culture_begun(case, case.vessels[0], Vessel, "5", "in_process_sterility")


def per_ml(case: Case) -> int:
    """The concentration at which the volume prescribed holds the dose, and a little more."""
    return round(case.prescribed.cells * 1.08 / float(case.prescribed.volume_ml))


def dose_ml(case: Case) -> Decimal:
    """What a dose is filled with, its sterility test included."""
    return case.prescribed.volume_ml + TESTED_ML


def wanted(case: Case) -> int:
    """The cells of the dose, its samples, and the vials that are to be frozen."""
    return round(per_ml(case) * float(SAMPLED_ML + dose_ml(case) + case.vials + Decimal("0.3")))


def harvested(case: Case) -> str:
    """The tube of the last harvest, closed."""
    live = max(grown(case), round(per_ml(case) * float(SAMPLED_ML + dose_ml(case) + FEWEST_VIALS)))
    volume = (Decimal(live) / per_ml(case)).quantize(Decimal("0.1"))
    step, tube = culture.harvest(case, case.vessels, live, volume, confluence=case.overgrown_pct)
    culture.close(case, step)
    case.tube = tube
    return tube


def left_ml(case: Case) -> Decimal:
    return Decimal(case.read(Suspension, case.tube, "remaining_ml"))
