"""Vials in the bath: cells are got of them, or none; some of them with leave of quality alone."""

from collections.abc import Sequence
from decimal import Decimal

from lims import clock
from lims.models.fill import Vial
from lims.models.patient import ConsentKind
from lims.models.suspension import Suspension
from lims.workflows import recounting, releasing, thaw_gate, thawing
from tests.laboratory.cells import counted
from tests.walks import banking, culturing, freezing, ordering
from tests.walks.walker import Walk, at


def begun(walk: Walk, order: str, bench: str = "bench") -> str:
    step: str = walk.act(
        "technician", thawing.start_thaw, order=ordering.asked(order), **walk.bench(bench)
    ).code
    return step


def warm(walk: Walk, step: str, codes: Sequence[str]) -> None:
    for code in codes:
        walk.act("technician", thawing.warm_vial, step=walk.step(step), vial=at(Vial, code))


def recorded(walk: Walk, step: str, codes: Sequence[str]) -> str:
    """The tube with what was got: four of the five million of each vial."""
    tube = walk.planned(step, "SU")[0]
    live = 4_000_000 * len(codes)
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


def aborted(walk: Walk) -> None:
    order, codes = out(walk, 1)
    step = begun(walk, order)
    warm(walk, step, codes)
    walk.act(
        "technician", thawing.abort_thaw, step=walk.step(step), reason="the vial cracked",
        performed=walk.done(),
    )  # fmt: skip
    walk.close("technician", step)


def of_unknown_origin(walk: Walk) -> None:
    """Quality lets vials of unknown doublings be thawed."""
    order, codes = unknown_out(walk)
    walk.act(
        "qa", thaw_gate.allow_thaw, order=ordering.asked(order), reason="seen dividing",
        proof=walk.proof("qa"),
    )  # fmt: skip
    step = begun(walk, order)
    warm(walk, step, codes)
    recorded(walk, step, codes)


def unknown_out(walk: Walk) -> tuple[str, list[str]]:
    """A vial out of the cold of which a harvest was not counted: nobody knows its doublings."""
    first = culturing.harvest_uncounted(walk, walk.isolate(walk.tissue(), vessels=1))
    vessels = culturing.seeded(walk, first)
    walk.wait(days=6)
    tube = culturing.harvest_uncounted(walk, vessels)
    count_late(walk, tube)
    fill, codes = freezing.vials_filled(walk, tube, 1)
    freezing.frozen(walk, fill, codes)
    freezing.placed(walk, codes)
    walk.act("qa", releasing.release_fill, fill=walk.filled(fill), proof=walk.proof("qa"))
    return out(walk, 1)


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
    of_unknown_origin(walk)


def at_the_bath(walk: Walk) -> None:
    """A thaw with one vial in the bath and one still out; others wait, one for quality."""
    ordering.with_vials(walk, 4)
    thawed(walk, 1)
    order, codes = out(walk, 2)
    warm(walk, begun(walk, order, "second_bench"), codes[:1])
    out(walk, 1)


def before_quality(walk: Walk) -> None:
    """A vial of unknown doublings is out of the cold: quality decides whether it is thawed."""
    unknown_out(consented(walk))


def consented(walk: Walk) -> Walk:
    """A new course of a patient who agreed to storage."""
    walk.begin()
    walk.agree(ConsentKind.STORAGE)
    return walk
