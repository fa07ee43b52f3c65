"""What becomes of labels at the end of a step: void where not used, counted, balanced."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.label import Label, LabelStatus
from lims.models.step import PlannedContainer, Step
from lims.workflows import states
from lims.workflows.containers import holding


class NeverUsed(LimsError):
    sentence = N_(
        "The labels of %(codes)s stick on containers into which nothing came."
        " Say what became of them."
    )


class LeftOver(StrEnum):
    """What became of containers that were labelled and never used."""

    DESTROYED = "destroyed"
    NOT_USED = "not_used"


def stuck_unused(session: Session, step: Step) -> list[Label]:
    """The labels of `step` that stick on containers into which nothing came."""
    return unused(session, _labels_with(session, step, LabelStatus.APPLIED))


def unused(session: Session, labels: Sequence[Label]) -> list[Label]:
    """Those of `labels` under whose codes there is no material."""
    used = holding(session, [label.code for label in labels])
    return [label for label in labels if label.code not in used]


def void_unused(session: Session, step: Step) -> None:
    """At a step's end: what was printed and not used is void, also where it sticks already."""
    for label in [*_labels_with(session, step, LabelStatus.SENT), *stuck_unused(session, step)]:
        states.move(session, label, LabelStatus.VOID)


def settle(session: Session, step: Step, left: LeftOver | None) -> None:
    """`void_unused`, and `left` says what became of containers that were labelled and not used."""
    stuck = stuck_unused(session, step)
    if stuck and left is None:
        problem = NeverUsed(codes=[label.code for label in stuck])
        raise FieldError(field="left_over", problem=problem)
    void_unused(session, step)
    if left is LeftOver.DESTROYED:
        for label in stuck:
            states.move(session, label, LabelStatus.DESTROYED)


def _labels_with(session: Session, step: Step, status: LabelStatus) -> Sequence[Label]:
    found = select(Label).where(Label.step_id == step.id, Label.status == status)
    return session.scalars(found.order_by(Label.id)).all()


def labels_of(session: Session, step_ids: Sequence[int]) -> Sequence[Label]:
    """Every copy of the labels of what these steps planned, in their order."""
    planned = select(PlannedContainer.container_code).where(PlannedContainer.step_id.in_(step_ids))
    return session.scalars(
        select(Label)
        .where(Label.step_id.in_(step_ids) | Label.subject_code.in_(planned))
        .order_by(Label.id)
    ).all()


def left_open(labels: Iterable[Label]) -> list[Label]:
    """The labels that are neither applied nor destroyed."""
    settled = (LabelStatus.APPLIED, LabelStatus.DESTROYED)
    return [label for label in labels if label.status not in settled]


def reconciliation(session: Session, step_ids: Sequence[int]) -> dict[LabelStatus, int]:
    """How many labels of these steps have each status; balanced when only applied and destroyed."""
    counted = session.execute(
        select(Label.status, func.count()).where(Label.step_id.in_(step_ids)).group_by(Label.status)
    )
    return dict(counted.all())
