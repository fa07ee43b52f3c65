"""The fill that vials of a list are of: the one their batch sheet tells of, or one of their own."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.models.batch import Batch, BatchStatus
from lims.models.earlier import EarlierBatch, EarlierVial, Import, Takeover
from lims.models.fill import Fill, FillKind, Vial, VialStatus
from lims.models.patient import Patient
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.models.user import User
from lims.workflows import (
    codes,
    earlier_marks,
    earlier_steps,
    filling,
    importing,
    specifications,
    states,
    suspensions,
)
from lims.workflows.counting import whole
from lims.workflows.earlier_rows import EarlierVials
from lims.workflows.earlier_sheet_fills import SheetFill


def take_over(
    session: Session,
    running: Import,
    item: EarlierVials,
    patient: Patient,
    mark: EarlierBatch | None,
    of_sheet: SheetFill | None,
    *,
    by: User,
) -> tuple[Fill, list[Vial]]:
    """The fill of the item's vials, and these vials in their order, frozen."""
    fill = of_sheet.fill if of_sheet else None
    if fill is None:
        fill = _of_its_own(session, running, item, patient, mark, by)
    by_sheet = of_sheet.portion_ml if of_sheet else None
    return fill, _vials(session, running, item, fill, by_sheet)


def _of_its_own(
    session: Session,
    running: Import,
    item: EarlierVials,
    patient: Patient,
    mark: EarlierBatch | None,
    by: User,
) -> Fill:
    """A fill of which nothing is known but its vials: how they came to be stays on paper."""
    at = clock.midnight(item.frozen_on)
    batch = mark.batch if mark else None
    if batch is None:
        number = item.batch or None
        batch = earlier_marks.begin_batch(session, running, patient, number, item.origin, at)
    portion = _by_specification(batch)
    total = sum((row.volume_ml or portion for row in item.vials), Decimal(0))
    step = earlier_steps.told(
        Takeover(),
        batch,
        code=codes.next_code(session, Takeover.kind_of_code),
        at=clock.now(),
        performer=by,
        running=running,
        origin=item.origin,
        by=by,
    )
    session.add(step)
    session.flush()
    tube = suspensions.begin(
        session,
        step,
        code=codes.next_code(session, Suspension.kind_of_code),
        origin=SuspensionOrigin.TAKEOVER,
        passage=item.passage,
        cumulative_doublings=None,
        volume_ml=total,
        count=None,
        by=by,
    )
    fill = filling.draw(session, step, tube, FillKind.VIALS, total, importing.NOT_KNOWN, at, None)
    earlier_steps.close(session, [step])
    if mark is None:
        batch.closed_at = at
        states.move(session, batch, BatchStatus.CLOSED)
    return fill


def _by_specification(batch: Batch) -> Decimal:
    return specifications.limit(specifications.of(batch), "vial_volume_ml")


def _vials(
    session: Session, running: Import, item: EarlierVials, fill: Fill, by_sheet: Decimal | None
) -> list[Vial]:
    """Each with the number that stands on it; its cells are the list's, or those of the tube.

    Where neither the list nor the batch sheet gives its volume, the specification's is assumed.
    """
    portion = by_sheet or _by_specification(fill.batch)
    per_ml = fill.withdrawal.suspension.viable_per_ml
    made: list[Vial] = []
    given_out = codes.next_codes(session, Vial.kind_of_code, len(item.vials))
    for code, row in zip(given_out, item.vials, strict=True):
        volume, cells = row.volume_ml or portion, row.viable_cells
        if cells is None and per_ml is not None:
            cells = whole(per_ml * volume)
        vial = Vial(patient_id=fill.patient_id, code=code, fill_id=fill.id)
        vial.volume_ml, vial.viable_cells = volume, cells
        made.append(states.begin(vial))
    session.add_all(made)
    session.flush()
    session.add_all(
        earlier_marks.marked(
            EarlierVial(
                patient_id=vial.patient_id,
                vial_id=vial.id,
                volume_assumed=row.volume_ml is None and not by_sheet,
                cells_listed=row.viable_cells is not None,
            ),
            running,
            row.number,
            row.origin,
        )
        for vial, row in zip(made, item.vials, strict=True)
    )
    session.expire(fill, ["vials"])
    states.move_all(session, made, VialStatus.FREEZING)
    states.move_all(session, made, VialStatus.STORED)
    return made
