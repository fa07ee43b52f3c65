"""The labels of containers: of the plan before the cells are in, of the facts after."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from lims.errors import N_, LimsError, NotFound
from lims.labels import (
    AliquotLabel,
    CellLabel,
    DoseLabel,
    PatientCard,
    SampleLabel,
    SessionLabel,
    Stock,
    SuspensionLabel,
    VesselLabel,
    VialLabel,
)
from lims.labels.parts import Label
from lims.models.aliquot import Aliquot
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, Vial
from lims.models.label import Label as LabelRow
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.sampled import Sampled
from lims.models.step import PlannedContainer
from lims.models.storage import StorageCell
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.papers.label_maker import Facility, LabelMaker
from lims.papers.planned_labels import planned_label
from lims.workflows import dose_gate
from lims.workflows.codes import models_by_kind
from lims.workflows.label_contents import Contents

STOCK_OF: dict[str, Stock] = {
    "PT": PatientCard.stock,
    "SA": SampleLabel.stock,
    "VE": VesselLabel.stock,
    "SU": SuspensionLabel.stock,
    "QC": AliquotLabel.stock,
    "DS": DoseLabel.stock,
    "VL": VialLabel.stock,
    "SN": SessionLabel.stock,
    "CE": CellLabel.stock,
}
"""On which paper the label of each kind of code is printed: what shares it is one sheet."""


class SeveralPatients(LimsError):
    sentence = N_("One sheet holds the labels of one patient. Print them one patient at a time.")
    recorded = True


class NoLabelFor(LimsError):
    sentence = N_("There is no label for %(code)s.")


def labels_for(
    session: Session,
    codes: Sequence[str],
    facility: Facility,
    translate: Callable[[str], str] = str,
) -> list[Label]:
    """The labels of `codes`, all of one patient: as planned, or as the container is now.

    Each is the next copy of its label, so that what is printed says which copy it is.
    """
    subjects = subjects_of(session, codes)
    whose = {patient_id_of(subject) for subject in subjects.values()}
    if len(whose) > 1:
        raise SeveralPatients()
    copies = copies_of(session, codes)
    maker = LabelMaker(session, session.get_one(Patient, whose.pop()), facility, translate)
    return [label_of(maker, subjects[code], copies.get(code, 0) + 1) for code in codes]


def subjects_of(session: Session, codes: Sequence[str]) -> dict[str, Any]:
    """What each code names: material where there is some, else the planned container."""
    found: dict[str, Any] = {
        row.container_code: row
        for row in session.scalars(
            select(PlannedContainer).where(PlannedContainer.container_code.in_(codes))
        )
    }
    models = models_by_kind()
    for kind in {code[:2] for code in codes} & models.keys():
        model = models[kind]
        asked = select(model).where(model.code.in_(codes))
        if issubclass(model, Sampled):  # what is left in each is on its label
            asked = asked.options(selectinload(model.aliquots))
        found |= {each.code: each for each in session.scalars(asked)}
    for code in codes:
        if code not in found:
            raise NotFound(code=code[:40])
        if code[:2] not in STOCK_OF:
            raise NoLabelFor(code=code)
    return found


def copies_of(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """How many copies of each label were printed; a code without any is left out."""
    counted = session.execute(
        select(LabelRow.subject_code, func.max(LabelRow.copy))
        .where(LabelRow.subject_code.in_(codes))
        .group_by(LabelRow.subject_code)
    )
    return dict(counted.all())


def patient_id_of(subject: Any) -> int:
    return int(subject.id if isinstance(subject, Patient) else subject.patient_id)


def label_of(maker: LabelMaker, subject: Any, copy: int) -> Label:
    """The label of a container, of a patient or of a session."""
    match subject:
        case PlannedContainer():
            return planned_label(maker, subject, copy)
        case Patient():
            return maker.card(copy)
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
            return maker.sitting(subject, copy, doses_of(maker.session, subject))
        case StorageCell():
            return maker.cell(subject, copy)
    raise NoLabelFor(code=subject.code)


def source_of(aliquot: Aliquot) -> str:
    """The code an aliquot was taken from."""
    if aliquot.withdrawal is not None:
        return aliquot.withdrawal.suspension.code
    source = aliquot.sample or aliquot.vessel or aliquot.dose or aliquot.vial
    assert source is not None
    return source.code


def doses_of(session: Session, sitting: TransplantationSession) -> int:
    """How many doses there are for a session: containers with something left to be given."""
    found = session.scalar(
        select(func.count())
        .select_from(Dose)
        .where(Dose.session_id == sitting.id, dose_gate.not_emptied())
    )
    return int(found or 0)


def contents_of(label: Label) -> Contents:
    """What a label says is in its container; only some kinds say it."""
    if isinstance(label, DoseLabel):
        return Contents(label.volume_ml, label.cells, label.expires_at)
    if isinstance(label, (VialLabel, SuspensionLabel)):
        return Contents(label.volume_ml, label.cells)
    return Contents(None, None)
