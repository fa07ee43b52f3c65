"""A dose changes hands: handed over, received, brought back, discarded."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.administration import Handover, Receipt
from lims.models.course import TransplantationSession
from lims.models.fill import Dose
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.bench_forms import Recorded
from lims.web.choices import YesNoField
from lims.web.current import reading_session
from lims.web.doses import dose_shown, problems
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, Signing, on_refusal, shown, submit
from lims.web.limits import name_limits
from lims.web.people import OwnPassword, PersonProof
from lims.web.scans import CodeField
from lims.web.stopped import of_dose, submit_or_report
from lims.workflows import (
    awaited,
    called_off,
    codes,
    deviations,
    dose_gate,
    dose_warnings,
    issuing,
    rejecting,
)

bp = Blueprint("dose_moves", __name__, url_prefix="/doses")

Answer = TypeVar("Answer")
IN_THE_BOX = {"temperature_c": "product_temperature_{}_c"}
"""The specification's limits on the way of a dose."""


class TwoScans(Recorded):
    """The label of the dose in one's hand, and the card of the patient it is for."""

    dose = CodeField(_l("Label of the dose"), "DS")
    patient = CodeField(_l("Patient's card"), "PT")

    def scanned(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "dose": dose_gate.in_hand(session, code.upper(), self.dose.data or ""),
            "scanned_patient": self.patient.data,
        }


class HandOverForm(Signing, TwoScans):
    sitting = CodeField(_l("Session card"), "SN")
    carrier = TextField(_l("Carrier"), hint=_l("Who takes it to the clinic."))
    transport_box = TextField(_l("Transport box"), required=False, scan=True)
    temperature_c = DecimalField.of(
        Handover.temperature_c, _l("Temperature in the box"), required=False, least=None
    )
    witness = PersonProof(
        _l("Second person"), hint=_l("Reads both labels with you and signs the same.")
    )
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.scanned(session, code),
            **self.noted(),
            "sitting": codes.load(session, self.sitting.data or "", TransplantationSession),
            "carrier": self.carrier.data,
            "transport_box": self.transport_box.data,
            "temperature_c": self.temperature_c.data,
            "proof": self.password.proof,
            "witness": self.witness.proof,
        }


