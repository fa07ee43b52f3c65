"""Vials in the bath: cells are got of them, or none; some of them with leave of quality alone."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.models.equipment import Place, PlaceKind
from lims.models.fill import Vial
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.workflows import places, recounting, releasing, stops, thaw_gate, thaw_stops, thawing
from lims.workflows.identity import Mismatch
from tests.laboratory import supplies
from tests.laboratory.cells import counted
from tests.walks import banking, culturing, freezing, ordering
from tests.walks.releasing import decide
from tests.walks.walker import Walk, at, named


def begun(walk: Walk, order: str, bench: Any = None) -> str:
    step: str = walk.act(
        "technician", thawing.start_thaw, order=ordering.asked(order),
        **walk.bench() | ({"station": bench} if bench else {}),
    ).code  # fmt: skip
    walk.supply(step, "buffer", equipment=("cabinet",))
    walk.print_plan("technician", step)
    return step


def warm(walk: Walk, step: str, codes: Sequence[str]) -> None:
    for code in codes:
        walk.act("technician", thawing.warm_vial, step=walk.step(step), vial=at(Vial, code))


def recorded(walk: Walk, step: str, codes: Sequence[str], each: int = 4_000_000) -> str:
    """The tube with what was got: so many viable cells of each vial, four of five million."""
    tube = walk.planned(step, "SU")[0]
    live = each * len(codes)
    walk.act(
        "technician", thawing.record_thaw, step=walk.step(step), suspension_code=tube,
        volume_ml=Decimal(len(codes)), count=counted(live, live // 25),
        seconds=dict.fromkeys(codes, 90), bath_temperature_c=Decimal(37), performed=walk.done(),
    )  # fmt: skip
    walk.close("technician", step)
    return tube


def out(walk: Walk, number: int) -> tuple[str, list[str]]:
    """(order, vials): so many, ordered for the next session and taken out of the cold."""
    order = ordering.scheduled(walk, ordering.drafted(walk, number))
    return order, ordering.retrieved(walk, order)


def thawed(walk: Walk, number: int) -> str:
    """The tube of a thaw of so many vials in store."""
    order, codes = out(walk, number)
    step = begun(walk, order)
    warm(walk, step, codes)
    return recorded(walk, step, codes)


def stopped(walk: Walk, code: str) -> None:
    """A scan over the whole screen, and who read it says so."""

    def scanned(session: Session, *, by: User) -> None:
        raise Mismatch(code=code, found="another patient", expected="this patient")

    with suppress(Mismatch):
        walk.act("technician", scanned)
    walk.act("technician", stops.acknowledge_stop, code=code)


def aborted(walk: Walk) -> None:
    """After another's vial was scanned; a second person cleared that."""
    order, codes = out(walk, 1)
    step = begun(walk, order)
    walk.act(
        "technician", thaw_stops.report_thaw_stop, step=walk.step(step), scanned="another vial"
    )
    stopped(walk, "VL260000999")
    walk.act(
        "technician", thawing.warm_vial, step=walk.step(step), vial=at(Vial, codes[0]),
        second=walk.proof("lead"),
    )  # fmt: skip
    walk.act(
        "technician", thawing.abort_thaw, step=walk.step(step), reason="the vial cracked",
        performed=walk.done(),
    )  # fmt: skip
    walk.close("technician", step)


def of_unknown_origin(walk: Walk) -> tuple[str, list[str]]:
    """(order, vials): nobody counted a harvest of these cells, so nobody knows their doublings."""
    first = culturing.harvest_uncounted(walk, walk.isolate(walk.tissue(), vessels=1))
    vessels = culturing.seeded(walk, first)
    walk.wait(days=6)
    tube = culturing.harvest_uncounted(walk, vessels)
    count_late(walk, tube)
    fill, codes = freezing.vials_filled(walk, tube, 1)
    freezing.frozen(walk, fill, codes)
    freezing.placed(walk, codes)
    decide(walk, releasing.release_fill, fill)
    return out(walk, 1)


def allowed(walk: Walk, order: str) -> None:
    walk.act(
        "qa", thaw_gate.allow_thaw, order=ordering.asked(order), reason="seen dividing",
        proof=walk.proof("qa"),
    )  # fmt: skip


def count_late(walk: Walk, tube: str) -> None:
    step = walk.act(
        "technician", recounting.start_count, suspension=at(Suspension, tube), **walk.bench()
    ).code
    walk.act(
        "technician", recounting.record_count, step=walk.step(step),
        suspension=at(Suspension, tube), performed=walk.done(),
        count=counted(freezing.VIABLE, freezing.VIABLE // 25),
    )  # fmt: skip
    walk.close("technician", step)


def vials_are_thawed_every_way(walk: Walk) -> None:
    """For the course they were frozen in, and for a later one of the same patient."""
    ordering.with_vials(walk, 4)
    culturing.seeded(walk, thawed(walk, 2))
    aborted(walk)
    banking.agreed(walk, paid_until=clock.today() + banking.A_YEAR)
    walk.begin_course()
    thawed(walk, 1)
    walk.begin_course()
    order, codes = of_unknown_origin(walk)
    allowed(walk, order)
    step = begun(walk, order)
    warm(walk, step, codes)
    recorded(walk, step, codes)


def at_the_bath(walk: Walk) -> None:
    """A thaw done, one under way, one that waits to be begun, one that waits for quality."""
    ordering.with_vials(walk, 4)
    thawed(walk, 1)
    order, codes = out(walk, 2)
    bench = walk.act(
        "administrator", places.add_place, name="Bench by the bath",
        equipment=named(supplies.equipment, "cabinet"), kind=PlaceKind.PROCESSING_BENCH,
        within=named(supplies.place, "clean_room"),
    ).code  # fmt: skip
    step = begun(walk, order, at(Place, bench))
    warm(walk, step, codes[:1])
    out(walk, 1)
    walk.begin_course()
    of_unknown_origin(walk)
