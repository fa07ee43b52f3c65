"""What was drawn from vials for tests: those that nothing is left of, those opened since out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot
from lims.models.fill import Dose, Vial, VialStatus
from lims.models.freezing import FrozenVial
from lims.models.retrieval import RetrievedVial
from lims.workflows.since import A_MINUTE, to_the_minute


class NothingLeft(LimsError):
    sentence = N_(
        "%(code)s is used up by testing: its whole volume was drawn. It is not frozen, stored or"
        " ordered."
    )
    recorded = True
    status = 409


class Opened(LimsError):
    sentence = N_(
        "%(code)s was opened: an aliquot was taken from it after it was taken out of the cold. It"
        " does not go back. Use it up for its order."
    )
    recorded = True
    status = 409


def taken_ml(kind: type[Dose] | type[Vial]) -> ScalarSelect[Any]:
    """Of doses or vials in a query, the volume that samples took of each, NULL where none did;
    asked of each row that is left, however many others there are."""
    source = Aliquot.vial_id if kind is Vial else Aliquot.dose_id
    taken = select(func.sum(Aliquot.volume_ml)).where(source == kind.id)
    return taken.correlate(kind).scalar_subquery()


def not_emptied(kind: type[Dose] | type[Vial]) -> ColumnElement[bool]:
    """Of doses or vials in a query, whether samples left anything in them, as `left_ml` says of
    one."""
    return func.coalesce(taken_ml(kind), 0) < kind.volume_ml


def require_some_left(vial: Vial) -> None:
    if vial.is_used_up:
        raise NothingLeft(code=vial.on_the_tube)


def opened(session: Session, vials: Sequence[Vial]) -> Collection[int]:
    """The keys of those of `vials` that are out and were drawn from since; by the minute."""
    rows = session.execute(
        select(Aliquot.vial_id, Aliquot.taken_at, RetrievedVial.out_at)
        .join(RetrievedVial, RetrievedVial.vial_id == Aliquot.vial_id)
        .where(Aliquot.vial_id.in_([vial.id for vial in vials]), RetrievedVial.back_at.is_(None))
    )
    return {key for key, taken, out in rows if key and _since(taken, out)}


def _since(taken: datetime, out: datetime) -> bool:
    """A whole minute is what a form tells, and is compared by the minute."""
    told_by_form = taken == to_the_minute(taken)
    return taken >= (to_the_minute(out) if told_by_form else out)


def require_unopened(session: Session, vial: Vial) -> None:
    """Raise Opened where an aliquot was taken from `vial` since it was taken out."""
    if opened(session, [vial]):
        raise Opened(code=vial.on_the_tube)


def in_the_cold(session: Session, vial: Vial, at: datetime) -> bool:
    """Whether `vial` was frozen at that moment and nobody had taken it out; a warm one is out."""
    if vial.status is VialStatus.COMPROMISED:
        return False
    frozen = select(FrozenVial.id).where(FrozenVial.vial_id == vial.id, FrozenVial.scanned_at <= at)
    out = select(RetrievedVial.id).where(
        RetrievedVial.vial_id == vial.id,
        RetrievedVial.out_at < at + A_MINUTE,  # as forms tell times
        or_(RetrievedVial.back_at.is_(None), RetrievedVial.back_at > at),
    )
    return session.scalar(frozen) is not None and session.scalar(out.limit(1)) is None