class ReceiveForm(TwoScans):
    temperature_c = DecimalField.of(
        Receipt.temperature_c, _l("Temperature in the box"), required=False, least=None
    )
    intact = YesNoField(_l("The syringe and its packing are intact"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.scanned(session, code),
            **self.noted(),
            "temperature_c": self.temperature_c.data,
            "intact": self.intact.is_yes,
        }


class ReturnForm(Recorded):
    why = LongTextField(_l("Why it is not injected"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        dose = codes.load(session, code.upper(), Dose)
        return {"dose": dose, "why": self.why.data, "performed": self.performed}


class DiscardForm(Signing):
    gated = True

    dose = CodeField(_l("Label of the dose"), "DS")
    reason = LongTextField(_l("Reason"))
    second = PersonProof(
        _l("Second person"),
        required=False,
        hint=_l("Empty: another person signs within 24 hours from their own session."),
    )
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "dose": dose_gate.in_hand(session, code.upper(), self.dose.data or ""),
            "reason": self.reason.data,
            "proof": self.password.proof,
            "second": self.second.proof,
        }


def submit_or_stop(
    form: Form,
    command: Callable[..., Answer],
    of: Callable[[Session], Mapping[str, Any]],
    *,
    code: str,
    at_injection: bool = False,
) -> Answer:
    """`submit`; a scan of another patient is reported as a deviation before the stop is shown."""
    return submit_or_report(
        form, command, of, report=issuing.report_stop,
        about=lambda session: of_dose(session, code, at_injection),
    )  # fmt: skip


def page(template: str, dose: Dose, form: Form, **also: Any) -> ResponseReturnValue:
    return render_template(f"doses/{template}.html", dose=dose, moving=form, **also)


def back_to(code: str, said: str, tone: str = "message") -> ResponseReturnValue:
    flash(said, tone)
    return redirect(url_for("doses.show", code=code), 303)


@bp.get("/<code>/hand-over")
@requires(Permission.ISSUE_DOSE)
def hand_over(code: str) -> ResponseReturnValue:
    return hand_over_page(code, earlier="refused_form" in g)


@bp.get("/<code>/hand-over/earlier")
@requires(Permission.ISSUE_DOSE)
def hand_over_earlier(code: str) -> ResponseReturnValue:
    """What left before its injection was called off is a fact, and recorded."""
    return hand_over_page(code, earlier=True)


def hand_over_page(code: str, *, earlier: bool) -> ResponseReturnValue:
    dose = dose_shown(code)
    against = dose_gate.problems_with(reading_session(), dose, dose.session)
    never, off = dose_gate.for_good(dose, against), called_off.undecided(dose) and not earlier
    form = shown(HandOverForm).showing(issuing.shown_at_handover(dose))
    name_limits(form, dose.fill.batch.specification_version, IN_THE_BOX)
    return page(
        "hand_over",
        dose,
        form,
        problems=against,
        refused=never or off,
        earlier_door=off and not never,
        warnings=dose_warnings.at_hand_over(reading_session(), dose),
    )


@bp.post("/<code>/hand-over")
@requires(Permission.ISSUE_DOSE)
@on_refusal(hand_over)
def record_hand_over(code: str) -> ResponseReturnValue:
    form = HandOverForm()
    submit_or_stop(form, issuing.hand_over, lambda session: form.of(session, code), code=code)
    return back_to(code, _("%(code)s is handed over.", code=code.upper()))


@bp.get("/<code>/receive")
@requires(Permission.RECEIVE_DOSE)
def receive(code: str) -> ResponseReturnValue:
    dose, form, session = dose_shown(code), shown(ReceiveForm), reading_session()
    name_limits(form, dose.fill.batch.specification_version, IN_THE_BOX)
    return page(
        "receive",
        dose,
        form,
        problems=problems(dose, deviations.of_batch(session, dose.fill.batch)),
        running=awaited.after_release(session, dose.fill),
    )


@bp.post("/<code>/receive")
@requires(Permission.RECEIVE_DOSE)
@on_refusal(receive)
def record_receipt(code: str) -> ResponseReturnValue:
    form = ReceiveForm()
    submit(form, issuing.receive_dose, lambda session: form.of(session, code))
    dose = dose_shown(code)
    if dose_gate.problems_with(reading_session(), dose, dose.session):
        stands = _(
            "%(code)s is received. Do not inject it: see what stands against it.", code=dose.code
        )
        return back_to(code, stands, "stop")
    return back_to(code, _("%(code)s is received.", code=dose.code))


@bp.get("/<code>/return")
@requires(Permission.RECEIVE_DOSE)
def bring_back(code: str) -> ResponseReturnValue:
    return page("return", dose_shown(code), shown(ReturnForm))


@bp.post("/<code>/return")
@requires(Permission.RECEIVE_DOSE)
@on_refusal(bring_back)
def record_return(code: str) -> ResponseReturnValue:
    form = ReturnForm()
    submit(form, issuing.return_dose, lambda session: form.of(session, code))
    return back_to(code, _("%(code)s is returned; it is not given out again.", code=code.upper()))


@bp.get("/<code>/discard")
@requires(Permission.DISCARD_MATERIAL)
def discard(code: str) -> ResponseReturnValue:
    dose = dose_shown(code)
    signed = rejecting.shown_when_discarded(dose)
    return page("discard", dose, shown(DiscardForm).showing(signed))


@bp.post("/<code>/discard")
@requires(Permission.DISCARD_MATERIAL)
@on_refusal(discard)
def record_discard(code: str) -> ResponseReturnValue:
    form = DiscardForm()
    dose = submit(form, rejecting.discard_dose, lambda session: form.of(session, code))
    if dose.status == "discarded":
        return back_to(code, _("%(code)s is discarded.", code=dose.code))
    return back_to(code, _("Your signature is kept: a second person signs within 24 hours."))
