"""At the benches: tissue is isolated, cells are fed, looked at, harvested, seeded on."""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lims import clock
from lims.demo import stockroom, supplies
from lims.demo.case import Case
from lims.demo.layer import Vessels
from lims.demo.telling import SECOND, SECOND_BENCH, at, each, named
from lims.models.culture import DiscardReason
from lims.models.lot import Lot
from lims.models.sample import Sample
from lims.models.step import LineClearance, Step
from lims.models.suspension import CountMethod, Purpose, Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    discarding,
    feeding,
    harvesting,
    isolating,
    observing,
    seeding,
    splitting,
    steps,
    supplying,
)
from lims.workflows.isolating import Digestion
from lims.workflows.label_balance import LeftOver
from lims.workflows.seeding import Sown
from lims.workflows.suspensions import Count

LOOKS = (
    (15, "attached, single spindle-shaped cells"),
    (45, "small colonies of spindle-shaped cells"),
    (75, "colonies meet, spindle-shaped"),
    (100, "spindle-shaped, in whorls"),
)
"""Up to which confluence in per cent, and what is seen."""
TUBE_ML = Decimal(12)
ENZYME_MG, WASH_ML = 1.5, 20
"""For 1 g of tissue."""
TRYPSIN_ML, RINSE_ML = 0.04, 0.06
"""For 1 cm² of a vessel."""
DIGESTION_MIN, ISOLATION_MIN = 60, 150
WAITS_MIN = 20
"""Until one looks again whether a bench is free."""


def counted(live: int, dead_share: float) -> Count:
    """An automated count of the whole volume."""
    dead = round(live * dead_share / (1 - dead_share))
    return Count(live=live, dead=dead, method=CountMethod.AUTOMATED)


def begun(case: Case, command: Callable[..., Any], *, bench: str = "bench", **of: Any) -> str:
    """A step at a bench, the line checked by a second person."""
    code: str = case.act(
        "technician", command, station=named(supplies.place, bench),
        checker=case.proof(SECOND), **of,
    ).code  # fmt: skip
    return code


def supply(
    case: Case, step: str, lots: Mapping[str, float], equipment: Sequence[str] = ()
) -> dict[str, str]:
    """So much of a lot of each of these items, and these devices; the codes of the lots."""
    taken = {}
    for name, much in lots.items():
        quantity = Decimal(math.ceil(much))
        taken[name] = stockroom.code_of(case, name, quantity)
        case.act(
            "technician", supplying.use_lot, step=at(Step, step), lot=at(Lot, taken[name]),
            quantity=quantity,
        )  # fmt: skip
    for name in equipment:
        case.act(
            "technician", supplying.use_equipment, step=at(Step, step),
            item=named(supplies.equipment, name),
        )  # fmt: skip
    return taken


def close(case: Case, step: str) -> None:
    case.act(
        "technician", steps.close_step, step=at(Step, step), checker=case.proof(SECOND),
        left_over=LeftOver.DESTROYED,
    )  # fmt: skip


def start_isolation(case: Case, sample: str, into: Vessels) -> str:
    """The digestion runs on the second bench."""
    case.elsewhere = {"technician": SECOND_BENCH}
    step = begun(
        case, isolating.start_isolation, bench="second_bench", sample=at(Sample, sample),
        vessels=into.number,
    )  # fmt: skip
    case.batch = case.batch_of(step)
    used = {
        "kit": 1, "enzyme": ENZYME_MG * float(case.mass_g), "buffer": WASH_ML * float(case.mass_g)
    }  # fmt: skip
    supply(case, step, used, ("second_cabinet", "centrifuge"))
    case.print_plan("technician", step)
    return step


def isolate(
    case: Case, sample: str, mass_g: Decimal, live: int, into: Vessels
) -> Generator[datetime, None, list[str]]:
    """Tissue to P0 vessels on their shelf, in some three hours; others work on the first bench."""
    while is_taken(case, "second_bench"):
        yield case.soon(WAITS_MIN)
    step = start_isolation(case, sample, into)
    yield case.soon(ISOLATION_MIN)
    tube = case.planned(step, "SU")[0]
    case.act(
        "technician", isolating.record_isolation, step=at(Step, step),
        tissue=at(Sample, sample), suspension_code=tube, volume_ml=TUBE_ML,
        digestion=Digestion(
            tissue_used_g=mass_g, enzyme_pct=Decimal("0.075"), digestion_min=DIGESTION_MIN,
            digestion_c=Decimal(37), spin_g=400, spin_min=5, washes=3,
        ),
        count=counted(live, case.chance.between(0.06, 0.17)), performed=case.done(),
    )  # fmt: skip
    vessels = sow(case, step, tube, into, TUBE_ML)
    case.elsewhere = {}
    return vessels


def is_taken(case: Case, bench: str) -> bool:
    """Whether somebody's material is open there."""
    with case.database.reading() as session:
        there = LineClearance.station_id == supplies.place(session, bench).id
        taken = select(LineClearance.id).where(there, LineClearance.closed_at.is_(None))
        return session.scalar(taken) is not None


