"""Which cells may be frozen: asked by the gate before, shown by the page beforehand."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.suspension import Suspension, SuspensionOrigin, Withdrawal
from lims.workflows import specifications

POURED = (SuspensionOrigin.POOL, SuspensionOrigin.WASH, SuspensionOrigin.CONCENTRATION)


class NotFrozenAgain(LimsError):
    sentence = N_(
        "%(code)s was thawed and not passaged since; such cells are never frozen again."
        " Seed them, or fill doses."
    )
    recorded = True


class FrozenTooOften(LimsError):
    sentence = N_("The cells of %(code)s were frozen and thawed %(times)s times; %(most)s at most.")
    recorded = True


def problems(session: Session, suspension: Suspension) -> Iterator[LimsError]:
    """Why these cells may not be frozen; nothing when they may."""
    if unpassaged_since_thaw(session, suspension):
        yield NotFrozenAgain(code=suspension.code)
    most = specifications.whole_limit(specifications.of(suspension.batch), "freeze_thaw_max")
    if suspension.freeze_thaws >= most:
        yield FrozenTooOften(code=suspension.code, times=suspension.freeze_thaws, most=most)


def unpassaged_since_thaw(session: Session, suspension: Suspension) -> bool:
    """Whether any of these cells came out of a vial and were only pooled, washed, concentrated."""
    if suspension.origin is SuspensionOrigin.THAW:
        return True
    if suspension.origin not in POURED:
        return False
    sources = session.scalars(
        select(Suspension)
        .join(Withdrawal, Withdrawal.suspension_id == Suspension.id)
        .where(Withdrawal.into_id == suspension.id)
    ).unique()
    return any(unpassaged_since_thaw(session, source) for source in sources)
