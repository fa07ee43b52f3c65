"""What stands about batches, read at once: the deviations about each, the holds that reach it."""

from collections.abc import Collection

from sqlalchemy import BigInteger, cast, null, select, union_all
from sqlalchemy.orm import Session

from lims.models.deviation import Deviation, Hold
from lims.workflows import deviations, holds, starting

_NONE = cast(null(), BigInteger)
_FOUND = union_all(
    select(deviations.ABOUT.c.asked, deviations.ABOUT.c.told, _NONE.label("held")),
    select(holds.REACHING.c.asked, _NONE, holds.REACHING.c.id),
).subquery()
_OF_BATCHES = (
    select(_FOUND.c.asked, Deviation, Hold)
    .select_from(_FOUND)
    .outerjoin(Deviation, Deviation.id == _FOUND.c.told)
    .outerjoin(Hold, Hold.id == _FOUND.c.held)
    .order_by(_FOUND.c.told, _FOUND.c.held)
)
"""Put together once; what leads to the one and to the other is walked once."""


def of_batches(
    session: Session, batches: Collection[int]
) -> tuple[dict[int, list[Deviation]], dict[int, list[Hold]]]:
    """By batch, every deviation about it and every hold that reaches it; one look-up for all."""
    reported: dict[int, list[Deviation]] = {key: [] for key in batches}
    held: dict[int, list[Hold]] = {key: [] for key in batches}
    for batch, deviation, hold in session.execute(_OF_BATCHES, starting.asking(*batches)):
        if deviation is not None:
            reported[batch].append(deviation)
        if hold is not None:
            held[batch].append(hold)
    return reported, held
