"""Vials taken over from a list of the bank: where they stand, what is in them, under which number.

A vial that bears no label of ours is known by its earlier number. What the list says is taken as
a fact: the zone of the box, a missing agreement, an unknown passage are no reason to refuse.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.earlier import EarlierBatch, EarlierVial, Import
from lims.models.fill import Fill
from lims.models.patient import Patient
from lims.models.specification import SpecificationVersion
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    days,
    earlier_fills,
    earlier_marks,
    earlier_numbers,
    earlier_standing,
    implausible,
    importing,
    specifications,
)
from lims.workflows.command import because, command
from lims.workflows.earlier_places import Bank, Slot
from lims.workflows.earlier_rows import EarlierVialRow, EarlierVials, Origin
from lims.workflows.earlier_sheet_fills import SheetFill, SheetFills


class BatchOfAnother(LimsError):
    sentence = N_(
        "here the patient is %(found)s, and the batch “%(batch)s” is of %(patient)s. Is the batch"
        " or the patient mistyped?"
    )


class IsABatch(LimsError):
    sentence = N_(
        "“%(number)s” is the number of a batch too. Write in the column batch which this vial is"
        " of."
    )


class SamePosition(LimsError):
    sentence = N_("the vial of row %(row)s (%(sheet)s) stands there too.")


@dataclass
class Look:
    """Items of a list beside what is recorded: who and which position each of them means."""

    patients: Mapping[str, Patient]
    marks: Mapping[str, EarlierBatch]
    """By the number, the batches that an import brought already."""
    slots: dict[str, Slot] = field(default_factory=dict)
    """By the number of the vial."""
    of_sheets: dict[str, SheetFill] = field(default_factory=dict)
    """By the number of the item, the fill that the sheet of its batch tells of."""
    faults: list[LimsError] = field(default_factory=list)

    def require_none(self) -> None:
        """Raise the first fault."""
        for fault in self.faults:
            raise fault


def check(session: Session, items: Sequence[EarlierVials]) -> list[LimsError]:
    """What speaks against storing `items`, row by row; nothing is stored."""
    specifications.current(session)
    return look(session, items).faults


def look(session: Session, items: Sequence[EarlierVials]) -> Look:
    """Everything the items name, in a few queries for any number of them."""
    rows = [row for item in items for row in item.vials]
    named = {item.patient for item in items}
    patients = importing.patients_behind(session, named)
    unknown = earlier_numbers.unknown_patients(session, named, patients)
    numbers = {item.batch or item.number for item in items}
    found = Look(patients, earlier_marks.batches_named(session, numbers))
    taken = importing.taken(session, EarlierVial, [row.number for row in rows])
    found.faults += [
        row.origin.bad("vial", taken[row.number]) for row in rows if row.number in taken
    ]
    found.faults += _of_patients(items, patients, unknown)
    new = [each for each in items if each.number not in taken]
    found.faults += _of_batches(new, found)
    found.faults += _of_fills(new, found, SheetFills.read(session, found.marks.values()))
    found.faults += _too_dense(rows, specifications.current(session))
    _stand(found, items, Bank(session, rows))
    return found


def _of_patients(
    items: Sequence[EarlierVials],
    patients: Mapping[str, Patient],
    unknown: Mapping[str, LimsError],
) -> Iterator[LimsError]:
    for item in items:
        if item.patient in unknown:
            yield from _each(item, "patient", unknown[item.patient])
        elif item.frozen_on < patients[item.patient].birth_date:
            yield from _each(item, "frozen_on", days.BeforeBirth())


def _of_batches(items: Sequence[EarlierVials], found: Look) -> Iterator[LimsError]:
    """Batches that are another patient's, and vials without one that are called like a batch."""
    owners = _owners(items, found)
    written = {patient.id: reference for reference, patient in found.patients.items()}
    for item in items:
        patient = found.patients.get(item.patient)
        if patient is None or not item.batch:
            continue
        owner = owners[item.batch]
        if owner != patient.id:
            whose = written.get(owner) or found.marks[item.batch].batch.patient.code
            told = {"batch": item.batch, "patient": whose, "found": item.patient}
            yield from _each(item, "patient", BatchOfAnother(**told))
    for item in items:
        if not item.batch and item.number in owners:
            yield item.origin.bad("vial", IsABatch(number=item.number))


def _owners(items: Sequence[EarlierVials], found: Look) -> dict[str, int]:
    """Whose each batch is, by its key: as recorded, else of whom most of its vials are said to be;
    what one row says otherwise is then told at that row."""
    said: dict[str, Counter[int]] = defaultdict(Counter)
    for item in items:
        patient = found.patients.get(item.patient)
        if patient is not None and item.batch:
            said[item.batch][patient.id] += len(item.vials)
    recorded = {number: mark.patient_id for number, mark in found.marks.items()}
    return {batch: most.most_common(1)[0][0] for batch, most in said.items()} | recorded


def _of_fills(items: Sequence[EarlierVials], found: Look, fills: SheetFills) -> Iterator[LimsError]:
    """Note which fill of a sheet the vials are of, and what of all of them together cannot be."""
    for item in items:
        try:
            of_sheet = fills.of(item)
        except LimsError as problem:
            yield from _each(item, "batch", problem)
            continue
        if of_sheet is not None:
            found.of_sheets[item.number] = of_sheet
            yield from (fault for row in item.vials for fault in of_sheet.add(row))


def _too_dense(
    rows: Sequence[EarlierVialRow], version: SpecificationVersion
) -> Iterator[LimsError]:
    """Vials that are said to hold more cells than fit into any tube."""
    for row in rows:
        if row.viable_cells is not None and row.volume_ml:
            problem = implausible.too_dense(version, row.viable_cells, row.volume_ml)
            if problem is not None:
                yield row.origin.bad("viable_cells", problem)


def _each(item: EarlierVials, column: str, problem: LimsError) -> Iterator[LimsError]:
    return (row.origin.bad(column, problem) for row in item.vials)


def _stand(found: Look, items: Sequence[EarlierVials], bank: Bank) -> None:
    """Note which position each vial stands in, and every one that it cannot stand in."""
    first: dict[int, Origin] = {}
    for item in items:
        patient = found.patients.get(item.patient)
        for row in item.vials:
            try:
                slot = bank.slot_of(row)
                if patient is not None:
                    slot.require_free(patient)
            except FieldError as wrong:
                found.faults.append(row.origin.bad(wrong.field, wrong.parameters["problem"]))
                continue
            except LimsError as problem:
                found.faults.append(row.origin.bad("position", problem))
                continue
            found.slots[row.number] = slot
            before = first.setdefault(slot.position.id, row.origin)
            if before is not row.origin:
                twice = SamePosition(row=before.row, sheet=before.sheet)
                found.faults.append(row.origin.bad("position", twice))


@command(Permission.IMPORT_RECORDS)
def take_over_vials(session: Session, running: Import, item: EarlierVials, *, by: User) -> Fill:
    """Vials that were frozen together, in the fill their batch has, or in one of their own."""
    because(session, running.code)
    importing.require_not_given_up(session, running)
    found = look(session, [item])
    found.require_none()
    patient, mark = found.patients[item.patient], found.marks.get(item.batch)
    of_sheet = found.of_sheets.get(item.number)
    fill, vials = earlier_fills.take_over(session, running, item, patient, mark, of_sheet, by=by)
    slots = [found.slots[row.number] for row in item.vials]
    earlier_standing.stand(session, patient, list(zip(vials, slots, strict=True)), by=by)
    return fill
