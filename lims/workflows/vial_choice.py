"""Which frozen vials an order may take, in which order, and how many of them it needs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.deviation import Deviation, DeviationSubject, Hold
from lims.models.fill import Fill, FillStatus, Vial, VialStatus
from lims.models.order import Order, OrderKind, Reservation
from lims.models.suspension import Withdrawal
from lims.workflows import awaited, batch_troubles, deviations, drawn, holds, qc_readings
from lims.workflows.abreast import abreast, read
from lims.workflows.recovery import Recovery

RELEASED = (FillStatus.RELEASED,)
NOT_REFUSED = (
    FillStatus.QUARANTINED,
    FillStatus.PRODUCTION_REVIEWED,
    FillStatus.CONDITIONAL,
    FillStatus.RELEASED,
)
FILLS: dict[OrderKind, Sequence[FillStatus]] = {
    OrderKind.THAW: RELEASED,
    OrderKind.TRANSFER: NOT_REFUSED,
    OrderKind.TEST: NOT_REFUSED,
    OrderKind.DESTROY: tuple(FillStatus),
}
"""Of which fills the vials may be. A thaw waits for the last result: frozen cells can wait."""


class FillNotReady(LimsError):
    sentence = N_("%(code)s is of the fill %(fill)s, which is %(status)s. It is not taken.")
    recorded = True
    status = 409
    leads_to = "fill"


class NotTakenOver(FillNotReady):
    sentence = N_(
        "%(code)s is of the fill %(fill)s, made before this program kept the record. Quality takes"
        " over its earlier release first."
    )


class FillWaits(FillNotReady):
    sentence = N_(
        "%(code)s is of the fill %(fill)s, which is %(status)s. It may be had once that is"
        " released: not before %(day)s, when %(test)s is read."
    )


class DeviationHolds(LimsError):
    sentence = N_(
        "Deviation %(deviation)s holds %(code)s: %(title)s. Quality decides it before the vial is"
        " taken."
    )
    recorded = True
    status = 409
    leads_to = "deviation"


class NotEnough(LimsError):
    sentence = N_(
        "Vials of %(patient)s that can be taken: %(number)s; viable cells expected from them"
        " after the thaw: %(cells)s. That is less than is asked for."
    )
    status = 409


class TooFewVials(LimsError):
    sentence = N_("Vials of %(patient)s that can be taken: %(number)s; asked for: %(wanted)s.")
    status = 409


class KeptFor(LimsError):
    sentence = N_("%(code)s is kept for the order %(order)s.")
    leads_to = "order"


@dataclass(frozen=True)
class Choice:
    """A vial in store and what speaks against taking it; nothing where it may be taken."""

    vial: Vial
    problems: Sequence[LimsError]


def in_store(
    session: Session, patient_id: int, kind: OrderKind, *, expand: bool, kept: bool = False
) -> list[Choice]:
    """The patient's vials that no order has, those to be taken first at the head; with `kept`
    those in their places that an order has already, too.

    Cells given as they are thawed: the oldest passage first, for it has the fewest doublings
    left and serves no other purpose. Cells to be expanded: the youngest, which can grow furthest.
    """
    standing = (VialStatus.STORED, VialStatus.RESERVED) if kept else (VialStatus.STORED,)
    has_it = and_(Reservation.vial_id == Vial.id, Reservation.ended_at.is_(None))
    stored = session.execute(
        select(Vial, Order.code)
        .outerjoin(Reservation, has_it)
        .outerjoin(Order, Order.id == Reservation.order_id)
        .where(Vial.patient_id == patient_id, Vial.status.in_(standing))
        .options(
            joinedload(Vial.patient),
            joinedload(Vial.aliquots),
            joinedload(Vial.fill).joinedload(Fill.batch),
            joinedload(Vial.fill).joinedload(Fill.withdrawal).joinedload(Withdrawal.suspension),
        )
    )
    order_of = dict(stored.unique().all())
    found = list(order_of)
    against = problems_with(session, found, kind)
    for vial, order in order_of.items():
        if order is not None:
            against[vial.id].append(KeptFor(code=vial.on_the_tube, order=order))
    first = sorted(found, key=lambda vial: _rank(vial, expand))
    return [Choice(vial, against[vial.id]) for vial in first]


def _rank(vial: Vial, expand: bool) -> tuple[bool, int, Decimal, object, int]:
    """Of unknown passage last; the older of two alike first."""
    passage, grown = vial.fill.passage, vial.fill.withdrawal.suspension.cumulative_doublings
    sign = 1 if expand else -1
    age = sign * (passage or 0), sign * (grown or Decimal(0))
    return (passage is None, *age, vial.fill.filled_at, vial.id)


def problems_with(
    session: Session, vials: Sequence[Vial], kind: OrderKind
) -> dict[int, list[LimsError]]:
    """By vial, why an order of this kind may not take it; queries grow by batches, not by vials."""
    found: dict[int, list[LimsError]] = {vial.id: [] for vial in vials}
    for vial, problem in _not_ready(session, vials, kind):
        found[vial.id].append(problem)
    if kind is OrderKind.DESTROY:  # what may not be given to anybody may be destroyed
        return found
    for vial in vials:
        if not vial.left_ml():
            found[vial.id].append(drawn.NothingLeft(code=vial.on_the_tube))
    batches = {vial.fill.batch_id for vial in vials}
    about_batches, reaching = batch_troubles.of_batches(session, batches)
    own_holds, named = read(session, _own_troubles([vial.id for vial in vials]))
    for vial, hold in _held(vials, own_holds, reaching):
        found[vial.id].append(holds.OnHold(code=vial.on_the_tube, reason=hold))
    for vial, deviation in _deviating(vials, named, about_batches):
        found[vial.id].append(
            DeviationHolds(code=vial.on_the_tube, deviation=deviation.code, title=deviation.title)
        )
    return found


def _not_ready(
    session: Session, vials: Sequence[Vial], kind: OrderKind
) -> Iterator[tuple[Vial, LimsError]]:
    """Those of fills of which nothing is taken yet; until when, where results are awaited."""
    waiting = {vial.fill for vial in vials if vial.fill.status not in FILLS[kind]}
    may_come = [fill for fill in waiting if fill.status in NOT_REFUSED]
    last_of = awaited.last_of(session, may_come) if may_come else {}
    for vial in vials:
        if vial.fill not in waiting:
            continue
        told = {"code": vial.on_the_tube, "fill": vial.fill.code, "status": vial.fill.status}
        last = last_of.get(vial.fill_id)
        if vial.earlier is not None and vial.fill.status is FillStatus.FILLED:
            yield vial, NotTakenOver(**told)
        elif last is None:
            yield vial, FillNotReady(**told)
        else:
            day = qc_readings.due_on(last)
            yield vial, FillWaits(**told, day=day, test=last.line.name)


def _own_troubles(vials: Collection[int]) -> Select[Any]:
    """The holds in force on `vials` themselves, and where they are named in deviations."""
    in_force = Hold.vial_id.in_(vials) & Hold.ended_at.is_(None)
    return abreast(
        (Hold, in_force), (DeviationSubject, DeviationSubject.vial_id.in_(vials))
    ).options(joinedload(DeviationSubject.deviation))


def _held(
    vials: Sequence[Vial], own: Iterable[Hold], reaching: Mapping[int, Sequence[Hold]]
) -> list[tuple[Vial, str]]:
    own_reason = {hold.vial_id: hold.reason for hold in own}
    of_batch = {
        key: next((hold.reason for hold in holds.not_lifted(each)), None)
        for key, each in reaching.items()
    }
    told = [(vial, own_reason.get(vial.id) or of_batch[vial.fill.batch_id]) for vial in vials]
    return [(vial, reason) for vial, reason in told if reason is not None]


def _deviating(
    vials: Sequence[Vial],
    own: Sequence[DeviationSubject],
    reaching: Mapping[int, Sequence[Deviation]],
) -> list[tuple[Vial, Deviation]]:
    by_batch = {key: deviations.holding(each) for key, each in reaching.items()}
    found = [(vial, each) for vial in vials for each in by_batch[vial.fill.batch_id]]
    return found + [
        (vial, each)
        for vial in vials
        for each in deviations.holding(row.deviation for row in own if row.vial_id == vial.id)
    ]


def takeable(choices: Sequence[Choice]) -> list[Vial]:
    return [choice.vial for choice in choices if not choice.problems]


def counted_on(vials: Sequence[Vial], recovery: Recovery) -> Decimal:
    """Viable cells to count on after a thaw of `vials`; nothing of a vial that was not counted."""
    return recovery.of(sum(vial.left_cells() or 0 for vial in vials))


def enough_of(vials: Sequence[Vial], cells: int, recovery: Recovery) -> list[Vial]:
    """The first of `vials` from which so many viable cells are expected; all where too few."""
    taken: list[Vial] = []
    for vial in vials:
        if counted_on(taken, recovery) >= cells:
            break
        if vial.left_cells():
            taken.append(vial)
    return taken


def doses_in(vials: Sequence[Vial], dose: int, recovery: Recovery) -> int:
    """For how many doses of so many viable cells `vials` are expected to do."""
    return int(counted_on(vials, recovery) // dose)
