"""A freezer that was scanned: whether vials wait for it, and the run that its first vial opens."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.models.equipment import Equipment
from lims.models.fill import Fill, Vial
from lims.models.freezing import Freezing, FrozenVial
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import freezing
from lims.workflows.command import command


def in_no_run() -> Select[Any]:
    """Vials to freeze, of fills that may be frozen, that nobody scanned into a run."""
    scanned = select(FrozenVial.vial_id)
    freezable = Fill.status.in_(freezing.FREEZABLE)
    return freezing.to_freeze().join(Vial.fill).where(freezable, Vial.id.not_in(scanned))


def awaited(session: Session, scanned: Any) -> bool:
    """Whether a freezer was scanned, and vials wait for one."""
    if not isinstance(scanned, Equipment) or scanned.kind not in freezing.FREEZERS:
        return False
    return bool(session.scalar(select(in_no_run().exists())))


@command(Permission.PERFORM_STEP)
def open_run(session: Session, vial: Vial, *, freezer: Equipment, by: User) -> Freezing:
    """Open a run by its freezer and its first vial, whose scan says whose run it is."""
    step = freezing.start_freezing(session, vial.fill, station=freezer, by=by)
    return freezing.scan_into_run(session, step, vial=vial, by=by)
