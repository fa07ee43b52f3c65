"""One patient's label of each kind of container, by what it holds; planned: planned_labels.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from lims import clock
from lims.labels import (
    AliquotLabel,
    CellLabel,
    DoseLabel,
    KitLabel,
    Markers,
    PatientCard,
    PatientOnLabel,
    SampleLabel,
    SessionLabel,
    SuspensionLabel,
    VesselLabel,
    VialLabel,
)
from lims.labels.parts import Label
from lims.models.aliquot import Aliquot
from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, Vial
from lims.models.filling import Filling
from lims.models.patient import Patient
from lims.models.sample import Sample, SampleStatus
from lims.models.specification import SpecificationVersion
from lims.models.storage import StorageCell
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import markers, shelf_life, specifications


@dataclass(frozen=True)
class Facility:
    """What labels say of the laboratory; the zone their times are printed in."""

    name: str
    zone: tzinfo


class LabelMaker:
    """Makes the labels of one patient, whose markers are asked once."""

    def __init__(
        self,
        session: Session,
        patient: Patient,
        facility: Facility,
        translate: Callable[[str], str],
    ) -> None:
        self.session, self.patient, self.facility = session, patient, facility
        self.translate = translate
        pending, reactive = markers.for_labels(session, patient, clock.today())
        self.markers = Markers(pending=pending, reactive=tuple(map(translate, reactive)))
        self.on_label = PatientOnLabel(
            code=patient.code,
            name=patient.full_name,
            born=patient.birth_date,
            other_name=patient.other_name or "",
        )
        self._promised: dict[int, datetime] = {}

    def promised(self, step: Filling) -> datetime | None:
        """Until when the doses may be used that `step` is about to fill: asked once, so that all
        labels of a sheet say the same moment."""
        if step.id not in self._promised:
            suspension = self.session.get_one(Suspension, step.suspension_id)
            self._promised[step.id] = shelf_life.promised(self.session, step, suspension)
        return self.local(self._promised[step.id])

    def local(self, at: datetime | None) -> datetime | None:
        return at.astimezone(self.facility.zone) if at else None

    def product(self, batch: Batch) -> str:
        return self.shipped(specifications.of(batch).product)

    def shipped(self, text: str) -> str:
        """A text of the specification we come with; a site's own stays as it is typed."""
        return self.translate(text) if text else ""

    def card(self, copy: int) -> PatientCard:
        return PatientCard(
            code=self.patient.code, copy=copy, patient=self.on_label, facility=self.facility.name
        )

    def sample(self, sample: Sample, copy: int) -> Label:
        version = specifications.current(self.session)
        cold = between(version, "transport_temperature")
        if sample.status is SampleStatus.ORDERED:
            return self._kit(sample, copy, cold)
        return SampleLabel(
            code=sample.code,
            copy=copy,
            patient=self.on_label,
            product=self.shipped(version.product),
            collected_at=self.local(sample.collected_at),
            mass_g=sample.mass_g,
            additives="",
            storage=cold,
            facility=self.facility.name,
            markers=self.markers,
        )

    def _kit(self, sample: Sample, copy: int, cold: str) -> KitLabel:
        return KitLabel(
            code=sample.code,
            copy=copy,
            patient=self.on_label,
            course=sample.course.code,
            collection_on=None,
            physician=sample.course.physician_name,
            storage=cold,
            facility=self.facility.name,
        )

    def vessel(self, vessel: Vessel, copy: int) -> VesselLabel:
        return VesselLabel(
            code=vessel.code,
            copy=copy,
            patient=self.on_label,
            product=self.product(vessel.batch),
            batch=vessel.batch.code,
            passage=vessel.passage,
            vessel=vessel.vessel_type,
            seeded_at=self.local(vessel.seeded_at),
            markers=self.markers,
        )

    def suspension(self, suspension: Suspension, copy: int) -> SuspensionLabel:
        count = suspension.count
        return SuspensionLabel(
            code=suspension.code,
            copy=copy,
            patient=self.on_label,
            product=short_product(suspension.batch),
            batch=suspension.batch.code,
            passage=suspension.passage,
            cells=count.live if count else None,
            volume_ml=suspension.volume_ml,
            made_at=self.local(suspension.made_by.performed_at),
            markers=self.markers,
        )

    def aliquot(self, aliquot: Aliquot, copy: int, source: str) -> AliquotLabel:
        tests = ", ".join(test.line.name for test in aliquot.tests)
        return AliquotLabel(
            code=aliquot.code,
            copy=copy,
            patient=self.on_label,
            test=tests or self.translate(aliquot.use.value),
            source=source,
            taken_at=self.local(aliquot.taken_at),
            storage="",
            markers=self.markers,
        )

    def dose(self, dose: Dose, copy: int) -> DoseLabel:
        fill = dose.fill
        return DoseLabel(
            code=dose.code,
            copy=copy,
            patient=self.on_label,
            product=self.product(fill.batch),
            batch=fill.batch.code,
            passage=fill.passage,
            cells=dose.left_cells(),
            volume_ml=dose.left_ml(),
            filled_at=self.local(fill.filled_at),
            expires_at=self.local(fill.expires_at),
            storage=between(specifications.of(fill.batch), "product_temperature"),
            facility=self.facility.name,
            markers=self.markers,
        )

    def vial(self, vial: Vial, copy: int) -> VialLabel:
        fill = vial.fill
        return VialLabel(
            code=vial.code,
            copy=copy,
            patient=self.on_label,
            product=short_product(fill.batch),
            passage=fill.passage,
            cells=vial.left_cells(),
            volume_ml=vial.left_ml(),
            cryoprotectant=fill.vehicle,
            frozen_on=clock.day_of(fill.filled_at),
            storage=kept_at(specifications.of(fill.batch)),
            markers=self.markers,
        )

    def cell(self, cell: StorageCell, copy: int) -> CellLabel:
        return CellLabel(
            code=cell.code,
            copy=copy,
            patient=self.on_label,
            name=cell.name,
            facility=self.facility.name,
            markers=self.markers,
        )

    def sitting(self, sitting: TransplantationSession, copy: int, doses: int) -> SessionLabel:
        course = sitting.course
        return SessionLabel(
            code=sitting.code,
            copy=copy,
            patient=self.on_label,
            product=self.shipped(specifications.current(self.session).product),
            course=course.code,
            planned_on=sitting.planned_on,
            clinic="",
            physician=course.physician_name,
            doses=doses,
            storage=between(specifications.current(self.session), "product_temperature"),
            facility=self.facility.name,
            markers=self.markers,
        )


def short_product(batch: Batch) -> str:
    """What a label of a few millimetres has room for: the code of the specification."""
    return specifications.of(batch).specification


def kept_at(version: SpecificationVersion) -> str:
    """The temperature that frozen cells are never above, as labels print it."""
    warmest = specifications.limit(version, "storage_limit_c")
    return f"≤ {warmest.normalize():f} °C".replace("-", "−")


def between(version: SpecificationVersion, name: str) -> str:
    """The temperatures to keep something at, as labels print them."""
    low = specifications.limit(version, f"{name}_min_c")
    high = specifications.limit(version, f"{name}_max_c")
    return f"{low.normalize():f}–{high.normalize():f} °C"
