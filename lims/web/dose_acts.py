"""The next legal acts on a dose, by the person signed in."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.errors import LimsError
from lims.models.batch import BatchStatus
from lims.models.fill import NOT_DECIDED, Dose, DoseStatus
from lims.permissions import Permission
from lims.web.current import reading_session
from lims.web.doors import door
from lims.workflows import dose_gate, states
from lims.workflows.containers import Unlabelled
from lims.workflows.label_contents import OutOfDate

TO_HAND_OVER = (DoseStatus.AVAILABLE,)
AT_THE_CLINIC = dose_gate.AWAY
INJECTABLE = (DoseStatus.RECEIVED, DoseStatus.ISSUED, DoseStatus.EXPIRED)
OF_SESSION = "contraindications.check_session"

Acts = list[tuple[str, str, str]]


def acts(dose: Dose, against: list[LimsError], barred: list[LimsError]) -> Acts:
    """The next legal acts of the person signed in; an injection that is not in order is last,
    and where `barred` says that the contraindications stand against it, they are asked before."""
    refused, asking = bool(against or barred), _asking(dose)
    injection = (
        Permission.RECORD_ADMINISTRATION,
        dose.status in INJECTABLE,
        (
            _("Record the injection"),
            "administrations.record",
            _("only if it was injected already") if refused else _("two scans, your signature"),
        ),
    )
    offered = [
        (
            Permission.ISSUE_DOSE,
            dose.status in TO_HAND_OVER and not against,
            (_("Hand over"), "dose_moves.hand_over", _("two people, three scans")),
        ),
        (
            Permission.RECEIVE_DOSE,
            dose_gate.awaits_receipt(reading_session(), dose),
            (_("Receive"), "dose_moves.receive", _("the clinic takes it over")),
        ),
        *([asking] if barred else []),
        *([] if refused else [injection]),
        (
            Permission.RECEIVE_DOSE,
            dose_gate.awaits_return(reading_session(), dose),
            (_("Return"), "dose_moves.bring_back", _("it will not be injected")),
        ),
        (
            Permission.DISCARD_MATERIAL,
            states.may_become(dose, DoseStatus.DISCARDED),
            (_("Discard"), "dose_moves.discard", _("two people sign")),
        ),
        (
            Permission.ISSUE_DOSE,
            _left_before(dose, against),
            (
                _("Record an earlier hand-over"),
                "dose_moves.hand_over_earlier",
                _("what left before this stood against it"),
            ),
        ),
        *([injection] if refused else []),
        *([] if barred else [asking]),
    ]
    return [
        (text, url_for(endpoint, code=_about(dose, endpoint)), note)
        for permission, fits, (text, endpoint, note) in offered
        if fits and current_user.may(permission)
    ] + [*_label(dose, against), *_sampling(dose), *_afterwards(dose)]


def _asking(dose: Dose) -> tuple[Permission, bool, tuple[str, str, str]]:
    asked = (_("Ask the contraindications"), OF_SESSION, _("on the day of the injection"))
    return Permission.ORDER_COURSE, dose.status in AT_THE_CLINIC, asked


def _about(dose: Dose, endpoint: str) -> str:
    """What an act is addressed to: contraindications are asked for the session."""
    return dose.session.code if endpoint == OF_SESSION else dose.code


def _label(dose: Dose, against: list[LimsError]) -> Acts:
    """To the label of a dose, where that is what is not in order."""
    if not any(isinstance(each, (Unlabelled, OutOfDate)) for each in against):
        return []
    return door(_("Its label"), "containers.show", _("print, scan back, void"), code=dose.code)


def _sampling(dose: Dose) -> Acts:
    """To the step in which aliquots are drawn, of a dose that is not decided on yet."""
    batch = dose.fill.batch
    if dose.fill.status not in NOT_DECIDED or batch.status is not BatchStatus.OPEN:
        return []
    note = _("of this dose too: a step of its batch")
    return door(_("Take aliquots"), "aliquots.start", note, code=batch.code)


def _left_before(dose: Dose, against: list[LimsError]) -> bool:
    """Whether a hand-over may yet be entered of a dose that is not given out any more."""
    waits = dose_gate.awaits_hand_over(reading_session(), dose)
    stands = bool(against) or dose.status is not DoseStatus.AVAILABLE
    return waits and stands and not dose_gate.for_good(dose, against)


def _afterwards(dose: Dose) -> Acts:
    """What a physician does around the injection."""
    course = dose.session.course.code
    found: Acts = []
    if dose.status is DoseStatus.ADMINISTERED and current_user.may(Permission.RECORD_OUTCOME):
        event = url_for("outcomes.event", code=course, dose=dose.code)
        watch = url_for("observations.record", code=dose.session.code)
        found.append((_("Record the observation"), watch, _("from when to when")))
        found.append((_("Outcome"), url_for("outcomes.show", code=course), ""))
        found.append((_("Adverse event"), event, ""))
    return found
