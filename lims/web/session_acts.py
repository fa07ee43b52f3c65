"""What may be done with a session next, and whether a dose is still waited for."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.models.course import TransplantationSession
from lims.models.fill import Dose, DoseStatus
from lims.permissions import Permission
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.workflows import sessions
from lims.workflows.stopping import ENDED


def acts(planned: TransplantationSession) -> list[Act]:
    """What may be done with a session: nothing that its doses stand against."""
    over = planned.cancelled_reason is not None or planned.course.status in ENDED
    if over:
        return []
    code = planned.code
    note = _("thawed for this session")
    cells = door(_("Order frozen cells"), "order_drafts.thaw", note, code=code)
    if not current_user.may(Permission.ORDER_COURSE):
        return cells
    check = url_for("contraindications.check_session", code=code)
    offered = [(_("Ask the contraindications"), check, _("On the day of the injection"))]
    if any(dose.status is DoseStatus.ADMINISTERED for dose in planned.doses):
        note = _("from when to when, after the injection")
        offered = door(_("Record the observation"), "observations.record", note, code=code)
    elif sessions.fixed_by(reading_session(), planned):
        note = _("its doses are filled")
        offered.append((_("Move to another day"), url_for("session_moves.move", code=code), note))
    else:
        offered.append((_("Change the session"), url_for("sessions.change", code=code), ""))
    offered += cells
    if all(dose.status is not DoseStatus.ADMINISTERED for dose in planned.doses):
        offered.append((_("Cancel the session"), url_for("sessions.cancel", code=code), ""))
    return offered


def may_call_off(planned: TransplantationSession) -> bool:
    """Whether the person signed in may call off an injection: one of several."""
    over = planned.cancelled_reason is not None or planned.course.status in ENDED
    several = len(planned.administrations) > 1
    return several and not over and current_user.may(Permission.ORDER_COURSE)


def coming_of(planned: TransplantationSession) -> list[Dose]:
    """The doses that may still be injected in a session, or were."""
    over = (*sessions.GONE, DoseStatus.EXPIRED)
    return [
        dose
        for dose in planned.doses
        if dose.status not in over
        and dose.left_ml()
        and (dose.planned is None or dose.planned.removal is None)
    ]


def all_filled(planned: TransplantationSession) -> bool:
    """Whether there is a dose for each injection planned: none is waited for any more."""
    return len(coming_of(planned)) >= len(planned.administrations) > 0
