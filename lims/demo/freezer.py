"""Vials filled and frozen: the program runs by itself, while others work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from lims import clock
from lims.demo import bank, supplies
from lims.demo.case import Case
from lims.demo.culture import begun, close, supply
from lims.demo.telling import at, named
from lims.models.fill import Fill, FillKind, Vial
from lims.models.lot import Lot
from lims.models.step import Step, StepKind, StepStatus
from lims.models.suspension import Suspension
from lims.workflows import filling, freezing
from lims.workflows.filling import Portion
from lims.workflows.freezing_run import Run

CURVE = ((0, 4), (10, -4), (18, -11), (30, -24), (45, -40), (62, -60), (75, -90), (80, -100))
"""Minutes and °C of the program."""
TO_RINSE_ML = 1
PROGRAM = timedelta(minutes=82)


def fill_vials(case: Case, tube: str, number: int) -> tuple[str, list[str]]:
    """(fill, vials) of 1 mL each."""
    step = begun(
        case, filling.start_filling, suspension=at(Suspension, tube), kind=FillKind.VIALS,
        number=number,
    )  # fmt: skip
    used = {"cryovial": number, "cryoprotectant": number}
    taken = supply(case, step, used, ("cabinet",))
    case.print_plan("technician", step)
    case.wait(minutes=12)
    codes = case.planned(step, "VL")
    fill: str = case.act(
        "technician", filling.record_filling, step=at(Step, step), kind=FillKind.VIALS,
        suspension=at(Suspension, tube), portions=[Portion(code, Decimal(1)) for code in codes],
        vehicle=at(Lot, taken["cryoprotectant"]), appearance_good=True,
        containers_intact=True, performed=case.done(),
    ).code  # fmt: skip
    close(case, step)
    return fill, codes


@dataclass(frozen=True)
class Freezing:
    """Vials in the freezer, while its program runs."""

    step: str
    vials: Sequence[str]
    added: datetime
    """When they came into the cryoprotectant."""
    started: datetime

    @property
    def ends(self) -> datetime:
        return self.started + PROGRAM


def is_freezing(case: Case) -> bool:
    """Whether the freezer runs, with somebody's vials in it."""
    with case.database.reading() as session:
        open_steps = select(Step.id).where(
            Step.kind == StepKind.FREEZING, Step.status == StepStatus.OPEN
        )
        return session.scalar(open_steps) is not None


def freeze(case: Case, fill: str, codes: Sequence[str]) -> Freezing:
    bank.reserve(case, len(codes))
    step = case.act(
        "technician", freezing.start_freezing, fill=at(Fill, fill),
        station=named(supplies.equipment, "freezer"),
    ).code  # fmt: skip
    supply(case, step, {"cryoprotectant": TO_RINSE_ML})
    added = clock.now()
    for code in codes:
        case.act("technician", freezing.scan_into_run, step=at(Step, step), vial=at(Vial, code))
    return Freezing(step, codes, added, clock.now())


def freeze_through(case: Case, running: Freezing) -> Iterator[datetime]:
    """To the end of the program; then each vial is brought to its place."""
    yield from freeze_out(case, running)
    bank.place(case, running.vials)


def freeze_out(case: Case, running: Freezing) -> Iterator[datetime]:
    yield max(running.ends, clock.now())
    ended = min(running.ends, clock.now())
    run = Run(
        cryoprotectant="CryoStor CS10", cryoprotectant_pct=Decimal(10),
        cryoprotectant_added_at=running.added, program="MSC 1 °C/min",
        program_started_at=running.started, program_ended_at=ended,
        end_temperature_c=Decimal(CURVE[-1][1]), as_programmed=True, points=_measured(case),
    )  # fmt: skip
    case.act(
        "technician", freezing.record_freezing, step=at(Step, running.step), run=run,
        performed=case.done(),
    )  # fmt: skip


def _measured(case: Case) -> list[tuple[Decimal, Decimal]]:
    """The curve as this run went: somewhat off the program, and warmer while the ice forms."""
    return [
        (Decimal(minute), Decimal(f"{celsius + case.chance.between(-1.2, 1.8):.1f}"))
        for minute, celsius in CURVE
    ]
