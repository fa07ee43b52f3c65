"""Orders of frozen cells: they end in every way, and their vials with them."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.models.course import TransplantationSession
from lims.models.fill import Vial
from lims.models.order import Order, OrderKind
from lims.models.patient import ConsentKind
from lims.models.retrieval import Retrieval
from lims.workflows import (
    bringing_back,
    drafting,
    handing_on,
    order_decisions,
    ordering,
    redrafting,
    releasing,
    reserving,
    retrieving,
    signing,
    vial_places,
)
from lims.workflows.codes import load
from lims.workflows.drafting import Ask
from tests.laboratory.ordered import MEANWHILE, PAPER
from tests.laboratory.specification import AT_ONCE
from tests.walks import freezing, specifying
from tests.walks.releasing import decide
from tests.walks.walker import Walk, at, each

AWAY = (OrderKind.TRANSFER, OrderKind.DESTROY)


def released(walk: Walk, number: int) -> list[str]:
    """Vials in their places, released; the specification in force asks for no test of them."""
    fill, codes = freezing.stored(walk, number)
    decide(walk, releasing.release_fill, fill)
    return codes


def ask(vials: int | None) -> Ask:
    return Ask(clock.today() + timedelta(days=7), "second dose", vials)


def drafted(walk: Walk, vials: int = 1, sitting: str | None = None, *, expand: bool = True) -> str:
    """An order of vials for the first session of the course, or the one told."""
    sitting = sitting or walk.read_sessions()[0].code
    code: str = walk.act(
        "physician", drafting.draft_thaw, sitting=at(TransplantationSession, sitting),
        ask=ask(vials), viable_cells=None, expand=expand,
    ).code  # fmt: skip
    return code


def away(walk: Walk, kind: OrderKind) -> str:
    """A vial ordered to another bank, or to be destroyed."""
    code: str = walk.act(
        "physician", drafting.draft_order, patient=walk.mine(), kind=kind, ask=ask(1),
        destination="Bank of Gomel", paper=PAPER,
    ).code  # fmt: skip
    return code


def changed(walk: Walk, order: str, kind: OrderKind) -> str:
    """The draft, of as many vials again."""
    what: dict[str, Any] = {"ask": ask(1), "order": asked(order), "version": version_of(order)}
    if kind is OrderKind.THAW:
        walk.act("physician", redrafting.change_thaw, viable_cells=None, expand=False, **what)
    else:
        what |= {"destination": "Bank of Brest", "paper": PAPER}
        walk.act("physician", redrafting.change_order, kind=kind, **what)
    return order


def version_of(order: str) -> Callable[[Session], int]:
    return lambda session: load(session, order, Order).version


def asked(order: str) -> Callable[[Session], Any]:
    return at(Order, order)


def seen(walk: Walk, order: str) -> str:
    with walk.database.reading() as session:
        return signing.sha256_of(ordering.shown_of(load(session, order, Order)))


def submitted(walk: Walk, order: str) -> str:
    walk.act(
        "physician", ordering.submit_order, order=asked(order),
        proof=walk.proof("physician"),
    )  # fmt: skip
    return order


def checked(walk: Walk, order: str) -> str:
    submitted(walk, order)
    with walk.database.reading() as session:
        proposed = order_decisions.proposed(session, load(session, order, Order))
        vials = [vial.code for vial in proposed]
    walk.act(
        "keeper", order_decisions.check_order, order=asked(order), vials=each(Vial, vials),
        seen=seen(walk, order), proof=walk.proof("keeper"),
    )  # fmt: skip
    return order


def approved(walk: Walk, order: str) -> str:
    checked(walk, order)
    walk.act(
        "qa", order_decisions.approve_order, order=asked(order), proof=walk.proof("qa"),
    )  # fmt: skip
    return order


def scheduled(walk: Walk, order: str) -> str:
    approved(walk, order)
    walk.act(
        "keeper", order_decisions.schedule_order, order=asked(order),
        at=clock.now() + timedelta(minutes=1),
    )  # fmt: skip
    return order


def cancel(walk: Walk, order: str) -> None:
    walk.act("physician", ordering.cancel_order, order=asked(order), reason="fever")


def refuse(walk: Walk, order: str) -> None:
    walk.act("keeper", order_decisions.refuse_check, order=asked(order), reason="not found")


def kept(walk: Walk, order: str) -> list[str]:
    with walk.database.reading() as session:
        return [e.vial.code for e in reserving.open_of(session, load(session, order, Order))]


def begun(walk: Walk, order: str) -> str:
    """A retrieval that two people signed."""
    step: str = walk.act(
        "keeper", retrieving.start_retrieval, order=asked(order), proof=walk.proof("keeper"),
        witness=walk.proof("technician"), comment=MEANWHILE,
    ).code  # fmt: skip
    return step


def take(walk: Walk, step: str, codes: Sequence[str]) -> None:
    for code in codes:
        walk.act(
            "keeper", retrieving.take_vial, step=at(Retrieval, step), vial=at(Vial, code),
            second_scan=walk.badge("technician"),
        )  # fmt: skip


def retrieved(walk: Walk, order: str) -> list[str]:
    """Everything kept for a planned order, out of the cold."""
    codes, step = kept(walk, order), begun(walk, order)
    take(walk, step, codes)
    walk.act("keeper", retrieving.record_retrieval, step=at(Retrieval, step), performed=walk.done())
    return codes


def bring_back(walk: Walk, codes: Sequence[str]) -> None:
    for code in codes:
        walk.does("keeper", bringing_back.return_vial, lambda session, code=code: {
            "vial": (vial := load(session, code, Vial)),
            "box": vial_places.history(session, vial)[-1].allocation.position.box,
            "told": freezing.done_by(walk, "keeper"),
        })  # fmt: skip


def leave(walk: Walk, order: str, kind: OrderKind, codes: Sequence[str]) -> None:
    values = {
        "order": asked(order), "vials": each(Vial, codes), "performed": walk.done(),
        "proof": walk.proof("keeper"), "witness": walk.proof("technician"),
    }  # fmt: skip
    if kind is OrderKind.TRANSFER:
        told = {"receiver": "Dr. Koval", "courier": None, "temperature_c": None}
        walk.act("keeper", handing_on.record_transfer, **values, **told)
    else:
        walk.act("keeper", handing_on.record_destruction, **values, how="autoclave")


def tested(walk: Walk, order: str) -> None:
    """The vial of a test order is emptied into an aliquot."""
    (code,) = retrieved(walk, order)
    with walk.database.reading() as session:
        batch = load(session, code, Vial).fill.batch.code
    walk.sample(batch, code, Vial, "0.5", ["sterility"])
    walk.act("analyst", handing_on.empty_for_test, order=asked(order), vials=each(Vial, [code]))


def with_vials(walk: Walk, number: int) -> list[str]:
    """Whose cells are stored and released."""
    walk.begin()
    walk.agree(ConsentKind.STORAGE)
    return released(walk, number)


def orders_end_in_every_way(walk: Walk) -> None:
    with_vials(walk, 9)
    tested(walk, scheduled(walk, away(walk, OrderKind.TEST)))
    ways = (drafted, lambda w: submitted(w, drafted(w)), lambda w: checked(w, drafted(w)),
            lambda w: approved(w, drafted(w)), lambda w: scheduled(w, drafted(w)))  # fmt: skip
    for way in ways:
        cancel(walk, way(walk))
    cancel(walk, changed(walk, drafted(walk), OrderKind.THAW))
    cancel(walk, changed(walk, away(walk, OrderKind.TRANSFER), OrderKind.TRANSFER))
    refuse(walk, submitted(walk, drafted(walk)))
    refused = checked(walk, drafted(walk))
    walk.act("qa", order_decisions.refuse_order, order=asked(refused), reason="not wanted")
    back = scheduled(walk, drafted(walk))
    bring_back(walk, retrieved(walk, back))
    for kind in AWAY:
        order = scheduled(walk, away(walk, kind))
        leave(walk, order, kind, retrieved(walk, order))
        walk.act("keeper", order_decisions.close_order, order=asked(order))
    lost = scheduled(walk, drafted(walk))
    freezing.mark(walk, kept(walk, lost))
    warm = scheduled(walk, drafted(walk, 2))
    out = retrieved(walk, warm)
    freezing.mark(walk, out[:1])
    freezing.discard(walk, out[:1])
    for way in ways:
        way(walk)
    walk.wait(days=60)
    bring_back(walk, out[1:])
    walk.alone(ordering.lapse_due)


def at_the_bank(walk: Walk) -> None:
    """Orders of a patient at every stage; some with vials out of the cold, one under way."""
    with_vials(walk, 10)
    drafted(walk)
    refuse(walk, submitted(walk, drafted(walk)))
    submitted(walk, drafted(walk))
    checked(walk, drafted(walk))
    cancel(walk, approved(walk, drafted(walk)))
    approved(walk, drafted(walk))
    for kind in (*AWAY, OrderKind.TEST):
        retrieved(walk, scheduled(walk, away(walk, kind)))
    for kind in AWAY:
        gone = scheduled(walk, away(walk, kind))
        leave(walk, gone, kind, retrieved(walk, gone))
    walk.act("keeper", order_decisions.close_order, order=asked(gone))
    scheduled(walk, drafted(walk))
    order = scheduled(walk, drafted(walk, 2))
    take(walk, begun(walk, order), kept(walk, order)[:1])


def at_a_lenient_bank(walk: Walk, *also: Callable[[], None]) -> None:
    """The same, released while a specification is in force that asks for no test of them."""
    specifying.approve(walk, specifying.lenient(()))
    at_the_bank(walk)
    for story in also:
        story()
    specifying.approve(walk, AT_ONCE)
