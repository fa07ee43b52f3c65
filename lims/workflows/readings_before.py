"""What a tank showed before, and what of that stands: a reading far from it is asked about."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.on_paper import ReadingOnPaper
from lims.models.specification import SpecificationVersion
from lims.models.storage import StorageReading, Tank
from lims.workflows import specifications

JUMP = "reading_jump_max_c"
"""The limit of the specification for how far a reading lies outside those before it, unasked."""
LOOKED_BACK = 30
"""Readings: a month of daily ones, as the page of a tank shows."""


class FarFromBefore(LimsError):
    sentence = N_(
        "%(temperature)s °C is far from what %(code)s showed before, %(coldest)s to %(warmest)s °C:"
        " the minus, or a digit?"
    )


def newest(session: Session, tank: Tank) -> Sequence[StorageReading]:
    """The last readings of a tank, newest first; recorded out of order, in order of time."""
    return session.scalars(
        select(StorageReading)
        .where(StorageReading.tank_id == tank.id)
        .options(
            joinedload(StorageReading.recorded_by),
            joinedload(StorageReading.on_paper).joinedload(ReadingOnPaper.read_by),
        )
        .order_by(StorageReading.observed_at.desc(), StorageReading.id.desc())
        .limit(LOOKED_BACK)
    ).all()


def lately(session: Session, tank: Tank, since: datetime) -> list[StorageReading]:
    """What a tank showed since then and what of it stands, in order of time."""
    found = session.scalars(
        select(StorageReading)
        .where(StorageReading.tank_id == tank.id, StorageReading.observed_at >= since)
        .order_by(StorageReading.observed_at, StorageReading.id)
    ).all()
    gone = corrected(found)
    return [each for each in found if each.id not in gone]


def corrected(readings: Sequence[StorageReading]) -> set[int]:
    """The keys of those of a tank's `readings` that a later one of the same moment replaced."""
    stands: dict[datetime, int] = {}
    for each in readings:
        stands[each.observed_at] = max(each.id, stands.get(each.observed_at, 0))
    return {each.id for each in readings} - set(stands.values())


def far_off(
    session: Session, tank: Tank, reading: StorageReading, version: SpecificationVersion
) -> Iterator[LimsError]:
    """That a temperature lies outside all that the tank showed, by more than readings differ."""
    most = specifications.known_limit(version, JUMP)
    before = newest(session, tank)
    gone = corrected(before)
    shown = [
        each.temperature_c
        for each in before
        if each.temperature_c is not None
        and each.id not in gone
        and each.observed_at != reading.observed_at
    ]
    found = reading.temperature_c
    if most is None or found is None or not shown:
        return
    coldest, warmest = min(shown), max(shown)
    if not coldest - most <= found <= warmest + most:
        plain = map(specifications.plain, (found, coldest, warmest))
        told = dict(zip(("temperature", "coldest", "warmest"), plain, strict=True))
        yield FarFromBefore(code=tank.code, **told)
