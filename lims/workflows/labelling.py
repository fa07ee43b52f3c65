"""Labels: printed, stuck on and scanned back, printed again with a reason, void, destroyed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, NotPermitted, Stale
from lims.models.label import Label, LabelStatus
from lims.models.step import Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import containers, identity, label_copies, states
from lims.workflows.codes import require_well_formed
from lims.workflows.command import because, command
from lims.workflows.label_contents import Contents

OF_THE_CLINIC = frozenset({"PT", "SN", "SA"})
"""Kinds of codes whose labels the clinic prints too: cards and kits, no container of a bench."""


class ReasonNeeded(LimsError):
    sentence = N_("Say why the label is printed again.")


class OtherLabel(LimsError):
    sentence = N_("%(code)s was scanned; this page is about the label %(expected)s.")
    recorded = True
    status = 409


class NotUsedAnyMore(LimsError):
    sentence = N_("%(code)s was planned by a step that is over: it gets no label any more.")
    status = 409


class NoLabel(LimsError):
    sentence = N_("No label was printed for %(code)s yet.")
    status = 409


def permission_for(code: str) -> Permission:
    """What printing and voiding the label of `code` takes."""
    clinic = code[:2] in OF_THE_CLINIC
    return Permission.PRINT_CLINIC_LABEL if clinic else Permission.PRINT_LABEL


def require_may(person: User, *codes: str) -> None:
    """Raise unless `person` may print and void the labels of `codes`."""
    for permission in map(permission_for, codes):
        if not person.may(permission):
            raise NotPermitted(permission=permission)


@command(Permission.PRINT_CLINIC_LABEL)
def record_printed(
    session: Session,
    *,
    step: Step | None = None,
    patient_id: int,
    codes: Sequence[str],
    layout: str,
    content_sha256: str,
    by: User,
    reason: str | None = None,
    copies: Sequence[int] | None = None,
    contents: Sequence[Contents] | None = None,
) -> list[Label]:
    """Note that a sheet with the labels of `codes` went to the printer; a reprint says why.

    `copies` are the numbers the sheet bears; raises Stale where one was printed in the meantime.
    `contents` are what each label says is in its container.
    """
    require_may(by, *codes)
    because(session, reason)
    _require_own(session, patient_id, step, codes)
    labels = containers.current_labels(session, codes)
    made = []
    for position, code in enumerate(codes):
        earlier = labels.get(code)
        number = earlier.copy + 1 if earlier else 1
        if copies is not None and copies[position] != number:
            raise Stale(code=code)
        if earlier is not None:
            _put_out_of_use(session, earlier, reason)
        label = Label(
            patient_id=patient_id,
            subject_code=code,
            copy=number,
            step_id=step.id if step else earlier.step_id if earlier else None,
            replaces_id=earlier.id if earlier else None,
            layout=layout,
            content_sha256=content_sha256,
            volume_ml=contents[position].volume_ml if contents else None,
            viable_cells=contents[position].viable_cells if contents else None,
            expires_at=contents[position].expires_at if contents else None,
            reprint_reason=reason if earlier else None,
            requested_by_id=by.id,
        )
        session.add(states.begin(label))
        session.flush()
        states.move(session, label, LabelStatus.SENT)
        labels[code] = label
        made.append(label)
    return made


def _require_own(
    session: Session, patient_id: int, step: Step | None, codes: Sequence[str]
) -> None:
    """A label carries the patient of what it is for and of its step; another's stops all."""
    if step is not None:
        identity.require_same_patient(session, patient_id, step)
        containers.require_planned(session, step, *codes)
    planned = containers.planned_as(session, codes)
    for code in codes:
        carrier = planned.get(code) or identity.patient_behind(session, code)
        identity.require_same_patient(session, patient_id, carrier)
    given_up = containers.given_up(session, planned)
    for code in codes:
        if code in given_up:
            raise NotUsedAnyMore(code=code)


def _put_out_of_use(session: Session, label: Label, reason: str | None) -> None:
    """Before its next copy is printed."""
    if not (reason or "").strip():
        raise ReasonNeeded()
    if states.may_become(label, LabelStatus.VOID):
        states.move(session, label, LabelStatus.VOID)


@command(Permission.PRINT_CLINIC_LABEL)
def apply_label(
    session: Session,
    *,
    code: str,
    by: User,
    step: Step | None = None,
    expected: str | None = None,
    copy: int | None = None,
) -> Label:
    """Scan a stuck-on label back: one of `step`, or the one `expected`; twice is good as once.

    `copy` is what a person read on it: the code is the same on every copy.
    """
    require_may(by, code)
    if expected is not None and code != expected:
        raise OtherLabel(code=code, expected=expected)
    if step is not None:
        containers.require_planned(session, step, require_well_formed(code))
    label = require_label(session, code)
    if label.status in containers.UNUSABLE:
        raise containers.LabelVoid(code=code)
    label_copies.require(label, copy)
    if label.status is not LabelStatus.APPLIED:
        states.move(session, label, LabelStatus.APPLIED)
    return label


@command(Permission.PRINT_CLINIC_LABEL)
def void_label(session: Session, *, code: str, reason: str, by: User) -> Label:
    """Take the newest copy of a label out of use."""
    require_may(by, code)
    because(session, reason)
    label = require_label(session, code)
    states.move(session, label, LabelStatus.VOID)
    return label


@command(Permission.PRINT_CLINIC_LABEL)
def destroy_label(session: Session, *, code: str, by: User, copy: int | None = None) -> Label:
    """Confirm that the paper of a void label is destroyed; of the newest copy unless told."""
    label = require_label(session, code, copy)
    require_may(by, code)
    states.move(session, label, LabelStatus.DESTROYED)
    return label


def require_label(session: Session, code: str, copy: int | None = None) -> Label:
    """The newest copy of a label, or the one told; raises NoLabel."""
    query = select(Label).where(Label.subject_code == require_well_formed(code))
    if copy is not None:
        query = query.where(Label.copy == copy)
    label = session.scalars(query.order_by(Label.copy.desc()).limit(1)).one_or_none()
    if label is None:
        raise NoLabel(code=code)
    return label
