"""A bench and the cabinet that stands at it: one scan says both, and no step borrows another's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.equipment import Equipment, Place, PlaceKind
from lims.models.step import Step, StepEquipment
from lims.workflows import codes, equipment, identity

StoodAt = Place | Equipment
"""What is scanned where a step begins: the bench itself, or the cabinet that stands at it."""


class OfAnotherBench(LimsError):
    sentence = N_(
        "%(name)s (%(code)s) belongs to %(other)s, and this step stands at %(bench)s."
        " Scan the cabinet of %(bench)s."
    )
    recorded = True


class NoCabinetHere(OfAnotherBench):
    sentence = N_(
        "%(name)s (%(code)s) belongs to %(other)s, and this step stands at %(bench)s, of which no"
        " cabinet is in the register. Have it entered on the page of that bench; until then the"
        " production lead lets this one be used, with a reason."
    )
    leads_to = "place"


class OfNoBench(LimsError):
    sentence = N_(
        "%(name)s (%(code)s) is not the cabinet of one bench. Scan the bench you stand at."
    )


def problem_at(
    session: Session, piece: Equipment, station: Place | None, at: datetime
) -> LimsError | None:
    """Why `piece` may not be used at `at` in what is done at `station`; None where it may."""
    return equipment.problem_with(piece, at) or _of_another_bench(session, piece, station)


def _of_another_bench(
    session: Session, piece: Equipment, station: Place | None
) -> LimsError | None:
    """In the cabinet of another bench another patient's cells may be open; what is of no bench is
    used from all."""
    if station is None or station.kind is not PlaceKind.PROCESSING_BENCH:
        return None
    benches = _benches_of(session, piece)
    if not benches or station in benches:
        return None
    names = {"other": benches[0].name, "bench": station.name, "place": station.code}
    refusal = NoCabinetHere if station.equipment_id is None else OfAnotherBench
    return refusal(code=piece.code, name=piece.name, **names)


def _benches_of(session: Session, piece: Equipment) -> Sequence[Place]:
    of_it = Place.equipment_id == piece.id, Place.kind == PlaceKind.PROCESSING_BENCH
    return session.scalars(select(Place).where(*of_it).order_by(Place.id)).all()


def bench_of(session: Session, cabinet: Equipment) -> Place:
    """The one bench at which `cabinet` stands; raises OfNoBench."""
    benches = _benches_of(session, cabinet)
    if len(benches) != 1:
        raise OfNoBench(code=cabinet.code, name=cabinet.name)
    return benches[0]


def note_use(session: Session, step: Step, item: Equipment, **overriding: Any) -> StepEquipment:
    """`item` was scanned into `step`; `overriding`: who let it be used, and why."""
    used = StepEquipment(
        patient_id=step.patient_id, step_id=step.id, equipment_id=item.id, **overriding
    )
    session.add(used)
    identity.note_scans(session, step, [item.code])
    session.expire(step, ["equipment"])
    return used


def note_scan(session: Session, step: Step, bench: Place | None, cabinet: Equipment | None) -> None:
    """Which of the two was scanned where `step` begins."""
    if cabinet is not None:
        note_use(session, step, cabinet)
    elif bench is not None:
        identity.note_scans(session, step, [bench.code])


def stood_at(session: Session, station: StoodAt | None) -> tuple[Place | None, Equipment | None]:
    """The bench that was scanned, or that of the cabinet, and this; raises why it may not be
    used."""
    if not isinstance(station, Equipment):
        return station, None
    bench = codes.load(session, bench_of(session, station).code, Place)
    if (problem := problem_at(session, station, bench, clock.now())) is not None:
        raise problem
    return bench, station
