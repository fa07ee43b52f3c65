"""The next legal acts on tissue: what its state allows, what will not be refused, who may."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from lims.models.sample import Sample, SampleStatus
from lims.permissions import Permission
from lims.web import filters
from lims.workflows import acceptance, collecting, receiving, states

Act = tuple[str, str, str]
"""What it is called, its address, a note."""
S = SampleStatus


def of_sample(session: Session, sample: Sample) -> list[Act]:
    return [
        *_forward(session, sample),
        *_deciding(session, sample),
        *_isolating(session, sample),
        *_stopping(session, sample),
    ]


def _forward(session: Session, sample: Sample) -> list[Act]:
    """Its way to the laboratory; whoever is quicker with the entries does not wait."""
    offered = [
        (
            Permission.RECORD_COLLECTION,
            collecting.awaits_collection(sample),
            (_("Record the collection"), "collect", _("patient and kit are scanned")),
        ),
        (
            Permission.DISPATCH_SAMPLE,
            collecting.awaits_dispatch(session, sample),
            (_("Hand over to the courier"), "dispatch", ""),
        ),
        (
            Permission.RECEIVE_SAMPLE,
            receiving.awaits_reception(sample),
            (_("Receive"), "receive", _("patient and container are scanned")),
        ),
    ]
    return [
        (text, url_for(f"tissue.{act}", code=sample.code), note)
        for permission, fits, (text, act, note) in offered
        if fits and current_user.may(permission)
    ]


def _deciding(session: Session, sample: Sample) -> list[Act]:
    if sample.status not in (S.RECEIVED, S.QUARANTINED):
        return []
    if not current_user.may(Permission.DECIDE_SAMPLE):
        return []
    becomes = acceptance.may_become(session, sample)
    if becomes in (S.REJECTED, sample.status):
        return []
    names = {
        S.ACCEPTED: _("Accept"),
        S.ACCEPTED_AT_RISK: _("Accept at risk"),
        S.QUARANTINED: _("Put into quarantine"),
    }
    note = _("it becomes: %(status)s", status=filters.word(becomes))
    return [(names[becomes], url_for("tissue.accept", code=sample.code), note)]


def _isolating(session: Session, sample: Sample) -> list[Act]:
    if sample.status not in (S.ACCEPTED, S.ACCEPTED_AT_RISK):
        return []
    if not current_user.may(Permission.PERFORM_STEP):
        return []
    going_on = acceptance.isolated_in(session, sample)
    if going_on is not None:
        address = url_for("steps.show", code=going_on.code)
        return [(_("Go on with the isolation"), address, going_on.code)]
    address = url_for("isolations.start", code=sample.code)
    return [(_("Start the isolation"), address, _("needs a bench"))]


def _stopping(session: Session, sample: Sample) -> list[Act]:
    code, offered = sample.code, []
    rejectable = states.may_become(sample, S.REJECTED) and not (
        sample.status in (S.ACCEPTED, S.ACCEPTED_AT_RISK)
        and acceptance.isolated_in(session, sample)
    )
    if current_user.may(Permission.DECIDE_SAMPLE) and rejectable:
        offered.append((_("Reject"), url_for("tissue.reject", code=code), _("signed, a reason")))
    if current_user.may(Permission.DISCARD_MATERIAL) and states.may_become(sample, S.DISCARDED):
        offered.append((_("Discard"), url_for("tissue.discard", code=code), _("two people sign")))
    return offered
