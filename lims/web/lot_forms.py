"""The forms of a lot: how it comes, what is corrected of it, what quality decides."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import HiddenField

from lims import clock
from lims.models.lot import Item, Lot
from lims.web.choices import PicksField, TickField
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, Signing
from lims.web.people import OwnPassword
from lims.web.rows import Row, RowsField
from lims.web.scans import CodeField
from lims.web.times import DateField
from lims.workflows import codes, lots


class LotFields(Form):
    """What a delivery and a preparation share."""

    expires_on = DateField(_l("Last day it may be used"))
    quantity = DecimalField.of(Lot.quantity, _l("Quantity"))
    storage = TextField(_l("Where and how it is stored"), required=False)

    def __init__(self, unit: str, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.quantity.unit = unit

    def written(self) -> dict[str, Any]:
        return {
            "expires_on": self.expires_on.data,
            "quantity": self.quantity.data,
            "storage": self.storage.data,
        }


class ReceiveForm(LotFields):
    maker_number = TextField(_l("Lot number of the maker"), scan=True)
    received_on = DateField(_l("Received on"), default=clock.today)
    certificate_seen = TickField(_l("The maker's certificate came with it and was looked at"))

    def arguments_of(self, session: Session, number: int) -> dict[str, Any]:
        return {
            **self.written(),
            "item": session.get_one(Item, number),
            "maker_number": self.maker_number.data,
            "received_on": self.received_on.data,
            "certificate_seen": self.certificate_seen.data,
        }


class IngredientRow(Row):
    lot = CodeField(_l("Lot"), "LT")
    quantity = DecimalField.of(Lot.quantity, _l("Taken of it, in its own unit"))


class PrepareForm(LotFields):
    prepared_on = DateField(_l("Prepared on"), default=clock.today)
    ingredients = RowsField(_l("Made of"), IngredientRow)

    def arguments_of(self, session: Session, number: int) -> dict[str, Any]:
        taken = [
            lots.Ingredient(codes.load(session, row.lot.data, Lot), row.quantity.data)
            for row in self.ingredients.filled
        ]
        return {
            **self.written(),
            "item": session.get_one(Item, number),
            "prepared_on": self.prepared_on.data,
            "ingredients": taken,
        }


class CorrectForm(LotFields):
    """Before the release: what was entered of a lot."""

    maker_number = TextField(_l("Lot number of the maker"), scan=True)
    reason = LongTextField(_l("Why it is corrected"))

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.written(),
            "lot": codes.load(session, code, Lot),
            "version": self.version.data,
            "maker_number": self.maker_number.data,
            "reason": self.reason.data,
        }


class CountForm(Form):
    counted = DecimalField.of(Lot.quantity, _l("Counted"))
    reason = LongTextField(_l("Why it differs"))

    def __init__(self, unit: str, *positional: Any, **values: Any) -> None:
        super().__init__(*positional, **values)
        self.counted.unit = unit

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "lot": codes.load(session, code, Lot),
            "counted": self.counted.data,
            "reason": self.reason.data,
        }


class ReleaseForm(Signing):
    certificate_seen = TickField(_l("I have looked at the maker's certificate of this lot"))
    signature = OwnPassword(_l("Sign the release with your password"))

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "lot": codes.load(session, code, Lot),
            "version": self.version.data,
            "certificate_seen": self.certificate_seen.data,
            "proof": self.signature.proof,
        }


class AgainstForm(Signing):
    """A decision against a lot: its reason, signed."""

    reason = LongTextField(_l("Reason"))
    signature = OwnPassword(_l("Sign with your password"))

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "lot": codes.load(session, code, Lot),
            "reason": self.reason.data,
            "proof": self.signature.proof,
        }


class SeveralForm(Form):
    """Which lots are released, and what the page showed of each that it offered."""

    lots = PicksField(_l("Released: I have looked at the maker's certificate of each of these"))
    seen = HiddenField()
    signature = OwnPassword(_l("Sign each release with your password"))

    def __init__(self, offered: Sequence[Lot], **values: Any) -> None:
        super().__init__(**values)
        self.lots.choices = [
            (each.code, f"{each.code} · {each.item.name} · {each.maker_number}") for each in offered
        ]

    def arguments(self, session: Session) -> dict[str, Any]:
        shown = dict(each.split("=", 1) for each in (self.seen.data or "").split() if "=" in each)
        chosen = {codes.load(session, code, Lot): shown.get(code, "") for code in self.lots.data}
        return {"seen": chosen, "proof": self.signature.proof}


class RejectForm(AgainstForm):
    pass


class RecallForm(AgainstForm):
    pass
