"""Containers of a step's plan and their labels: printed before the cells are in the tube.

A plan gives out codes; each is printed, stuck on, scanned back, or voided at the step's end.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.label import Label, LabelStatus
from lims.models.step import PlannedContainer, Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import states
from lims.workflows.codes import KindWord, next_code, require_well_formed
from lims.workflows.command import because, command

MOST_AT_ONCE = 200


class NotPlanned(LimsError):
    sentence = N_(
        "%(code)s was not given out by this step (%(step)s). Use a container labelled for it."
    )
    recorded = True


class AlreadyUsed(LimsError):
    sentence = N_("%(code)s holds material already. Every container has a label of its own.")
    recorded = True
    status = 409


class LabelVoid(LimsError):
    sentence = N_("The label %(code)s is void. Use a container with a valid label.")
    recorded = True


class TooMany(LimsError):
    sentence = N_("At most %(most)s containers are planned at once.")


class ReasonNeeded(LimsError):
    sentence = N_("Say why the label is printed again.")


def plan(
    session: Session,
    step: Step,
    kind: str,
    number: int,
    description: str | None = None,
    passage: int | None = None,
) -> list[PlannedContainer]:
    """Give out `number` codes of `kind` for containers of `step`; `passage` is for the label."""
    if number > MOST_AT_ONCE:
        raise TooMany(most=MOST_AT_ONCE)
    planned = [
        PlannedContainer(
            patient_id=step.patient_id,
            step_id=step.id,
            container_code=next_code(session, kind),
            kind=kind,
            description=description,
            passage=passage,
        )
        for _ in range(number)
    ]
    session.add_all(planned)
    session.flush()
    return planned


def planned_for(session: Session, step: Step) -> Sequence[PlannedContainer]:
    return session.scalars(
        select(PlannedContainer)
        .where(PlannedContainer.step_id == step.id)
        .order_by(PlannedContainer.id)
    ).all()


def take(session: Session, step: Step, scanned: str, kind: str) -> str:
    """The code of a container of this step's plan, now holding material; its label is applied."""
    code = require_well_formed(scanned)
    if code[:2] != kind:
        raise NotPlanned(code=code, step=step.code, expected=KindWord(kind))
    found = session.scalars(
        select(PlannedContainer).where(
            PlannedContainer.container_code == code, PlannedContainer.step_id == step.id
        )
    ).one_or_none()
    if found is None:
        raise NotPlanned(code=code, step=step.code)
    label = current_label(session, code)
    if label is not None:
        if label.status is LabelStatus.APPLIED:
            raise AlreadyUsed(code=code)
        if label.status in (LabelStatus.VOID, LabelStatus.DESTROYED):
            raise LabelVoid(code=code)
        if label.status is LabelStatus.REQUESTED:
            states.move(session, label, LabelStatus.SENT)
        states.move(session, label, LabelStatus.APPLIED)
    return code


def current_label(session: Session, code: str) -> Label | None:
    """The newest copy of the label of a container."""
    return session.scalars(
        select(Label).where(Label.subject_code == code).order_by(Label.copy.desc()).limit(1)
    ).one_or_none()


@command(Permission.PRINT_LABEL)
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
) -> list[Label]:
    """Note that a sheet with the labels of `codes` went to the printer; a reprint says why."""
    because(session, reason)
    made = []
    for code in codes:
        earlier = current_label(session, code)
        if earlier is not None:
            if not (reason or "").strip():
                raise ReasonNeeded()
            if states.may_become(earlier, LabelStatus.VOID):
                states.move(session, earlier, LabelStatus.VOID)
        label = Label(
            patient_id=patient_id,
            subject_code=code,
            copy=earlier.copy + 1 if earlier else 1,
            step_id=step.id if step else None,
            replaces_id=earlier.id if earlier else None,
            layout=layout,
            content_sha256=content_sha256,
            reprint_reason=reason if earlier else None,
            requested_by_id=by.id,
        )
        session.add(states.begin(label))
        session.flush()
        states.move(session, label, LabelStatus.SENT)
        made.append(label)
    return made


@command(Permission.PRINT_LABEL)
def apply_label(session: Session, *, code: str, by: User) -> Label:
    """Scan a stuck-on label back."""
    label = require_label(session, code)
    states.move(session, label, LabelStatus.APPLIED)
    return label


@command(Permission.PRINT_LABEL)
def void_label(session: Session, *, code: str, reason: str, by: User) -> Label:
    """Take a printed label out of use."""
    because(session, reason)
    label = require_label(session, code)
    states.move(session, label, LabelStatus.VOID)
    return label


@command(Permission.PRINT_LABEL)
def destroy_label(session: Session, *, code: str, by: User) -> Label:
    """Confirm that the paper of a void label is destroyed."""
    label = require_label(session, code)
    states.move(session, label, LabelStatus.DESTROYED)
    return label


class NoLabel(LimsError):
    sentence = N_("No label was printed for %(code)s yet.")


def require_label(session: Session, code: str) -> Label:
    label = current_label(session, require_well_formed(code))
    if label is None:
        raise NoLabel(code=code)
    return label


def void_unused(session: Session, step: Step) -> None:
    """At a step's end: what was printed and not stuck on is void."""
    for label in session.scalars(
        select(Label).where(
            Label.step_id == step.id,
            Label.status.in_([LabelStatus.REQUESTED, LabelStatus.SENT]),
        )
    ):
        states.move(session, label, LabelStatus.VOID)


def printers_of(session: Session, step: Step) -> set[int]:
    """The ids of those who printed labels of this step."""
    return set(session.scalars(select(Label.requested_by_id).where(Label.step_id == step.id)))


def reconciliation(session: Session, step_ids: Sequence[int]) -> dict[LabelStatus, int]:
    """How many labels of these steps have each status; balanced when only applied and destroyed."""
    counted = session.execute(
        select(Label.status, func.count()).where(Label.step_id.in_(step_ids)).group_by(Label.status)
    )
    return dict(counted.tuples().all())
