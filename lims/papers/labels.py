"""The labels of containers: of the plan before the cells are in, of the facts after."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, NotFound
from lims.labels.parts import Label
from lims.models.aliquot import Aliquot
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, Vial
from lims.models.label import Label as LabelRow
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.step import PlannedContainer
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.papers.label_maker import Facility, LabelMaker
from lims.workflows.codes import find


def labels_for(session: Session, codes: Sequence[str], facility: Facility) -> list[Label]:
    """The labels of `codes`, all of one patient: as planned, or as the container is now.

    Each is the next copy of its label, so that what is printed says which copy it is.
    """
    planned = {
        row.container_code: row
        for row in session.scalars(
            select(PlannedContainer).where(PlannedContainer.container_code.in_(codes))
        )
    }
    copies = dict(
        session.execute(
            select(LabelRow.subject_code, func.max(LabelRow.copy))
            .where(LabelRow.subject_code.in_(codes))
            .group_by(LabelRow.subject_code)
        ).all()
    )
    maker: LabelMaker | None = None
    made = []
    for code in codes:
        record = existing(session, code)
        subject = record or planned.get(code)
        if subject is None:
            raise NotFound(code=code)
        if maker is None:
            patient = session.get_one(Patient, patient_id_of(subject))
            maker = LabelMaker(session, patient, facility)
        elif patient_id_of(subject) != maker.patient.id:
            raise SeveralPatients()
        made.append(label_of(maker, subject, copies.get(code, 0) + 1))
    return made


class SeveralPatients(LimsError):
    sentence = N_("One sheet holds the labels of one patient. Print them one patient at a time.")
    recorded = True


def patient_id_of(subject: Any) -> int:
    return int(subject.id if isinstance(subject, Patient) else subject.patient_id)


def existing(session: Session, code: str) -> Any:
    """What holds material under this code already; None where it is only planned."""
    try:
        return find(session, code)
    except NotFound:
        return None


def label_of(maker: LabelMaker, subject: Any, copy: int) -> Label:
    """The label of a container, of a patient or of a session."""
    match subject:
        case PlannedContainer():
            return maker.planned(subject, copy)
        case Patient():
            return maker.card()
        case Sample():
            return maker.sample(subject, copy)
        case Vessel():
            return maker.vessel(subject, copy)
        case Suspension():
            return maker.suspension(subject, copy)
        case Aliquot():
            return maker.aliquot(subject, copy, source_of(subject))
        case Dose():
            return maker.dose(subject, copy)
        case Vial():
            return maker.vial(subject, copy)
        case TransplantationSession():
            return maker.sitting(subject, doses_of(maker.session, subject))
    raise NoLabelFor(code=subject.code)


class NoLabelFor(LimsError):
    sentence = N_("There is no label for %(code)s.")


def source_of(aliquot: Aliquot) -> str:
    """The code an aliquot was taken from."""
    if aliquot.withdrawal is not None:
        return aliquot.withdrawal.suspension.code
    source = aliquot.sample or aliquot.vessel or aliquot.dose or aliquot.vial
    assert source is not None
    return source.code


def doses_of(session: Session, sitting: TransplantationSession) -> int:
    found = session.scalar(
        select(func.count()).select_from(Dose).where(Dose.session_id == sitting.id)
    )
    return int(found or 0)
