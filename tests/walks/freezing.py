"""Vials: filled, frozen, placed, moved, warm, kept, discarded, destroyed with their fill."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.models.fill import FillKind, Vial
from lims.models.patient import Patient
from lims.models.storage import Tank
from lims.models.suspension import Suspension
from lims.workflows import (
    cold_times,
    compromised,
    discarding_vials,
    filling,
    freezers,
    freezing,
    placing,
    rejecting,
    spreading,
    storage_cells,
    vial_places,
)
from lims.workflows.codes import load
from lims.workflows.filling import Portion
from lims.workflows.on_paper import OnPaper
from tests.laboratory import supplies
from tests.laboratory.cells import NONE_SCANNED
from tests.laboratory.frozen import a_run
from tests.walks.walker import Walk, at, each, named

VIABLE = 50_000_000
"""In 10 mL: five million in a mL, as vials are frozen."""


def vials_filled(walk: Walk, tube: str, number: int) -> tuple[str, list[str]]:
    """(fill, vials) of 1 mL each, labelled."""
    step = walk.act(
        "technician", filling.start_filling, suspension=at(Suspension, tube),
        kind=FillKind.VIALS, number=number, **walk.bench(),
    ).code  # fmt: skip
    codes = walk.planned(step, "VL")
    walk.supply(step, "cryoprotectant", equipment=("cabinet",))
    walk.print_plan("technician", step)
    fill = walk.act(
        "technician", filling.record_filling, step=walk.step(step),
        suspension=at(Suspension, tube), kind=FillKind.VIALS,
        portions=[Portion(code, Decimal(1)) for code in codes], vehicle="CryoStor CS10",
        appearance_good=True, containers_intact=True, performed=walk.done(),
    ).code  # fmt: skip
    walk.close("technician", step)
    return fill, codes


def reserved(walk: Walk, number: int) -> None:
    """So many more positions in the patient's cell, which is opened when there is none."""
    with walk.database.reading() as session:
        patient = load(session, walk.patient, Patient)
        cell = storage_cells.open_cell_of(session, patient.id)
    if cell is None:
        walk.act("keeper", storage_cells.open_cell, patient=walk.mine(), name=walk.patient)
    walk.does("keeper", storage_cells.allocate, lambda session: {
        "cell": (own := own_cell(walk, session)),
        "positions": spreading.propose(session, own, number),
    })  # fmt: skip


def own_cell(walk: Walk, session: Session) -> Any:
    return storage_cells.open_cell_of(session, walk.mine()(session).id)


def frozen(
    walk: Walk, fill: str, codes: Sequence[str], *, by_scan: bool = False, **run: Any
) -> str:
    """The run that these vials of a fill went through; `by_scan`, the first of them opened it."""
    reserved(walk, len(codes))
    begin = freezers.open_run if by_scan else freezing.start_freezing
    opening = {"vial": at(Vial, codes[0])} if by_scan else {"fill": walk.filled(fill)}
    where = named(supplies.equipment, "freezer")
    opening["freezer" if by_scan else "station"] = where
    step: str = walk.act("technician", begin, **opening).code
    walk.supply(step, "cryoprotectant")
    for code in codes[by_scan:]:
        walk.act("technician", freezing.scan_into_run, step=walk.step(step), vial=at(Vial, code))
    walk.act(
        "technician", freezing.record_freezing, step=walk.step(step), run=a_run(**run),
        performed=walk.done(), comment=NONE_SCANNED,
    )  # fmt: skip
    return step


def next_place(code: str) -> Callable[[Session], Any]:
    """The position proposed for this vial."""

    def proposed(session: Session) -> Any:
        found = vial_places.proposed(session, load(session, code, Vial))
        assert found is not None, f"no position is free for {code}"
        return found.position

    return proposed


def placed(walk: Walk, codes: Sequence[str], seconds_out: int | None = 30) -> None:
    for code in codes:
        walk.act(
            "keeper", placing.place_vial, vial=at(Vial, code), position=next_place(code),
            at=clock.now(), seconds_out=seconds_out, told=done_by(walk),
        )  # fmt: skip


