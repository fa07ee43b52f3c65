"""For how long vials were out of the cold until they stood: told with the place, or after it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from lims.errors import N_, LimsError
from lims.models.earlier import EarlierVial
from lims.models.fill import Fill, Vial
from lims.models.storage import Allocation, Box, Placement, Position
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import breaches, compromised, specifications
from lims.workflows.command import command
from lims.workflows.performing import require_timely

LONGEST = "seconds_out_max"


class NotLacking(LimsError):
    sentence = N_(
        "%(code)s: its seconds out of the cold were given meanwhile, or it stands there no more."
        " Nothing was recorded; look at its page."
    )
    status = 409
    leads_to = "code"


class NoneGiven(LimsError):
    sentence = N_("Enter the seconds of at least one vial.")


def lacking(session: Session, fill: Fill) -> Sequence[Placement]:
    """Where vials of `fill` stand now that nobody told the seconds of, in the order they came."""
    before = aliased(Placement)
    moved_here = exists().where(before.vial_id == Vial.id, before.id < Placement.id)
    taken_over = exists().where(EarlierVial.vial_id == Vial.id)
    return session.scalars(
        select(Placement)
        .join(Vial, Vial.id == Placement.vial_id)
        .where(
            Vial.fill_id == fill.id,
            Placement.removed_at.is_(None),
            Placement.seconds_out.is_(None),
            ~taken_over | moved_here,
        )
        .options(
            joinedload(Placement.vial),
            joinedload(Placement.allocation)
            .joinedload(Allocation.position)
            .joinedload(Position.box)
            .joinedload(Box.tank),
        )
        .order_by(Placement.id)
    ).all()


@command(Permission.STORE_VIAL)
def give_seconds(
    session: Session,
    fill: Fill,
    *,
    seconds: Mapping[str, int],
    by: User,
    late_reason: str | None = None,
) -> list[Vial]:
    """Keep the `seconds` by the code of each vial; those that were too warm are compromised now,
    and are the answer."""
    if not seconds:
        raise NoneGiven()
    waiting = {each.vial.code: each for each in lacking(session, fill)}
    version = specifications.of(fill.batch)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    found = []
    for code, passed in seconds.items():
        placement = waiting.get(code)
        if placement is None:
            raise NotLacking(code=code)
        require_timely(placement.recorded_at, late_reason, late_after)
        placement.seconds_out = passed
        if said := (late_reason or "").strip():
            placement.late_reason = "\n".join(filter(None, (placement.late_reason, said)))
        session.flush()
        if judge(session, placement.vial, passed, by):
            found.append(placement.vial)
    return found


def judge(session: Session, vial: Vial, seconds: int | None, by: User) -> bool:
    """Whether `vial` was out of the cold too long and is compromised therefore."""
    most = specifications.limit(specifications.of(vial.fill.batch), LONGEST)
    if seconds is None or seconds <= most:
        return False
    if vial.status in compromised.MARKABLE:
        told = breaches.beyond(vial.code, N_("time out of the cold"), seconds, most, "s", 0)
        compromised.compromise(session, [vial], why=told, by=by)
    return True
