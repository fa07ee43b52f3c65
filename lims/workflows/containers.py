"""Containers of a step's plan: given out before the cells are in the tube, taken by scan.

What happens to their labels between: labelling.py.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, select, union_all
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.base import Coded
from lims.models.label import Label, LabelStatus
from lims.models.patient import Patient
from lims.models.step import PlannedContainer, Step, StepStatus
from lims.workflows import identity, label_copies, states
from lims.workflows.codes import (
    KindWord,
    UnexpectedKind,
    models_by_kind,
    next_codes,
    require_well_formed,
)
from lims.workflows.command import typed_by_hand
from lims.workflows.looking import once

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
    leads_to = "code"


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
            container_code=code,
            kind=kind,
            description=description,
            passage=passage,
        )
        for code in (next_codes(session, kind, number) if number else ())
    ]
    session.add_all(planned)
    session.flush()
    return planned


_PLANNED = select(PlannedContainer)
_PLAN = _PLANNED.where(PlannedContainer.step_id == bindparam("step")).order_by(PlannedContainer.id)
_PLANNED_AS = _PLANNED.where(PlannedContainer.container_code.in_(bindparam("codes"))).options(
    joinedload(PlannedContainer.step)
)
_COPIES = select(Label).where(Label.subject_code.in_(bindparam("codes"))).order_by(Label.copy)


def planned_for(session: Session, step: Step) -> Sequence[PlannedContainer]:
    return once(session, (_PLAN, step.id), lambda: session.scalars(_PLAN, {"step": step.id}).all())


def take(session: Session, step: Step, scanned: str, kind: str) -> str:
    """The code of a container of this step's plan, now holding material; its label is applied."""
    return take_all(session, step, [scanned], kind)[0]


def take_all(session: Session, step: Step, scanned: Sequence[str], kind: str) -> list[str]:
    """`take` of several containers; each is taken once."""
    codes = [require_well_formed(each) for each in scanned]
    require_planned(session, step, *codes)
    for code in codes:
        if code[:2] != kind:
            raise UnexpectedKind(code=code, found=KindWord(code[:2]), expected=KindWord(kind))
    labels, used = current_labels(session, codes), holding(session, codes)
    for code in codes:
        if code in used:
            raise AlreadyUsed(code=code)
        used.add(code)
        if code in labels and labels[code].status in UNUSABLE:
            raise LabelVoid(code=code)
    label_copies.stick(session, labels.values())
    return codes


def require_planned(session: Session, step: Step, *codes: str) -> None:
    """Raise unless `step` gave out `codes`; a container of another patient stops everything.

    Where it gave out none of that kind, the kind is what was mistaken.
    """
    plan = planned_as(session, codes)
    for code in codes:
        planned = plan.get(code)
        if planned is not None:
            identity.require_patient(session, step.patient_id, code, planned.patient_id)
        if planned is None or planned.step_id != step.id:
            kinds = sorted({each.kind for each in planned_for(session, step)})
            if kinds and code[:2] not in kinds:
                expected = [KindWord(kind) for kind in kinds]
                raise UnexpectedKind(code=code, found=KindWord(code[:2]), expected=expected)
            raise NotPlanned(code=code, step=step.code)


def require_of_patient(session: Session, patient: Patient, code: str) -> None:
    """Raise Mismatch where `code` is of another patient, filled or given out for their cells."""
    identity.require_patient(session, patient.id, code, patient_of(session, code).id)


def patient_of(session: Session, code: str) -> Patient:
    """Whose `code` is, filled or given out for their cells; raises for what is nobody's."""
    planned = planned_as(session, [code]).get(code)
    if planned is None:
        return identity.patient_behind(session, code)
    return session.get_one(Patient, planned.patient_id)


def planned_as(session: Session, codes: Sequence[str]) -> dict[str, PlannedContainer]:
    """The containers that were given out under these codes, with their steps."""
    found = session.scalars(_PLANNED_AS, {"codes": codes})
    return {each.container_code: each for each in found}


def given_up(session: Session, planned: Mapping[str, PlannedContainer]) -> set[str]:
    """Those of the containers `planned` whose step is over and that were never used."""
    going_on = (StepStatus.OPEN, StepStatus.RECORDED)
    over = [code for code, each in planned.items() if each.step.status not in going_on]
    return set(over) - holding(session, over)


def is_given_up(session: Session, code: str) -> bool:
    """Whether the container was planned by a step that is over, and never used."""
    return code in given_up(session, planned_as(session, [code]))


def holding(session: Session, codes: Sequence[str]) -> set[str]:
    """Those of `codes` under which there is material."""
    there = [
        select(model.code).where(model.code.in_(of_kind))
        for kind, model in models_by_kind().items()
        if (of_kind := [code for code in codes if code[:2] == kind])
    ]
    return set(session.scalars(union_all(*there))) if there else set()


def current_label(session: Session, code: str) -> Label | None:
    """The newest copy of the label of a container."""
    return current_labels(session, [code]).get(code)


def current_labels(session: Session, codes: Sequence[str]) -> dict[str, Label]:
    """The newest copy of the label of each of these containers."""
    return {label.subject_code: label for label in copies_of(session, codes)}


def copies_of(session: Session, codes: Sequence[str]) -> Sequence[Label]:
    """Every copy of the labels of these containers, the newest last."""
    return session.scalars(_COPIES, {"codes": codes}).all()


def printers_of(session: Session, step: Step) -> set[int]:
    """The ids of those who printed labels of this step."""
    return set(session.scalars(select(Label.requested_by_id).where(Label.step_id == step.id)))


def unlabelled(session: Session, codes: Sequence[str]) -> list[LimsError]:
    """Of these containers, those that bear no label that was printed for them and stuck on."""
    return bare(codes, copies_of(session, codes))


def require_named(session: Session, step: Step) -> None:
    """Raise Unlabelled where something in a container of `step` would leave the bench nameless.

    On a shelf among others it would be anybody's.
    """
    given_out = [each.code for each in planned_for(session, step)]
    there = [
        record.code
        for kind, model in models_by_kind().items()
        if (of_kind := [code for code in given_out if code[:2] == kind])
        for record in session.scalars(select(model).where(model.code.in_(of_kind)))
        if not states.is_over(record)
    ]
    for problem in unlabelled(session, there):
        raise problem


def require_labelled(session: Session, *sources: Coded) -> None:
    """Raise Unlabelled where one of `sources`, about to be worked from, bears no label."""
    for problem in unlabelled(session, [source.code for source in sources]):
        raise problem


def note_read(session: Session, code: str) -> None:
    """The label of `code`, where a scanner read it now: it sticks on its container."""
    label = current_label(session, code)
    if label is None or typed_by_hand(session, code):
        return
    if label.status is LabelStatus.SENT:
        label_copies.stick(session, [label])


def not_read_back(session: Session, codes: Sequence[str]) -> list[str]:
    """Of containers about to be taken, those whose label nobody scanned: not before, nor now."""
    labels = current_labels(session, codes)
    read = {code for code, label in labels.items() if label.status is LabelStatus.APPLIED}
    read |= {code for code in labels if not typed_by_hand(session, code)}
    return [code for code in codes if code not in read]


def bare(codes: Iterable[str], labels: Iterable[Label]) -> list[LimsError]:
    """`unlabelled` of labels read already."""
    bearing = {label.code for label in labels if label.status is LabelStatus.APPLIED}
    return [Unlabelled(code=code) for code in codes if code not in bearing]
