"""Where in a tank a box stands: the level of a tower that nothing else stands at."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError
from lims.models.storage import Box, Tank
from lims.workflows.earlier_rows import seen


class BoxInTheWay(FieldError):
    sentence = N_("The box %(code)s stands at this level of this tower already.")


class TowerLooksAlike(FieldError):
    sentence = N_(
        "This tank has a tower “%(tower)s” that looks the same: a letter or a digit of this one is"
        " of another kind. Write it as there if it is the same, or so that eyes tell them apart."
    )


def require_level_free(
    session: Session, tank: Tank, tower: str, level: int, own: Box | None
) -> None:
    """Raise where another box stands there, or where no eye tells `tower` from another one."""
    in_use = select(Box).where(Box.tank_id == tank.id, Box.retired_at.is_(None))
    for other in session.scalars(in_use):
        if other is own or seen(other.tower) != seen(tower):
            continue
        if other.tower != tower:
            raise TowerLooksAlike("tower", tower=other.tower)
        if other.level == level:
            raise BoxInTheWay("level", code=other.code)
