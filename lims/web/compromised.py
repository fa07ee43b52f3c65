"""Vials that may have been warm: marked one by one or by tank and box, kept, discarded."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError
from lims.models.deviation import Deviation
from lims.models.fill import Vial, VialStatus
from lims.models.storage import Box, Tank
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.bench_forms import LATER, FromPaper
from lims.web.fields import LongTextField
from lims.web.forms import Form, checked, on_refusal, shown, submit
from lims.web.people import OwnPassword, PersonProof
from lims.web.scans import CodeField, ScansField, read_code
from lims.web.times import MomentField
from lims.workflows import codes, compromised, discarding_vials

bp = Blueprint("compromised", __name__, url_prefix="/compromised")


class OneOfBoth(FieldError):
    sentence = N_("Scan the vials, or the tank or box in which all of them stand: one of both.")


class VialsForm(Form):
    gated = of_several = True

    vials = ScansField(_l("Vials"), "VL", hint=_l("Scan each."))

    def scanned(self, session: Session) -> list[Vial]:
        return [codes.load(session, code, Vial) for code in self.vials.data]


class MarkForm(Form):
    gated = of_several = True

    vials = ScansField(_l("Vials"), "VL", least=0)
    place = CodeField(
        _l("Or everything in this tank or box"), "TK", "BX", required=False,
        hint=_l("Every vial that stands there now is marked."),
    )  # fmt: skip
    why = LongTextField(_l("What happened"))

    def command(self) -> Callable[..., Deviation]:
        """What was scanned says what is marked."""
        if bool(self.vials.data) == bool(self.place.data):
            raise OneOfBoth("vials")
        return compromised.mark_standing if self.place.data else compromised.mark_vials

    def arguments(self, session: Session) -> dict[str, Any]:
        scanned = self.place.data
        if scanned:
            model: type[Tank] | type[Box] = Tank if scanned.startswith("TK") else Box
            return {"place": codes.load(session, scanned, model), "why": self.why.data}
        vials = [codes.load(session, code, Vial) for code in self.vials.data]
        return {"vials": vials, "why": self.why.data}


class KeepForm(VialsForm):
    reason = LongTextField(_l("Why they may be kept"))
    own = OwnPassword(_l("Your password"), hint=_l("You sign that these vials are kept."))

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "vials": self.scanned(session),
            "reason": self.reason.data,
            "proof": self.own.proof,
        }


class DiscardForm(VialsForm, FromPaper):
    reason = LongTextField(_l("Reason"))
    own = OwnPassword(_l("Your password"), hint=_l("You sign that this is discarded."))
    second = PersonProof(
        _l("Second person"),
        required=False,
        hint=_l("Empty: a second person gives the same form within 24 hours."),
    )
    at = MomentField(_l("Discarded at"), required=False, hint=LATER)

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "vials": self.scanned(session),
            "reason": self.reason.data,
            "proof": self.own.proof,
            "second": self.second.proof,
            "at": self.at.data,
            "late_reason": self.late_reason.data,
            "told": self.on_paper,
        }


def scanned_already(*kinds: str) -> str | None:
    """The code the page was opened with, if it is one."""
    try:
        return read_code(request.args.get("vial") or request.args.get("place", ""), kinds)
    except ValueError:
        return None


def vials_of_page() -> list[str]:
    """The vial the page was opened with."""
    code = scanned_already("VL")
    return [code] if code else []


def page(template: str, form: Form) -> ResponseReturnValue:
    return render_template(f"vials/{template}.html", deciding=form)


@bp.get("/mark")
@requires(Permission.STORE_VIAL)
def mark() -> ResponseReturnValue:
    place = scanned_already("TK", "BX")
    return page("mark", shown(MarkForm, vials=vials_of_page(), place=place))


@bp.post("/mark")
@requires(Permission.STORE_VIAL)
@on_refusal(mark)
def mark_vials() -> ResponseReturnValue:
    form = MarkForm()
    with checked(form):
        command = form.command()
    deviation = submit(form, command)
    flash(_("Marked. Deviation %(code)s is open; quality decides.", code=deviation.code))
    return redirect(url_for("vials.doubtful"), 303)


@bp.get("/keep")
@requires(Permission.KEEP_COMPROMISED)
def keep() -> ResponseReturnValue:
    return page("keep", shown(KeepForm, vials=vials_of_page()))


@bp.post("/keep")
@requires(Permission.KEEP_COMPROMISED)
@on_refusal(keep)
def keep_vials() -> ResponseReturnValue:
    vial = submit(KeepForm(), compromised.keep_vials)
    flash(_("Kept: stored again where they stand."))
    return redirect(url_for("vials.show", code=vial.code), 303)


@bp.get("/discard")
@requires(Permission.DISCARD_MATERIAL)
def discard() -> ResponseReturnValue:
    return page("discard", shown(DiscardForm))


@bp.post("/discard")
@requires(Permission.DISCARD_MATERIAL)
@on_refusal(discard)
def discard_vials() -> ResponseReturnValue:
    vial = submit(DiscardForm(), discarding_vials.discard_vials)
    if vial.status is VialStatus.DISCARDED:
        flash(_("Discarded, signed by two."))
    else:
        flash(_("You signed. A second person signs the same within 24 hours."), "warn")
    return redirect(url_for("vials.show", code=vial.code), 303)
