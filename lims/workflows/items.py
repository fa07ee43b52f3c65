"""The catalogue: what the laboratory buys or prepares in lots."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, Stale
from lims.models.lot import Item, ItemKind
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.command import because, command


class NameTaken(FieldError):
    sentence = N_("An item with this name is in the catalogue already.")


UNITS = ("mL", "L", "µL", "g", "mg", "IU", "pcs")
"""What items are counted in; an item keeps its unit for good, or its stock would lie."""


@command(Permission.RECEIVE_LOT)
def add_item(
    session: Session,
    *,
    name: str,
    kind: ItemKind,
    unit: str,
    maker: str | None,
    antibiotics: str | None,
    by: User,
) -> Item:
    """Enter something that will come, or be prepared, in lots."""
    _require_new_name(session, name, None)
    item = Item(name=name, kind=kind, unit=unit, maker=maker, antibiotics=antibiotics)
    session.add(item)
    session.flush()
    return item


@command(Permission.RECEIVE_LOT)
def edit_item(
    session: Session,
    item: Item,
    *,
    version: int,
    name: str,
    kind: ItemKind,
    maker: str | None,
    antibiotics: str | None,
    reason: str,
    by: User,
) -> Item:
    """Correct the catalogue; what it said before stays in the trail."""
    if item.version != version:
        raise Stale(code=item.name)
    _require_new_name(session, name, item)
    because(session, reason)
    item.name, item.kind, item.maker, item.antibiotics = name, kind, maker, antibiotics
    return item


def _require_new_name(session: Session, name: str, own: Item | None) -> None:
    taken = session.scalars(select(Item).where(Item.name == name)).one_or_none()
    if taken is not None and taken is not own:
        raise NameTaken("name")
