"""What becomes of labels at the end of a step: void where not used, counted, balanced."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.label import Label, LabelStatus
from lims.models.step import PlannedContainer, Step
from lims.workflows import states
from lims.workflows.containers import holding


class NeverUsed(LimsError):
    sentence = N_(
        "Labels were printed for %(codes)s, and nothing came into these containers."
        " Say what became of the labels."
    )


class LeftOver(StrEnum):
    """What became of labels, stuck on or not, of containers never used."""

    DESTROYED = "destroyed"
    LOST = "lost"


IN_HAND = (LabelStatus.SENT, LabelStatus.APPLIED)
_IN_HAND = (
    select(Label)
    .where(Label.step_id == bindparam("step"), Label.status.in_(IN_HAND))
    .order_by(Label.id)
)
_COUNTED = (
    select(Label.status, func.count())
    .where(Label.step_id.in_(bindparam("steps")))
    .group_by(Label.status)
)


def never_used(session: Session, step: Step) -> list[Label]:
    """The labels of `step`, stuck on or not, of containers into which nothing came."""
    return unused(session, session.scalars(_IN_HAND, {"step": step.id}).all())


def unused(session: Session, labels: Sequence[Label]) -> list[Label]:
    """Those of `labels` under whose codes there is no material."""
    used = holding(session, [label.code for label in labels])
    return [label for label in labels if label.code not in used]


def void_unused(session: Session, step: Step) -> None:
    """At a step's end: what was printed and not used is void, also where it sticks already."""
    for label in never_used(session, step):
        states.move(session, label, LabelStatus.VOID)


def settle(session: Session, step: Step, left: LeftOver | None) -> None:
    """`void_unused`, and `left` says what became of the labels; a lost one stays open."""
    labels = never_used(session, step)
    if labels and left is None:
        problem = NeverUsed(codes=[label.code for label in labels])
        raise FieldError(field="left_over", problem=problem)
    void_unused(session, step)
    if left is LeftOver.DESTROYED:
        for label in labels:
            states.move(session, label, LabelStatus.DESTROYED)


def labels_of_groups(
    session: Session, step_ids: Mapping[int, Collection[int]]
) -> dict[int, list[Label]]:
    """By group of steps, every copy of the labels of what these planned, in their order."""
    every = {step for steps in step_ids.values() for step in steps}
    planned = PlannedContainer.container_code, PlannedContainer.step_id
    of_these = select(*planned).where(PlannedContainer.step_id.in_(every)).subquery()
    rows = session.execute(
        select(Label, of_these.c.step_id)
        .outerjoin(of_these, of_these.c.container_code == Label.subject_code)
        .where(Label.step_id.in_(every) | Label.subject_code.in_(select(of_these.c.container_code)))
        .order_by(Label.id)
    ).all()
    found = {}
    for key, steps in step_ids.items():
        own = {label.id: label for label, by in rows if not {label.step_id, by}.isdisjoint(steps)}
        found[key] = list(own.values())
    return found


def left_open(labels: Iterable[Label]) -> list[Label]:
    """The labels that are neither applied nor destroyed."""
    settled = (LabelStatus.APPLIED, LabelStatus.DESTROYED)
    return [label for label in labels if label.status not in settled]


def reconciliation(session: Session, step_ids: Sequence[int]) -> dict[LabelStatus, int]:
    """How many labels of these steps have each status; balanced when only applied and destroyed."""
    return dict(session.execute(_COUNTED, {"steps": step_ids}).all())
