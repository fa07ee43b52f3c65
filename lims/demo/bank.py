"""At the cryobank: vials placed; ordered, taken out by two, thawed."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.demo import week
from lims.demo.case import Case
from lims.demo.culture import begun, close, supply
from lims.demo.telling import at, each
from lims.models.course import TransplantationSession
from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.patient import Patient
from lims.models.retrieval import Retrieval
from lims.models.step import Step
from lims.models.storage import Box
from lims.models.suspension import CountMethod
from lims.models.user import User
from lims.workflows import (
    drafting,
    labelling,
    order_decisions,
    ordering,
    placing,
    reserving,
    retrieving,
    signing,
    spreading,
    storage_cells,
    thawing,
    vial_places,
)
from lims.workflows.codes import load
from lims.workflows.drafting import Ask
from lims.workflows.suspensions import Count

READS_IT_OVER_MIN, LOOKS_IT_UP_MIN = 9, 110
PLANS_IT_MIN = 35
"""After quality approved it."""
WASHED_MIN = 14
"""And counted."""
THAW_BEFORE = 2
"""Days to spare where thawed cells are grown on."""
FROSTED = 23
"""Of so many vials one is placed with its label under frost: no scanner reads it."""


def own_cell(case: Case, session: Session) -> Any:
    return storage_cells.open_cell_of(session, load(session, case.patient, Patient).id)


def reserve(case: Case, number: int) -> None:
    """Positions in the patient's own cell, which is opened when there is none."""
    with case.database.reading() as session:
        cell = own_cell(case, session)
    if cell is None:
        case.act("keeper", storage_cells.open_cell, patient=case.mine(), name=case.patient)
    case.act(
        "keeper", storage_cells.allocate, cell=lambda session: own_cell(case, session),
        positions=lambda session: spreading.propose(session, own_cell(case, session), number),
    )  # fmt: skip


def place(case: Case, codes: Sequence[str]) -> None:
    """The vial and its box scanned; a label under frost is typed."""
    for code in codes:
        case.enter(
            "keeper", placing.place_vial, partial(_vial_and_box, code),
            typed=int(code[4:10]) % FROSTED == 0, vial=at(Vial, code), position=_proposed(code),
            at=clock.now(), seconds_out=round(case.chance.between(15, 50)),
        )  # fmt: skip


def _vial_and_box(code: str, session: Session) -> tuple[str, str]:
    return code, session.get_one(Box, _proposed(code)(session).box_id).code


def _proposed(code: str) -> Any:
    def position(session: Session) -> Any:
        found = vial_places.proposed(session, load(session, code, Vial))
        assert found is not None, code
        return found.position

    return position


def draft(case: Case, sitting: str, vials: int, *, expand: bool) -> str:
    ask = Ask(needed_on(case, sitting, expand=expand), "the next dose", vials)
    code: str = case.act(
        "physician", drafting.draft_thaw, sitting=at(TransplantationSession, sitting), ask=ask,
        viable_cells=None, expand=expand,
    ).code  # fmt: skip
    return code


def needed_on(case: Case, sitting: str, *, expand: bool) -> date:
    """The day of the session, or so long before as the cells are to grow."""
    with case.database.reading() as session:
        planned = load(session, sitting, TransplantationSession).planned_on
    grows = timedelta(days=case.days[2] + THAW_BEFORE if expand else 0)
    return max(clock.today(), week.not_after(planned - grows))


def submit(case: Case, order: str) -> None:
    case.act(
        "physician", ordering.submit_order, order=at(Order, order),
        proof=case.proof("physician"),
    )  # fmt: skip


def check(case: Case, order: str) -> None:
    with case.database.reading() as session:
        asked = load(session, order, Order)
        vials = [vial.code for vial in order_decisions.proposed(session, asked)]
        seen = signing.sha256_of(ordering.shown_of(asked))
    case.act(
        "keeper", order_decisions.check_order, order=at(Order, order), vials=each(Vial, vials),
        seen=seen, proof=case.proof("keeper"),
    )  # fmt: skip


def approve(case: Case, order: str) -> None:
    case.act("qa", order_decisions.approve_order, order=at(Order, order), proof=case.proof("qa"))


def schedule(case: Case, order: str, planned: datetime) -> None:
    case.act(
        "keeper", order_decisions.schedule_order, order=at(Order, order), at=planned
    )  # fmt: skip


def ordered(
    case: Case, sitting: str, vials: int, *, expand: bool
) -> Generator[datetime, None, str]:
    """Submitted by the physician, checked by the bank the same day, approved on the next."""
    order = draft(case, sitting, vials, expand=expand)
    yield case.soon(READS_IT_OVER_MIN)
    submit(case, order)
    yield case.soon(LOOKS_IT_UP_MIN)
    check(case, order)
    yield case.workday(1, 14)
    approve(case, order)
    return order


def retrieve(case: Case, order: str) -> list[str]:
    """Everything kept for a planned order, out of the cold."""
    with case.database.reading() as session:
        kept = reserving.open_of(session, load(session, order, Order))
        codes = [each.vial.code for each in kept]
    step = case.act(
        "keeper", retrieving.start_retrieval, order=at(Order, order),
        proof=case.proof("keeper"), witness=case.proof("technician"),
    ).code  # fmt: skip
    for code in codes:
        case.act(
            "keeper", retrieving.take_vial, step=at(Retrieval, step), vial=at(Vial, code),
            second_scan=lambda session: session.get_one(User, case.person("technician")[0]).code,
        )  # fmt: skip
    case.act("keeper", retrieving.record_retrieval, step=at(Retrieval, step), performed=case.done())
    return codes


@contextmanager
def briskly(case: Case) -> Iterator[None]:
    """While vials are out of the cold nobody takes time."""
    case.between, usual = timedelta(seconds=6), case.between
    yield
    case.between = usual


def thaw(case: Case, order: str, recovery: float) -> str:
    """The tube of what was got of the vials of an order, `recovery` of what was frozen."""
    step = begun(case, thawing.start_thaw, order=at(Order, order))
    case.batch = case.batch_of(step)
    supply(case, step, {"buffer": 40}, ("cabinet",))
    case.wait(minutes=6)
    case.print_plan("technician", step)
    for code in case.planned(step, "SU"):  # nothing leaves the cold before it sticks
        case.act("technician", labelling.apply_label, code=code, step=at(Step, step))
    with briskly(case):
        codes = retrieve(case, order)
        for code in codes:
            case.act("technician", thawing.warm_vial, step=at(Step, step), vial=at(Vial, code))
    frozen = sum(case.read(Vial, code, "viable_cells") or 0 for code in codes)
    tube = case.planned(step, "SU")[0]
    live = round(frozen * recovery)
    case.wait(minutes=WASHED_MIN)
    case.act(
        "technician", thawing.record_thaw, step=at(Step, step), suspension_code=tube,
        volume_ml=Decimal(len(codes)), bath_temperature_c=Decimal(37),
        count=Count(live=live, dead=live // 14, method=CountMethod.AUTOMATED),
        seconds={code: round(case.chance.between(74, 128)) for code in codes},
        performed=case.done(),
    )  # fmt: skip
    close(case, step)
    case.act("keeper", order_decisions.close_order, order=at(Order, order))
    return tube
