"""What the cells behind a fill went without: fresh medium in culture, readings of their tank."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import BigInteger, Select, and_, cast, null, select, union_all
from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.culture import StepVessel
from lims.models.fill import Vial
from lims.models.retrieval import ThawedVial
from lims.models.specification import SpecificationVersion
from lims.models.step import Step, StepKind, StepStatus
from lims.models.storage import Box, Placement, StorageReading
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import breaches, specifications, vial_places
from lims.workflows.care import INTERVAL
from lims.workflows.fill_lineage import Filled
from lims.workflows.tank_readings import READ_EVERY

Longest = dict[str, timedelta]
"""By code, for how long."""
DAY, HOUR, NEVER = timedelta(days=1), timedelta(hours=1), timedelta(0)


class Unfed(LimsError):
    sentence = N_(
        "%(codes)s: without fresh medium for up to %(longest)s; the specification allows %(most)s."
    )


class Unread(LimsError):
    sentence = N_(
        "%(codes)s: the tank was not read for up to %(longest)s; the specification allows %(most)s."
    )


def told(session: Session, fills: Sequence[Filled]) -> list[list[LimsError]]:
    """Of each of `fills`, whose lineage was read, one sentence for all vessels not fed in time and
    one for all vials whose tank was not read; one look-up."""
    longest = _longest_without(session, fills)
    return [list(_told_of(filled, longest)) for filled in fills]


def _told_of(filled: Filled, longest: dict[int, tuple[Longest, Longest]]) -> Iterator[LimsError]:
    version = specifications.of(filled.batch)
    found: tuple[Longest, Longest] = {}, {}
    for tube in longest.keys() & set(filled.walked.tubes):
        for kind, of_tube in zip(found, longest[tube], strict=True):
            kind.update(of_tube)
    fed, read = found
    yield from _beyond(Unfed, fed, version, INTERVAL, DAY, "days")
    yield from _beyond(Unread, read, version, READ_EVERY, HOUR, "h")


def _beyond(
    sentence: type[LimsError],
    longest: Longest,
    version: SpecificationVersion,
    name: str,
    unit: timedelta,
    word: str,
) -> Iterator[LimsError]:
    """What went longer without than the limit `name` of `version`, and the longest of all."""
    most = specifications.limit(version, name)
    late = {code: gap for code, gap in longest.items() if gap > unit * float(most)}
    if late:
        found = Decimal(str(max(late.values()) / unit))
        shown = breaches.beside(found, word, 1, (most,))
        yield sentence(codes=sorted(late), longest=shown, most=Amount(most, word))


def _longest_without(
    session: Session, fills: Sequence[Filled]
) -> dict[int, tuple[Longest, Longest]]:
    """By tube, of each vessel harvested into it and each vial thawed into it."""
    tubes = {tube for filled in fills for tube in filled.walked.tubes}
    moments = union_all(*_cared_for(tubes), *_looked_at(tubes)).subquery()
    found = moments.c
    rows = session.execute(
        select(found.tube, found.code, found.tank, found.at)
        .where(found.at.is_not(None))
        .order_by(found.tube, found.code, found.stay, found.at)
    )
    longest: dict[int, tuple[Longest, Longest]] = {}
    for (tube, code, tank), stood in groupby(rows, key=lambda row: (row.tube, row.code, row.tank)):
        gaps = (later.at - earlier.at for earlier, later in pairwise(stood))
        of_kind = longest.setdefault(tube, ({}, {}))[tank is not None]
        of_kind[code] = max(of_kind.get(code, NEVER), *gaps, NEVER)
    return longest


def _cared_for(tubes: Collection[int]) -> Iterator[Select[*tuple[Any, ...]]]:
    """When each vessel harvested into one of `tubes` was seeded, fed, harvested."""
    fed = select(StepVessel.vessel_id, Step.performed_at).join(Step, Step.id == StepVessel.step_id)
    feeds = fed.where(Step.kind == StepKind.FEEDING, Step.status != StepStatus.VOID).subquery()
    none = cast(null(), BigInteger)
    for at, joined in (
        (Vessel.seeded_at, None),
        (feeds.c.performed_at, (feeds, feeds.c.vessel_id == Vessel.id)),
        (Step.performed_at, (Step, Step.id == Suspension.made_by_id)),
    ):
        moment = select(
            Vessel.code.label("code"),
            none.label("tank"),
            none.label("stay"),
            at.label("at"),
            Suspension.id.label("tube"),
        ).join(Suspension, Suspension.id == Vessel.harvested_into_id)
        moment = moment.join(*joined) if joined else moment
        yield moment.where(Suspension.id.in_(tubes))


def _looked_at(tubes: Collection[int]) -> Iterator[Select[*tuple[Any, ...]]]:
    """When each vial thawed into one of `tubes` came to a tank, left it; and readings meanwhile."""
    meanwhile = and_(
        StorageReading.tank_id == Box.tank_id,
        StorageReading.observed_at.between(Placement.placed_at, Placement.removed_at),
    )
    for at in (Placement.placed_at, Placement.removed_at, StorageReading.observed_at):
        moment = (
            vial_places.stays(Vial.code, Box.tank_id, Placement.id, at)
            .join(ThawedVial, ThawedVial.vial_id == Vial.id)
            .join(Suspension, Suspension.made_by_id == ThawedVial.step_id)
            .add_columns(Suspension.id)
        )
        if at is StorageReading.observed_at:
            moment = moment.join(StorageReading, meanwhile)
        yield moment.where(Suspension.id.in_(tubes))
