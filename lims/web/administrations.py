"""The injection of a dose, recorded as it happened and signed; a mismatch is cleared by two."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims import clock
from lims.models.administration import Administration
from lims.models.contraindication import Occasion
from lims.models.site import Joint, Side
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.current import reading_session
from lims.web.dose_moves import TwoScans, back_to, submit_or_stop
from lims.web.doses import dose_shown
from lims.web.fields import DecimalField, TextField
from lims.web.forms import Signing, on_refusal, shown
from lims.web.people import OwnPassword, Witness
from lims.workflows import (
    administering,
    awaited,
    contraindications,
    deviations,
    issuing,
    past_checks,
    sites,
    unknown_markers,
)

bp = Blueprint("administrations", __name__, url_prefix="/doses")


class InjectionForm(Signing, TwoScans):
    joint = ChoiceField(_l("Joint"), Joint)
    joint_named = TextField(
        _l("Which joint"), longest=sites.LONGEST, required=False, hint=_l("Where it is another.")
    )
    side = ChoiceField(_l("Side"), Side)
    volume_ml = DecimalField.of(Administration.volume_ml, _l("Volume injected"))
    injected_by = TextField(_l("Injected by"))
    guidance = TextField(_l("Guidance"), required=False, hint=_l("Ultrasound, as a rule."))
    second = Witness()
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.scanned(session, code),
            **self.noted(),
            "joint": self.joint.data,
            "joint_named": self.joint_named.data,
            "side": self.side.data,
            "volume_ml": self.volume_ml.data,
            "injected_by": self.injected_by.data,
            "guidance": self.guidance.data,
            "second": self.second.proof,
            "proof": self.password.proof,
        }


@bp.get("/<code>/injection")
@requires(Permission.RECORD_ADMINISTRATION)
def record(code: str) -> ResponseReturnValue:
    dose, session = dose_shown(code), reading_session()
    reported = deviations.of_batch(session, dose.fill.batch)
    check = contraindications.latest_check(
        session, dose.session.course, Occasion.INJECTION, dose.session
    )
    return render_template(
        "administrations/record.html",
        dose=dose,
        problems=administering.problems_before(
            session, dose, clock.today(), reported, [check] if check else []
        ),
        warnings=[
            *unknown_markers.warnings(
                session, dose.patient, clock.today(), dose.fill.batch.specification_version
            ),
            *past_checks.of_answers(session, dose.patient, check),
        ],
        running=awaited.after_release(session, dose.fill),
        stopped=administering.is_stopped(dose, reported),
        injection=shown(InjectionForm).showing(issuing.shown_at_handover(dose)),
    )


@bp.post("/<code>/injection")
@requires(Permission.RECORD_ADMINISTRATION)
@on_refusal(record)
def record_administration(code: str) -> ResponseReturnValue:
    form = InjectionForm()
    submit_or_stop(
        form,
        administering.record_administration,
        lambda session: form.of(session, code),
        code=code,
        at_injection=True,
    )
    return back_to(code, _("The injection of %(code)s is recorded.", code=code.upper()))
