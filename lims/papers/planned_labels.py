"""The label of a container before anything is in it, from its step's plan."""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import select

from lims import clock
from lims.labels import AliquotLabel, DoseLabel, SuspensionLabel, VesselLabel, VialLabel
from lims.labels.parts import Label
from lims.models.batch import Batch
from lims.models.course import PlannedAdministration
from lims.models.filling import Filling
from lims.models.step import PlannedContainer
from lims.models.suspension import Suspension
from lims.papers.label_maker import LabelMaker, between, kept_at, short_product
from lims.workflows import containers, filling, specifications
from lims.workflows.counting import cells_taken


def planned_label(maker: LabelMaker, container: PlannedContainer, copy: int) -> Label:
    """What is known already is printed, what only the act will tell is left out."""
    batch = maker.session.get_one(Batch, container.step.batch_id)
    return BY_KIND[container.kind](maker, container, batch, copy)


def _vessel(maker: LabelMaker, container: PlannedContainer, batch: Batch, copy: int) -> Label:
    return VesselLabel(
        code=container.container_code,
        copy=copy,
        patient=maker.on_label,
        product=maker.product(batch),
        batch=batch.code,
        passage=container.passage,
        vessel=container.description or "",
        seeded_at=None,
        markers=maker.markers,
    )


def _tube(maker: LabelMaker, container: PlannedContainer, batch: Batch, copy: int) -> Label:
    return SuspensionLabel(
        code=container.container_code,
        copy=copy,
        patient=maker.on_label,
        product=short_product(batch),
        batch=batch.code,
        passage=container.passage,
        cells=None,
        volume_ml=None,
        made_at=None,
        markers=maker.markers,
    )


def _aliquot(maker: LabelMaker, container: PlannedContainer, batch: Batch, copy: int) -> Label:
    return AliquotLabel(
        code=container.container_code,
        copy=copy,
        patient=maker.on_label,
        test=maker.translate(container.description or container.step.kind.value),
        source=container.step.code,
        taken_at=None,
        storage="",
        markers=maker.markers,
    )


def _vial(maker: LabelMaker, container: PlannedContainer, batch: Batch, copy: int) -> Label:
    step = container.step
    assert isinstance(step, Filling)
    suspension = maker.session.get_one(Suspension, step.suspension_id)
    place, of = planned_place(maker, container)
    volume_ml = planned_portion(step, suspension, place, of)
    return VialLabel(
        code=container.container_code,
        copy=copy,
        patient=maker.on_label,
        product=short_product(batch),
        passage=container.passage,
        cells=cells_in(suspension, place, step.portion_ml, volume_ml),
        volume_ml=volume_ml,
        cryoprotectant="",
        frozen_on=clock.today(),
        storage=kept_at(specifications.of(batch)),
        markers=maker.markers,
    )


def _dose(maker: LabelMaker, container: PlannedContainer, batch: Batch, copy: int) -> Label:
    step = container.step
    assert isinstance(step, Filling)
    suspension = maker.session.get_one(Suspension, step.suspension_id)
    (place, _), volume_ml = planned_place(maker, container), planned_volume(maker, step)
    return DoseLabel(
        code=container.container_code,
        copy=copy,
        patient=maker.on_label,
        product=maker.product(batch),
        batch=batch.code,
        passage=container.passage,
        cells=cells_in(suspension, place, volume_ml, volume_ml),
        volume_ml=volume_ml,
        filled_at=None,
        expires_at=maker.promised(step),
        storage=between(specifications.of(batch), "product_temperature"),
        facility=maker.facility.name,
        markers=maker.markers,
    )


BY_KIND: dict[str, Callable[[LabelMaker, PlannedContainer, Batch, int], Label]] = {
    "VE": _vessel,
    "SU": _tube,
    "QC": _aliquot,
    "VL": _vial,
    "DS": _dose,
}


def planned_volume(maker: LabelMaker, step: Filling) -> Decimal | None:
    """The volume of each dose of the session; None where its injections differ from each other."""
    volumes = maker.session.scalars(
        select(PlannedAdministration.volume_ml)
        .where(
            PlannedAdministration.session_id == step.session_id,
            ~PlannedAdministration.removal.has(),
        )
        .distinct()
    ).all()
    return volumes[0] if len(volumes) == 1 else None


def planned_place(maker: LabelMaker, container: PlannedContainer) -> tuple[int, int]:
    """(how many of its kind come before it in its step, how many there are)"""
    planned = containers.planned_for(maker.session, container.step)
    alike = [each.code for each in planned if each.kind == container.kind]
    return alike.index(container.code), len(alike)


def planned_portion(
    step: Filling, suspension: Suspension, place: int, number: int
) -> Decimal | None:
    """The volume of one vial of the plan: the last one of a tube filled whole holds the rest."""
    if step.portion_ml is None:
        return None
    shares = filling.portions(suspension.remaining_ml, step.portion_ml)
    return step.portion_ml if len(shares) != number else shares[place]


def cells_in(
    suspension: Suspension, place: int, each_ml: Decimal | None, volume_ml: Decimal | None
) -> int | None:
    """Viable cells in `volume_ml` by the count of record, after `place` volumes of `each_ml`: what
    filling will record."""
    if each_ml is None or volume_ml is None:
        return None
    left_ml = suspension.remaining_ml - place * each_ml
    (cells,) = cells_taken(suspension.viable_per_ml, left_ml, [volume_ml])
    return cells
