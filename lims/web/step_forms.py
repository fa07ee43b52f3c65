"""What is entered on the page of a step itself: supplies, scans back, its end."""

from collections.abc import Callable
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError
from lims.models.equipment import Equipment
from lims.models.lot import Lot
from lims.models.step import Step, StepLot
from lims.web.bench_forms import LATER, OnlyPaper
from lims.web.choices import ChoiceField
from lims.web.fields import DecimalField, LongTextField
from lims.web.forms import Form, ScanLoop
from lims.web.people import LineChecker, PersonProof
from lims.web.scans import IN_STEP, CodeField, CopyField
from lims.web.times import MomentField
from lims.workflows import codes, supplying
from lims.workflows.label_balance import LeftOver


class QuantityNeeded(FieldError):
    sentence = N_("Enter how much of this lot is used.")


class OfStep(Form):
    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"step": self.as_shown(codes.load(session, code, Step))}


class ConfirmForm(OfStep):
    """The performer, signed in, confirms by one press."""


class Supplied(Form):
    """A lot or a device scanned in, and who lets it be used where it is not in order."""

    gated = True
    of_lot: Callable[..., Any]
    of_equipment: Callable[..., Any]

    supply = CodeField(_l("Lot or equipment"), "LT", "EQ")
    quantity = DecimalField.of(
        StepLot.quantity, _l("How much"), required=False, hint=_l("Of a lot, in its own unit.")
    )
    override = PersonProof(_l("Let be used by"), required=False)
    reason = LongTextField(_l("Why it is used all the same"), required=False, longest=400)

    @property
    def is_lot(self) -> bool:
        return str(self.supply.data).startswith(Lot.kind_of_code)

    def command(self) -> Callable[..., Any]:
        """What was scanned says what is recorded."""
        return type(self).of_lot if self.is_lot else type(self).of_equipment

    def supplied(self, session: Session) -> dict[str, Any]:
        values = {"override": self.override.proof, "reason": self.reason.data}
        scanned = str(self.supply.data)
        if not self.is_lot:
            return {**values, "item": codes.load(session, scanned, Equipment)}
        if not self.quantity.data:
            raise QuantityNeeded("quantity")
        return {
            **values,
            "lot": codes.load(session, scanned, Lot),
            "quantity": self.quantity.data,
        }


class SupplyForm(OfStep, Supplied):
    of_lot, of_equipment = supplying.use_lot, supplying.use_equipment

    def into(self, step: Step) -> Self:
        """At the scan of a device it is told whether it is of the bench of `step`."""
        self.supply.takes = f"{IN_STEP} {step.code}"
        return self

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), **self.supplied(session)}


class ScanBackForm(OfStep, ScanLoop):
    label = CodeField(_l("Label"), "SU", "VE", "QC", "DS", "VL")
    copy = CopyField()

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "code": self.label.data, "copy": self.copy.data}


class CloseForm(OfStep, OnlyPaper):
    left_over = ChoiceField(
        _l("What became of them"), LeftOver, required=False,
        hint=_l("If one was used after all, record first what came into its container."),
    )  # fmt: skip
    comment = LongTextField(_l("Why none was scanned"), required=False)
    cleared_at = MomentField(_l("Cleared at"), required=False, hint=LATER)
    checker = LineChecker(
        hint=_l("Nothing of this patient is left on the bench: a second person confirms."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **super().of(session, code),
            "checker": self.checker.proof,
            "left_over": self.left_over.data,
            "comment": self.comment.data,
            "cleared": self.done_before(self.cleared_at.data),
        }


class ClearForm(OfStep):
    reason = LongTextField(_l("Why it is cleared before the performer has confirmed"), longest=400)
    checker = LineChecker(
        hint=_l("Nothing of this patient is left on the bench: a second person confirms."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **super().of(session, code),
            "reason": self.reason.data,
            "checker": self.checker.proof,
        }


class VoidForm(OfStep):
    reason = LongTextField(_l("Why nothing was done in it"), longest=400)
    checker = LineChecker(required=False, hint=_l("Needed at a bench."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **super().of(session, code),
            "reason": self.reason.data,
            "checker": self.checker.proof,
        }


class SheetForm(OfStep):
    """Prints what was not printed yet: the kinds of container come with the button."""
