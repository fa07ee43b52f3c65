"""Containers of a step's plan: given out before the cells are in the tube, taken by scan.

What happens to their labels between: labelling.py.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.label import Label, LabelStatus
from lims.models.patient import Patient
from lims.models.step import PlannedContainer, Step, StepStatus
from lims.workflows import identity, states
from lims.workflows.codes import (
    KindWord,
    UnexpectedKind,
    models_by_kind,
    next_code,
    require_well_formed,
)

MOST_AT_ONCE = 200
UNUSABLE = (LabelStatus.VOID, LabelStatus.DESTROYED)


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


class Unlabelled(LimsError):
    sentence = N_("%(code)s bears no label. Print one, stick it on and scan it back.")
    recorded = True
    status = 409


class TooMany(LimsError):
    sentence = N_("At most %(most)s containers are planned at once.")


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
    require_planned(session, step, code)
    if code[:2] != kind:
        raise UnexpectedKind(code=code, found=KindWord(code[:2]), expected=KindWord(kind))
    label = current_label(session, code)
    if holds_material(session, code):
        raise AlreadyUsed(code=code)
    if label is not None and label.status is not LabelStatus.APPLIED:  # scanned back beforehand
        if label.status in UNUSABLE:
            raise LabelVoid(code=code)
        states.move(session, label, LabelStatus.APPLIED)
    return code


def require_planned(session: Session, step: Step, code: str) -> None:
    """Raise unless `step` gave out `code`; a container of another patient stops everything.

    Where it gave out none of that kind, the kind is what was mistaken.
    """
    planned = planned_as(session, code)
    if planned is not None and planned.patient_id != step.patient_id:
        raise identity.Mismatch(
            code=code,
            found=identity.identity(session.get_one(Patient, planned.patient_id)),
            expected=identity.identity(session.get_one(Patient, step.patient_id)),
        )
    if planned is None or planned.step_id != step.id:
        kinds = sorted({each.kind for each in planned_for(session, step)})
        if kinds and code[:2] not in kinds:
            expected = [KindWord(kind) for kind in kinds]
            raise UnexpectedKind(code=code, found=KindWord(code[:2]), expected=expected)
        raise NotPlanned(code=code, step=step.code)


def planned_as(session: Session, code: str) -> PlannedContainer | None:
    """The container that was given out under this code; None where none was."""
    return session.scalars(
        select(PlannedContainer).where(PlannedContainer.container_code == code)
    ).one_or_none()


def is_given_up(session: Session, code: str) -> bool:
    """Whether the container was planned by a step that is over, and never used."""
    planned = planned_as(session, code)
    if planned is None or planned.step.status in (StepStatus.OPEN, StepStatus.RECORDED):
        return False
    return not holds_material(session, code)


def holds_material(session: Session, code: str) -> bool:
    model = models_by_kind()[code[:2]]
    return session.scalar(select(model.id).where(model.code == code)) is not None


def current_label(session: Session, code: str) -> Label | None:
    """The newest copy of the label of a container."""
    return session.scalars(
        select(Label).where(Label.subject_code == code).order_by(Label.copy.desc()).limit(1)
    ).one_or_none()


def void_unused(session: Session, step: Step) -> None:
    """At a step's end: what was printed and not stuck on is void."""
    for label in session.scalars(
        select(Label).where(
            Label.step_id == step.id,
            Label.status == LabelStatus.SENT,
        )
    ):
        states.move(session, label, LabelStatus.VOID)


def printers_of(session: Session, step: Step) -> set[int]:
    """The ids of those who printed labels of this step."""
    return set(session.scalars(select(Label.requested_by_id).where(Label.step_id == step.id)))


def labels_open(session: Session, step_ids: Sequence[int]) -> Sequence[str]:
    """The codes of labels of these steps that are neither applied nor destroyed."""
    planned = select(PlannedContainer.container_code).where(PlannedContainer.step_id.in_(step_ids))
    return session.scalars(
        select(Label.subject_code)
        .where(
            Label.step_id.in_(step_ids) | Label.subject_code.in_(planned),
            Label.status.not_in((LabelStatus.APPLIED, LabelStatus.DESTROYED)),
        )
        .order_by(Label.id)
    ).all()


def unlabelled(session: Session, codes: Sequence[str]) -> list[LimsError]:
    """Of these containers, those that bear no label that was printed for them and stuck on."""
    applied = select(Label.subject_code).where(
        Label.subject_code.in_(codes), Label.status == LabelStatus.APPLIED
    )
    bearing = set(session.scalars(applied))
    return [Unlabelled(code=code) for code in codes if code not in bearing]


def reconciliation(session: Session, step_ids: Sequence[int]) -> dict[LabelStatus, int]:
    """How many labels of these steps have each status; balanced when only applied and destroyed."""
    counted = session.execute(
        select(Label.status, func.count()).where(Label.step_id.in_(step_ids)).group_by(Label.status)
    )
    return dict(counted.all())
