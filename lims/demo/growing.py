"""From the first visit to the tube that is filled: weeks of culture, a passage after the other."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import clinic, culture, layer, quality, week
from lims.demo.case import BEFORE_ISOLATION, Case
from lims.demo.layer import Layer, Vessels
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel

CELLS_PER_GRAM = (0.6e6, 1.5e6)
"""Of stromal vascular fraction, in the range published."""
ADHERE = (0.02, 0.05)
"""Of those seeded into P0."""
FULL_PCT = (76, 87)
"""When vessels are harvested."""
IN_HAND = 1.15
"""A passage yields somewhat more than the next takes."""
COUNTED_WITHIN = 0.03
TO_SPARE_ML = Decimal("1.2")
"""A vial for the test of sterility, and what stays in pipettes."""
TESTED_ML = Decimal("0.1")
"""Of a dose, for the test of its sterility."""
FED_EVERY = 3
HARVESTED_AT = time(9)

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


def isolated(case: Case, days: int | None = None) -> Told:
    """P0 vessels are kept in `case.vessels`, to be harvested in so many days."""
    yield clock.now() + timedelta(minutes=30)
    live = round(float(case.mass_g) * case.chance.between(*CELLS_PER_GRAM))
    into = layer.for_tissue(live)
    case.vessels = yield from culture.isolate(case, case.sample, case.mass_g, live, into)
    adhered = live * case.chance.between(*ADHERE)
    case.layer = laid(case, into, 0, adhered, in_days(days or case.days[0]))


def in_days(days: int) -> datetime:
    """The morning of a harvest, so many days on."""
    return clock.moment_of(clock.today() + timedelta(days=days), HARVESTED_AT)


def laid(
    case: Case, into: Vessels, passage: int, adhered: float, ends: datetime,
    full_pct: float | None = None,
) -> Layer:  # fmt: skip
    """What was seeded just now, and how full it is when it is to be harvested."""
    full = full_pct or case.chance.between(*FULL_PCT)
    last = layer.filling(into, passage, full)
    return Layer(into, passage, adhered, last, clock.now(), ends, full)


def kept(case: Case, days: int) -> Told:
    """So many days in culture: fed every third, looked at then, on the first and on the last."""
    begun = clock.today()
    for day in range(1, days):
        feeds = day % FED_EVERY == 0
        if not feeds and (day > 1 or not week.is_worked(begun + timedelta(days=day))):
            continue
        yield case.after((begun - clock.today()).days + day, 10)
        culture.look_at(case, case.vessels)
        if feeds:
            culture.feed(case, case.vessels, case.layer.into)
    yield case.after((begun - clock.today()).days + days, 9)
    culture.look_at(case, case.vessels)


def grown(case: Case) -> int:
    """The cells that are counted now in the vessels at hand."""
    return round(case.chance.around(case.layer.cells(clock.now()), COUNTED_WITHIN))


def times(case: Case, ends: datetime) -> float:
    """By how much these cells multiply until then, as they usually do."""
    hours = (ends - clock.now()) / layer.AN_HOUR
    return float(2 ** (hours / case.doubling_hours))


def passed_on(
    case: Case, wanted: float, ends: datetime, *, full_pct: float | None = None,
    comment: str | None = None,
) -> None:  # fmt: skip
    """The vessels at hand harvested, and so many of the cells seeded into the next that those
    `wanted` are there at the time it `ends`."""
    live, passage = grown(case), case.layer.passage + 1
    into = layer.to_grow(wanted, passage)
    seed = layer.seed_of(into, passage, times(case, ends))
    if seed > live:  # then less floor: they are not to lie farther apart
        seed = live
        into = layer.with_floor(min(into.floor_cm2, live / layer.THINNEST))
    sown_on(case, live, seed, into, ends, full_pct=full_pct, comment=comment)


def sown_on(
    case: Case, live: int, seed: int, into: Vessels, ends: datetime, *,
    full_pct: float | None = None, comment: str | None = None,
) -> None:  # fmt: skip
    step, tube = culture.harvest(
        case, case.vessels, live, culture.TUBE_ML, into.number, comment=comment
    )
    share = (culture.TUBE_ML * seed / live).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    case.vessels = culture.sow(case, step, tube, into, min(share, culture.TUBE_ML))
    seeded = sum(case.read(Vessel, code, "seeded_cells") or 0 for code in case.vessels)
    passage = case.layer.passage + 1
    case.layer = laid(case, into, passage, seeded, ends, full_pct)


def cultured(case: Case) -> Told:
    """P0, P1 and P2, up to the morning of the last harvest."""
    p0, p1, p2 = case.days
    yield from kept(case, p0)
    passed_on(case, for_the_last(case, in_days(p2) - in_days(0)), in_days(p1))
    yield from kept(case, p1)
    harvest = case.on_the_day if case.harvested_today else case.after(p2, 8)
    passed_on(case, wanted(case), harvest, full_pct=case.overgrown_pct)
    yield from sampled_before(case, harvest)
    yield harvest


def for_the_last(case: Case, span: timedelta) -> float:
    """The cells of P1 that the last passage takes, if it lasts so long."""
    into = layer.to_grow(wanted(case), 2)
    return layer.seed_of(into, 2, times(case, clock.now() + span)) * IN_HAND


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
    besides = Decimal(case.sampled_ml) + case.vials + TO_SPARE_ML
    return round(per_ml(case) * float(dose_ml(case) + besides))


def wanted_again(case: Case) -> float:
    """The cells of one more dose and its samples, of which nothing is frozen."""
    return per_ml(case) * float(Decimal(case.sampled_ml) + dose_ml(case) + TO_SPARE_ML)


def harvested(case: Case) -> str:
    """The tube of the last harvest, closed."""
    live = grown(case)
    volume = (Decimal(live) / per_ml(case)).quantize(Decimal("0.1"))
    step, tube = culture.harvest(case, case.vessels, live, volume)
    culture.close(case, step)
    case.tube = tube
    return tube


def left_ml(case: Case) -> Decimal:
    return Decimal(case.read(Suspension, case.tube, "remaining_ml"))