def done_by(walk: Walk, login: str = "lead") -> OnPaper:
    """One types what another did."""
    return OnPaper(walk.proof(login))


def stored(walk: Walk, number: int) -> tuple[str, list[str]]:
    """(fill, vials) in their places, of a new tube."""
    fill, codes = vials_filled(walk, cells(walk), number)
    frozen(walk, fill, codes)
    placed(walk, codes)
    return fill, codes


def cells(walk: Walk) -> str:
    return walk.reap(walk.isolate(walk.tissue(), vessels=2), live=VIABLE)


def discard(walk: Walk, codes: Sequence[str]) -> None:
    walk.act(
        "keeper", discarding_vials.discard_vials, vials=each(Vial, codes), reason="broken",
        proof=walk.proof("keeper"), second=walk.proof("technician"), told=done_by(walk),
    )  # fmt: skip


def mark(walk: Walk, codes: Sequence[str]) -> None:
    walk.act("keeper", compromised.mark_vials, vials=each(Vial, codes), why="left beside the dewar")


def keep(walk: Walk, codes: Sequence[str]) -> None:
    walk.act(
        "qa", compromised.keep_vials, vials=each(Vial, codes), reason="below −130 °C throughout",
        proof=walk.proof("qa"),
    )  # fmt: skip


def vials_go_every_way(walk: Walk) -> None:
    walk.begin()
    fill, codes = vials_filled(walk, cells(walk), 6)
    discard(walk, codes[5:])
    frozen(walk, fill, codes[:5], by_scan=True, as_programmed=False)
    mark(walk, codes[:1])
    discard(walk, [codes[0], codes[1]])
    placed(walk, codes[2:4])
    placed(walk, codes[4:5], seconds_out=None)
    walk.act("keeper", cold_times.give_seconds, fill=walk.filled(fill), seconds={codes[4]: 40})
    reserved(walk, 1)
    walk.act(
        "keeper", placing.move_vial, vial=at(Vial, codes[2]), position=next_place(codes[2]),
        at=clock.now(), seconds_out=20, told=done_by(walk),
    )  # fmt: skip
    walk.act("keeper", compromised.mark_standing, place=tank_of_vial(walk, codes[2]), why="−121 °C")
    with walk.database.reading() as session:
        warm = [c for c in codes if load(session, c, Vial).status == "compromised"]
    keep(walk, warm)
    mark(walk, codes[3:4])
    discard(walk, codes[3:4])
    walk.act(
        "qa", rejecting.reject_fill, fill=walk.filled(fill), reason="not enough cells",
        proof=walk.proof("qa"),
    )  # fmt: skip
    for login in ("technician", "qa"):
        walk.act(
            login, rejecting.destroy_fill, fill=walk.filled(fill), reason="not to be used",
            proof=walk.proof(login),
        )  # fmt: skip


def tank_of_vial(walk: Walk, code: str) -> Callable[[Session], Tank]:
    with walk.database.reading() as session:
        place = vial_places.where(session, load(session, code, Vial))
        assert place is not None
        tank = place.allocation.position.box.tank.code
    return at(Tank, tank)


def at_the_dewars(walk: Walk) -> None:
    """A run open with one vial in it; others frozen, placed, warm; one that waits for its place.

    Of one that stands nobody gave the seconds out of the cold yet."""
    walk.begin()
    fill, codes = vials_filled(walk, cells(walk), 4)
    frozen(walk, fill, codes)
    placed(walk, codes[1:3])
    placed(walk, codes[:1], seconds_out=None)
    mark(walk, codes[2:3])
    fill, codes = vials_filled(walk, cells(walk), 2)
    reserved(walk, 2)
    step = walk.act(
        "technician", freezing.start_freezing, fill=walk.filled(fill),
        station=named(supplies.place, "freezing_station"),
    ).code  # fmt: skip
    walk.act("technician", freezing.scan_into_run, step=walk.step(step), vial=at(Vial, codes[0]))
