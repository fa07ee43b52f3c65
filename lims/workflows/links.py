"""What came from what: every link between two pieces of one patient's material, as one list."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, literal_column, select, union_all

from lims.models.administration import Administration
from lims.models.aliquot import Aliquot
from lims.models.fill import Dose, Fill, Vial
from lims.models.isolation import Isolation
from lims.models.retrieval import ThawedVial
from lims.models.sample import Sample
from lims.models.suspension import Suspension, Withdrawal
from lims.models.vessel import Vessel


def links(patient_id: int) -> CTE:
    """(parent_kind, parent_id, child_kind, child_id, step_id) within one patient's material.

    The patient is asked for on every row a link is read from: no other's can be reached.
    """
    return union_all(*_cells(patient_id), *_filled(patient_id), *_taken(patient_id)).cte("link")


def kind_of(material: Any) -> ColumnElement[str]:
    """The letters of a kind of material, within a query; an injection has those of its step."""
    return literal_column(f"'{material.kind_of_code}'", String(2))


def _link(parent: Any, key: Any, child: Any, child_key: Any, step: Any) -> Select[Any]:
    return select(
        kind_of(parent).label("parent_kind"),
        key.label("parent_id"),
        kind_of(child).label("child_kind"),
        child_key.label("child_id"),
        step.label("step_id"),
    )


def _cells(whose: int) -> Iterator[Select[Any]]:
    """Isolated, poured, seeded, harvested, thawed."""
    yield _link(
        Sample, Isolation.sample_id, Suspension, Isolation.suspension_id, Isolation.id
    ).where(Isolation.patient_id == whose, Isolation.suspension_id.is_not(None))
    poured = Withdrawal.suspension_id
    yield _link(Suspension, poured, Suspension, Withdrawal.into_id, Withdrawal.step_id).where(
        Withdrawal.patient_id == whose, Withdrawal.into_id.is_not(None)
    )
    yield _link(Suspension, poured, Vessel, Vessel.id, Withdrawal.step_id).where(
        Vessel.patient_id == whose, *_same(Vessel, Vessel.withdrawal_id, Withdrawal)
    )
    yield _link(Vessel, Vessel.id, Suspension, Suspension.id, Suspension.made_by_id).where(
        Vessel.patient_id == whose, *_same(Vessel, Vessel.harvested_into_id, Suspension)
    )
    yield _link(Vial, ThawedVial.vial_id, Suspension, Suspension.id, ThawedVial.step_id).where(
        ThawedVial.patient_id == whose,
        Suspension.made_by_id == ThawedVial.step_id,
        Suspension.patient_id == ThawedVial.patient_id,
    )


def _filled(whose: int) -> Iterator[Select[Any]]:
    """Filled into syringes or vials, and injected."""
    yield _link(Suspension, Withdrawal.suspension_id, Fill, Fill.id, Fill.made_by_id).where(
        Fill.patient_id == whose, *_same(Fill, Fill.withdrawal_id, Withdrawal)
    )
    for container in (Dose, Vial):
        yield _link(Fill, Fill.id, container, container.id, Fill.made_by_id).where(
            container.patient_id == whose, *_same(container, container.fill_id, Fill)
        )
    injected = Administration.id
    yield _link(Dose, Administration.dose_id, Administration, injected, injected).where(
        Administration.patient_id == whose, Administration.performed_at.is_not(None)
    )


def _taken(whose: int) -> Iterator[Select[Any]]:
    """Taken aside to be tested or kept, from whatever it was."""
    for source, key in (
        (Sample, Aliquot.sample_id),
        (Vessel, Aliquot.vessel_id),
        (Dose, Aliquot.dose_id),
        (Vial, Aliquot.vial_id),
    ):
        yield _link(source, key, Aliquot, Aliquot.id, Aliquot.step_id).where(
            Aliquot.patient_id == whose, key.is_not(None)
        )
    poured = Withdrawal.suspension_id
    yield _link(Suspension, poured, Aliquot, Aliquot.id, Aliquot.step_id).where(
        Aliquot.patient_id == whose, *_same(Aliquot, Aliquot.withdrawal_id, Withdrawal)
    )


def _same(child: Any, key: Any, parent: Any) -> tuple[ColumnElement[bool], ...]:
    """The row of `parent` with this key, where it is of the same patient as `child`."""
    return parent.id == key, parent.patient_id == child.patient_id
