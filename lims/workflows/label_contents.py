"""What a label says is in its container, and whether that is still true of a dose or a vial."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from lims.errors import N_, Amount, LimsError
from lims.models.aliquot import Aliquot
from lims.models.fill import Dose, DoseStatus, Fill, Vial, VialStatus
from lims.models.label import Label, LabelStatus
from lims.rounding import half_up, tenths_of_millions
from lims.workflows.containers import UNUSABLE

HERE: dict[type[Dose | Vial], tuple[DoseStatus | VialStatus, ...]] = {
    Dose: (DoseStatus.QUARANTINED, DoseStatus.AVAILABLE),
    Vial: (VialStatus.LABELLED,),
}
"""While a new label can be stuck on: no dose that has left, no vial in the cold."""


class OutOfDate(LimsError):
    sentence = N_(
        "The label of %(code)s says %(printed)s, and it holds %(held)s. Print a new label, stick it"
        " on and destroy the old one."
    )
    recorded = True
    status = 409


class OtherExpiry(OutOfDate):
    sentence = N_(
        "The label of %(code)s says to use it before %(printed)s, and it expires at %(held)s. Print"
        " a new label, stick it on and destroy the old one."
    )


class Contents(NamedTuple):
    """What a label says is in the container; None where it leaves that open."""

    volume_ml: Decimal | None
    viable_cells: int | None
    expires_at: datetime | None = None
    """Of a dose."""

    def measures(self) -> list[Amount]:
        return [
            *([] if self.volume_ml is None else [Amount(self.volume_ml, "mL")]),
            *([] if self.viable_cells is None else [Amount(self.viable_cells, "cells")]),
        ]


def out_of_date(filled: Sequence[Dose | Vial], labels: Iterable[Label]) -> list[LimsError]:
    """Of what was filled and is still here, that whose label in use says what it does not hold.

    It was printed before the fill, by the plan; samples may have been drawn since.
    """
    in_use = {each.code: each for each in labels if each.status not in UNUSABLE}
    found: list[LimsError] = []
    for each in filled:
        label = in_use.get(each.code)
        if label is None or each.status not in HERE[type(each)] or each.is_used_up:
            continue
        printed = Contents(label.volume_ml, label.viable_cells)
        held = Contents(each.left_ml(), each.left_cells())
        if not _true(printed, held):
            measures = {"printed": printed.measures(), "held": held.measures()}
            found.append(OutOfDate(code=each.code, **measures))
        if isinstance(each, Dose) and label.expires_at not in (None, each.fill.expires_at):
            until = {"printed": label.expires_at, "held": each.fill.expires_at}
            found.append(OtherExpiry(code=each.code, **until))
    return found


def _true(printed: Contents, held: Contents) -> bool:
    """Cells are compared as they are printed; what a label leaves open is not untrue."""
    if printed.volume_ml is not None and printed.volume_ml != held.volume_ml:
        return False
    said, there = printed.viable_cells, held.viable_cells
    return said is None or there is None or tenths_of_millions(said) == tenths_of_millions(there)


def to_label(kind: type[Dose] | type[Vial]) -> ColumnElement[bool]:
    """Of doses or vials in a query, those here and not used up on which no true label sticks."""
    samples_of = Aliquot.dose_id if kind is Dose else Aliquot.vial_id
    drawn = select(func.coalesce(func.sum(_whole(Aliquot.volume_ml)), 0))
    taken = drawn.where(samples_of == kind.id).correlate(kind).scalar_subquery()
    volume_ml = _whole(kind.volume_ml)
    left_ml = volume_ml - cast(taken, BigInteger)
    there = half_up(kind.viable_cells * left_ml, volume_ml)
    sticks = exists().where(
        Label.subject_code == kind.code,
        Label.status == LabelStatus.APPLIED,
        or_(Label.volume_ml.is_(None), _whole(Label.volume_ml) == left_ml),
        or_(
            Label.viable_cells.is_(None),
            kind.viable_cells.is_(None),
            tenths_of_millions(Label.viable_cells) == tenths_of_millions(there),
        ),
        *([or_(Label.expires_at.is_(None), Label.expires_at == _expiry())] if kind is Dose else []),
    )
    return kind.status.in_(HERE[kind]) & (left_ml > 0) & ~sticks


def _expiry() -> ScalarSelect[datetime | None]:
    return select(Fill.expires_at).where(Fill.id == Dose.fill_id).correlate(Dose).scalar_subquery()


def _whole(measure: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """As it is kept, in whole thousandths."""
    return type_coerce(measure, BigInteger)