def sow(case: Case, step: str, tube: str, into: Vessels, volume_ml: Decimal) -> list[str]:
    """So much of a tube, shared among vessels; what is left of it is waste. The step closes."""
    codes = case.planned(step, "VE")[: into.number]
    supply(case, step, {into.kind: into.number, "complete_medium": float(into.medium_ml)})
    share = (volume_ml / into.number).quantize(Decimal("0.001"), rounding="ROUND_DOWN")
    case.act(
        "technician", seeding.seed_vessels, step=at(Step, step),
        suspension=at(Suspension, tube),
        sown=[Sown(code, share, into.kind, into.area_cm2) for code in codes],
        shelf=named(supplies.place, case.chance.of(("shelf", "second_shelf", "third_shelf"))),
    )  # fmt: skip
    if case.read(Suspension, tube, "remaining_ml"):
        put_aside(case, step, tube, Purpose.WASTE)
    close(case, step)
    return codes


def put_aside(case: Case, step: str, tube: str, purpose: Purpose) -> None:
    case.act(
        "technician", splitting.put_aside, step=at(Step, step),
        suspension=at(Suspension, tube), purpose=purpose, second=case.proof("lead"),
        comment="more than the next passage takes",
    )  # fmt: skip


def feed(case: Case, codes: Sequence[str], into: Vessels) -> None:
    step = begun(case, feeding.start_feeding, vessels=each(Vessel, codes))
    supply(case, step, {}, ("cabinet",))
    case.wait(minutes=case.chance.between(6, 13) + 2.5 * into.number)
    case.act(
        "technician", feeding.record_feeding, step=at(Step, step), vessels=each(Vessel, codes),
        media=each(Lot, [stockroom.code_of(case, "complete_medium", into.medium_ml)]),
        medium_ml=into.medium_ml / into.number, full_change=True,
        performed=case.done(), comment=case.duty,
    )  # fmt: skip
    close(case, step)


def looks(confluence: int) -> str:
    return next(told for most, told in LOOKS if confluence <= most)


def look_at(case: Case, codes: Sequence[str]) -> None:
    """Through the microscope; into hollow fibres nobody sees, there the circuit is measured."""
    confluence = covered(case)
    case.act(
        "technician", observing.observe_vessels, vessels=each(Vessel, codes),
        confluence_pct=confluence, performed=case.done(), comment=case.duty,
        appearance=in_the_circuit(case) if confluence is None else looks(int(confluence)),
    )  # fmt: skip


def covered(case: Case) -> Decimal | None:
    """How full the vessels at hand look, in per cent; None where nobody sees it."""
    layer = case.layer
    return Decimal(layer.covered_pct(clock.now())) if layer.into.is_seen_into else None


def in_the_circuit(case: Case) -> str:
    used = min(1.0, case.layer.covered_pct(clock.now()) / 100)
    glucose, lactate = 5.4 - 2.6 * used, 1.2 + 6.8 * used
    return f"circuit clear; glucose {glucose:.1f}, lactate {lactate:.1f} mmol/L"


def open_harvest(case: Case, codes: Sequence[str], vessels: int, bench: str = "bench") -> str:
    step = begun(
        case, harvesting.start_harvest, bench=bench, vessels=each(Vessel, codes),
        next_vessels=vessels, aliquots=0,
    )  # fmt: skip
    floor = case.layer.into.floor_cm2
    used = {"trypsin": TRYPSIN_ML * floor, "buffer": RINSE_ML * floor}
    supply(case, step, used, ("cabinet", "centrifuge", "counter"))
    case.print_plan("technician", step)
    return step


def harvest(
    case: Case, codes: Sequence[str], live: int, volume_ml: Decimal, vessels: int = 0,
    comment: str | None = None,
) -> tuple[str, str]:  # fmt: skip
    """(step, tube), still open to be split."""
    step = open_harvest(case, codes, vessels)
    case.wait(minutes=25)
    tube = case.planned(step, "SU")[0]
    case.act(
        "technician", harvesting.record_harvest, step=at(Step, step),
        vessels=each(Vessel, codes), suspension_code=tube, volume_ml=volume_ml,
        count=counted(live, case.chance.between(0.02, 0.07)),
        confluence_pct=covered(case), detachment_min=case.chance.of((5, 6, 6, 7, 8)),
        detachment_c=37, performed=case.done(), comment=comment or case.duty,
    )  # fmt: skip
    return step, tube


def waste(case: Case, tube: str) -> None:
    """What nobody needs of a tube, discarded by two."""
    left = case.read(Suspension, tube, "remaining_ml")
    reason = "more than is needed" if left >= 1 else "too little for one more vial"
    case.act(
        "technician", discarding.discard_suspension, suspension=at(Suspension, tube),
        why=DiscardReason.EXCESS, reason=reason, proof=case.proof("technician"),
        second=case.proof(SECOND),
    )  # fmt: skip
