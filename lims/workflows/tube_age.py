"""For how long the cells of a tube have been out of culture, or of the cold, when it is filled."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.step import Step
from lims.models.suspension import Suspension, Withdrawal
from lims.workflows import breaches, freezing_limits, specifications
from lims.workflows.journey import hours_between

OUT_OF_CULTURE = "suspension_hours_max"
OUT_OF_THE_COLD = "shelf_life_thawed_hours"


class OutTooLong(LimsError):
    sentence = N_(
        "%(code)s: its cells are %(found)s out of culture or of the cold; expected at most"
        " %(most)s. Count them anew and seed them, or discard them."
    )
    recorded = True


def problems(session: Session, suspension: Suspension, at: datetime) -> Iterator[LimsError]:
    """That its cells are in suspension for longer at `at` than they bear by the specification."""
    since = _since(session, suspension)
    thawed = freezing_limits.unpassaged_since_thaw(session, suspension)
    name = OUT_OF_THE_COLD if thawed else OUT_OF_CULTURE
    version = specifications.of(suspension.batch)
    most = specifications.known_limit(version, name)
    if since is None:
        return
    if most is None:
        yield specifications.not_judged(version, name, suspension.code)
    elif (found := Decimal(hours_between(since, at))) > most:
        yield OutTooLong(
            code=suspension.code,
            found=breaches.beside(found, "h", 1, (most,)),
            most=Amount(most, "h"),
        )


def _since(session: Session, suspension: Suspension) -> datetime | None:
    """When the first of its cells were harvested or thawed: pooled or washed they are as old."""
    if suspension.origin not in freezing_limits.POURED:
        return suspension.made_by.performed_at
    own = select(Suspension.id).where(Suspension.id == suspension.id)
    tubes = own.cte("tubes", recursive=True)
    poured = select(Withdrawal.suspension_id).join(tubes, Withdrawal.into_id == tubes.c.id)
    tubes = tubes.union(poured)
    made = select(func.min(Step.performed_at)).join(Suspension, Suspension.made_by_id == Step.id)
    return session.scalar(made.where(Suspension.id.in_(select(tubes.c.id))))
