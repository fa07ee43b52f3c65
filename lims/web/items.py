"""The catalogue: what comes in lots; from an item's page a delivery or a preparation is entered."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.lot import Item, ItemKind, Lot
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.choices import ChoiceField, PickField
from lims.web.current import reading_session
from lims.web.fields import LongTextField, TextField
from lims.web.filters import unit_word
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.lot_forms import PrepareForm, ReceiveForm
from lims.workflows import items, lots, stock

bp = Blueprint("items", __name__, url_prefix="/items")


class ItemFields(Form):
    """What an item's entry and its correction share."""

    name = TextField(_l("Name, as on its label"))
    kind = ChoiceField(_l("Kind"), ItemKind)
    maker = TextField(_l("Maker"), required=False)
    antibiotics = TextField(
        _l("Antibiotics in it"), required=False, hint=_l("Compared with the patient's allergies.")
    )

    def written(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "kind": self.kind.data,
            "maker": self.maker.data,
            "antibiotics": self.antibiotics.data,
        }


class NewItemForm(ItemFields):
    unit = PickField(_l("Counted in"), hint=_l("For good: its stock is kept in this unit."))

    def __init__(self, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.unit.choices = [(unit, unit_word(unit)) for unit in items.UNITS]

    def arguments(self, session: Session) -> dict[str, Any]:
        return {**self.written(), "unit": self.unit.data}


class ItemForm(ItemFields):
    reason = LongTextField(_l("Why it is corrected"))

    def arguments_of(self, session: Session, number: int) -> dict[str, Any]:
        return {
            **self.written(),
            "item": session.get_one(Item, number, with_for_update=True),
            "version": self.version.data,
            "reason": self.reason.data,
        }


def found(number: int) -> Item:
    return reading_session().get(Item, number) or abort(404)


@bp.get("/")
@requires(Permission.SEE_STOCK)
def index() -> ResponseReturnValue:
    words, kind = narrowing.typed(), narrowing.chosen(ItemKind, "kind")
    query = select(Item)
    if words:
        query = query.where(narrowing.says(words, Item.name, Item.maker))
    if kind is not None:
        query = query.where(Item.kind == kind)
    return render_template(
        "items/index.html", found=listing(query, Item.id), words=words, kind=kind, kinds=ItemKind
    )


@bp.get("/new")
@requires(Permission.RECEIVE_LOT)
def add() -> ResponseReturnValue:
    return render_template("items/add.html", item_form=shown(NewItemForm))


@bp.post("/new")
@requires(Permission.RECEIVE_LOT)
@on_refusal(add)
def add_item() -> ResponseReturnValue:
    item = submit(NewItemForm(), items.add_item)
    flash(_("%(name)s is in the catalogue.", name=item.name))
    return redirect(url_for("items.show", number=item.id), 303)


@bp.get("/<int:number>")
@requires(Permission.SEE_STOCK)
def show(number: int) -> ResponseReturnValue:
    item = found(number)
    held = listing(select(Lot).where(Lot.item_id == item.id), Lot.id)
    left = stock.remaining_of(reading_session(), held.rows)
    return render_template("items/show.html", item=item, lots=held, left=left)


@bp.get("/<int:number>/edit")
@requires(Permission.RECEIVE_LOT)
def edit(number: int) -> ResponseReturnValue:
    item = found(number)
    columns = ("version", "name", "kind", "maker", "antibiotics")
    edited = shown(ItemForm, **{name: getattr(item, name) for name in columns})
    return render_template("items/edit.html", item=item, item_form=edited)


@bp.post("/<int:number>/edit")
@requires(Permission.RECEIVE_LOT)
@on_refusal(edit)
def edit_item(number: int) -> ResponseReturnValue:
    form = ItemForm()
    submit(form, items.edit_item, lambda session: form.arguments_of(session, number))
    flash(_("The catalogue is corrected."))
    return redirect(url_for("items.show", number=number), 303)


@bp.get("/<int:number>/receive")
@requires(Permission.RECEIVE_LOT)
def receive(number: int) -> ResponseReturnValue:
    item = found(number)
    return render_template("items/receive.html", item=item, lot_form=shown(ReceiveForm, item.unit))


@bp.post("/<int:number>/receive")
@requires(Permission.RECEIVE_LOT)
@on_refusal(receive)
def receive_lot(number: int) -> ResponseReturnValue:
    form = ReceiveForm(found(number).unit)
    lot = submit(form, lots.receive_lot, lambda session: form.arguments_of(session, number))
    flash(
        _(
            "%(code)s is entered. Print its label; it waits in quarantine for quality.",
            code=lot.code,
        )
    )
    return redirect(url_for("lots.show", code=lot.code), 303)


@bp.get("/<int:number>/prepare")
@requires(Permission.RECEIVE_LOT)
def prepare(number: int) -> ResponseReturnValue:
    item = found(number)
    return render_template("items/prepare.html", item=item, lot_form=shown(PrepareForm, item.unit))


@bp.post("/<int:number>/prepare")
@requires(Permission.RECEIVE_LOT)
@on_refusal(prepare)
def prepare_lot(number: int) -> ResponseReturnValue:
    form = PrepareForm(found(number).unit)
    lot = submit(form, lots.prepare_lot, lambda session: form.arguments_of(session, number))
    flash(
        _(
            "%(code)s is entered. Print its label; it waits in quarantine for quality.",
            code=lot.code,
        )
    )
    return redirect(url_for("lots.show", code=lot.code), 303)
