"""A rack of a tank: the boxes of one tower, level by level, as it is lifted out."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from lims.errors import NotFound
from lims.models.storage import Box, Tank
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import Listing
from lims.web.tanks import READERS, tank_shown
from lims.workflows import tank_contents
from lims.workflows.tank_contents import Slot

bp = Blueprint("racks", __name__, url_prefix="/tanks")


@dataclass(frozen=True)
class Level:
    """A box of the rack and what stands in it."""

    box: Box
    slots: Sequence[Slot]

    @property
    def vials(self) -> int:
        return sum(slot.vial is not None for slot in self.slots)

    @property
    def reserved(self) -> int:
        """Without a vial in them."""
        return sum(slot.cell is not None for slot in self.slots) - self.vials

    @property
    def free(self) -> int:
        return len(self.slots) - self.vials - self.reserved

    @property
    def patients(self) -> list[str]:
        """The codes of those whose positions these are, in the order of the positions."""
        return list(dict.fromkeys(slot.patient for slot in self.slots if slot.patient))


@bp.get("/<code>/rack")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    tank, tower = tank_shown(code), request.args.get("tower", "")
    levels = levels_of(tank, tower)
    if not levels:
        raise NotFound(code=tower[:40])
    return render_template(
        "racks/show.html",
        tank=tank,
        tower=tower,
        levels=Listing(levels),
        sees=current_user.may(Permission.SEE_STORAGE),
    )


def levels_of(tank: Tank, tower: str) -> list[Level]:
    """The boxes that stand in it, from level to level."""
    session = reading_session()
    standing = Box.tank_id == tank.id, Box.tower == tower, Box.retired_at.is_(None)
    boxes = session.scalars(select(Box).where(*standing).order_by(Box.level)).all()
    slots = tank_contents.slots_in(session, boxes)
    return [Level(box, slots[box.id]) for box in boxes]
