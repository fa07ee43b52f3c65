"""The downtime kit of a batch from the database: what it holds now, and what may have to be done.

It is made anew each day and kept by nobody: what is written on it is entered afterwards.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims import clock
from lims.errors import N_
from lims.models.batch import Batch, BatchSample
from lims.models.equipment import Equipment, EquipmentStatus, Place, PlaceKind
from lims.models.lot import Lot, LotStatus
from lims.models.suspension import Suspension, SuspensionStatus
from lims.papers.heading import Desk, Edition, head_of_trail, heading
from lims.papers.wording import headed, passage
from lims.records import downtime
from lims.records.blanks import Scannable
from lims.records.downtime import DowntimeKit, downtime_kit
from lims.records.wording import Wording
from lims.workflows import care
from lims.workflows.abreast import abreast, read
from lims.workflows.care import Care
from lims.workflows.codes import KIND_WORDS

MOST_VESSELS = 200
STATIONS = (PlaceKind.PROCESSING_BENCH, PlaceKind.RUN_STATION)
USABLE = (LotStatus.RELEASED, LotStatus.IN_USE)
NOT_ISOLATED = (downtime.ISOLATION, downtime.OTHER)
UNDER_WAY = (
    downtime.FEEDING, downtime.HARVEST, downtime.SAMPLING, downtime.FILLING, downtime.FREEZING,
    downtime.OTHER,
)  # fmt: skip


def with_codes() -> tuple[Any, ...]:
    """What to load with a batch whose kit is made."""
    return (
        joinedload(Batch.patient),
        joinedload(Batch.specification_version),
        joinedload(Batch.samples).joinedload(BatchSample.sample),
    )


def kit(session: Session, batch: Batch, desk: Desk) -> bytes:
    """What the bench needs of `batch` while the program is down, as PDF."""
    return downtime_kit(values(session, batch, desk), desk.say)


def values(session: Session, batch: Batch, desk: Desk) -> DowntimeKit:
    edition = Edition("", 1, clock.now(), head_of_trail(session))
    living = care.living(session, most=MOST_VESSELS, batch=batch)
    tubes = _tubes(session, batch)
    return DowntimeKit(
        heading=heading(desk, edition, batch.patient, batch.specification_version.product),
        batch=batch.code,
        stands=_stands(living, tubes, desk.say),
        codes=(
            Scannable(batch.patient.code, _named(desk.say, "PT")),
            Scannable(batch.code, _named(desk.say, "BA"), batch.specification_version.code),
            *(_sample(each.sample, desk.say) for each in batch.samples),
            *(_vessel(each, desk.say) for each in living),
            *(_tube(each, desk.say) for each in tubes),
        ),
        shared=tuple(shared(session, desk.say)),
        vessels=tuple(each.vessel.code for each in living),
        forms=UNDER_WAY if living or tubes else NOT_ISOLATED,
    )


def shared(session: Session, say: Wording) -> Iterator[Scannable]:
    """What may be used today, so that it need not be copied by hand."""
    usable = abreast(
        (Place, Place.kind.in_(STATIONS)),
        (Equipment, Equipment.status == EquipmentStatus.IN_SERVICE),
        (Lot, Lot.status.in_(USABLE) & (Lot.expires_on >= clock.today())),
    )
    places, devices, lots = read(session, usable)
    for place in sorted(places, key=lambda each: each.name):
        yield Scannable(place.code, place.name)
    for device in sorted(devices, key=lambda each: each.name):
        yield Scannable(device.code, device.name, device.serial_number)
    for lot in sorted(lots, key=lambda each: (each.item.name, each.expires_on)):
        held = say.say(N_("use by %(day)s"), day=say.day(lot.expires_on))
        yield Scannable(lot.code, lot.item.name, f"{lot.maker_number} · {held}")


def _tubes(session: Session, batch: Batch) -> Sequence[Suspension]:
    made = Suspension.batch_id == batch.id, Suspension.status == SuspensionStatus.MADE
    query = select(Suspension).where(*made).options(selectinload(Suspension.withdrawals))
    return session.scalars(query.order_by(Suspension.id)).all()


def _stands(living: Sequence[Care], tubes: Sequence[Suspension], say: Wording) -> str:
    told = N_("%(vessels)s vessels in culture, %(tubes)s tubes of cells")
    return say.say(told, vessels=len(living), tubes=len(tubes))


def _named(say: Wording, kind: str) -> str:
    return headed(say, KIND_WORDS[kind])


def _sample(sample: Any, say: Wording) -> Scannable:
    return Scannable(sample.code, _named(say, "SA"), say.day(sample.collected_at))


def _vessel(found: Care, say: Wording) -> Scannable:
    vessel = found.vessel
    return Scannable(
        vessel.code,
        f"{vessel.vessel_type} · {passage(vessel.passage)}",
        " · ".join(_where(found, say)),
    )


def _where(found: Care, say: Wording) -> Iterator[str]:
    if found.place is not None:
        yield found.place.name
    yield say.say(N_("feed by %(day)s"), day=say.moment(found.due_at))


def _tube(tube: Suspension, say: Wording) -> Scannable:
    held = say.say(N_("%(volume)s mL"), volume=say.number(tube.remaining_ml, 2))
    return Scannable(tube.code, f"{_named(say, 'SU')} · {passage(tube.passage)}", held)
