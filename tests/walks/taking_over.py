"""Earlier records: lists of patients and of vials, a batch sheet, and an earlier release."""

from typing import Any

from lims.models.earlier import Import, ImportKind
from lims.models.fill import Fill
from lims.workflows import (
    earlier_batches,
    earlier_patients,
    earlier_release,
    earlier_vials,
    giving_up_imports,
    import_asking,
    import_mappings,
    importing,
)
from lims.workflows.importing import ImportedBefore
from tests.imports.sheets import course
from tests.laboratory.earlier import of_a_sheet, of_people, of_vials
from tests.walks.walker import Walk, at, row

NUMBER, BATCH = "W-7", "S-7"
OF_THE_FILE = {"file_name": "earlier.csv", "rows": 9, "items": 1, "headers": {"date": "День"}}


def earlier_records_are_taken_over(walk: Walk) -> None:
    """By the lead; quality takes the release over."""
    mistaken = begun(walk, ImportKind.VIALS, "0")
    walk.act(
        "lead", giving_up_imports.give_up_import, running=row(Import, mistaken.id),
        reason="the list of another bank",
    )  # fmt: skip

    (person,) = of_people({"number": NUMBER, "full_name": "Ольха Тис", "another_person": "yes"})
    listed = begun(walk, ImportKind.PATIENTS, "1")
    stored(walk, earlier_patients.take_over_patient, listed, person)

    walk.act(
        "lead", import_mappings.save_mapping, kind=ImportKind.BATCHES, name="their journal",
        headers=OF_THE_FILE["headers"],
    )  # fmt: skip
    sheet = walk.act(
        "lead", import_asking.ask_for_import, kind=ImportKind.BATCHES, file_sha256="2" * 64,
        save_as="our journal", **OF_THE_FILE,
    )  # fmt: skip
    batch = of_a_sheet(course(BATCH, NUMBER))
    stored(walk, earlier_batches.take_over_batch, sheet, batch, ends=False)
    walk.act(
        "lead", importing.leave_out, running=row(Import, sheet.id), number="S-8",
        origin=batch.origin, reason=ImportedBefore(code=listed.code),
    )  # fmt: skip
    walk.act("lead", import_asking.go_on_with_import, running=row(Import, sheet.id))
    walk.act("lead", importing.complete_import, running=row(Import, sheet.id))

    vials = begun(walk, ImportKind.VIALS, "3")
    (group,) = of_vials(NUMBER, {"vial": "S-7/1", "position": "B7"})
    fill = stored(walk, earlier_vials.take_over_vials, vials, group)
    walk.act(
        "qa", earlier_release.take_over_release, fill=at(Fill, fill.code),
        reason="certificate 7 of 2019", proof=walk.proof("qa"),
    )  # fmt: skip


def one_is_under_way(walk: Walk) -> None:
    """A second list of patients, of which nothing is stored, and which nobody works on any more."""
    begun(walk, ImportKind.PATIENTS, "4")
    walk.wait(minutes=10)


def begun(walk: Walk, kind: ImportKind, mark: str) -> Import:
    made: Import = walk.act(
        "lead", importing.begin_import, kind=kind, file_sha256=mark * 64, **OF_THE_FILE
    )
    return made


def stored(walk: Walk, command: Any, begun: Import, item: Any, *, ends: bool = True) -> Any:
    made = walk.act("lead", command, running=row(Import, begun.id), item=item)
    if ends:
        walk.act("lead", importing.complete_import, running=row(Import, begun.id))
    return made
