"""The entries of the audit trail an inspector looks for: what was changed, and said why."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lims.models.aliquot import QcTest
from lims.models.audit import AuditEntry
from lims.models.base import columns_of, named, points_to, table_of
from lims.models.batch import Batch
from lims.models.fill import Fill, Vial
from lims.models.user import User
from lims.papers.changes import by_whom, kept_value, shown
from lims.papers.step_rows import StepRows
from lims.papers.wording import spoken
from lims.records.parts import AuditEntry as Printed
from lims.records.wording import Wording
from lims.workflows.batch_growth import BatchGrowth

Subject = tuple[str, int]


def notable(
    rows: StepRows,
    batch: Batch,
    fills: Sequence[Fill],
    grown: BatchGrowth,
    tests: Sequence[QcTest],
    say: Wording,
) -> tuple[Printed, ...]:
    """Every change with a reason of anything in the record, its patient's data included."""
    codes = dict(_codes([batch, rows.patient, *fills, *grown.vessels, *grown.suspensions, *tests]))
    codes |= dict(_codes([*(each.sample for each in batch.samples), *rows.steps]))
    codes |= dict(_codes(dose for fill in fills for dose in fill.doses))
    codes |= {(Vial.__tablename__, v.id): v.on_the_tube for fill in fills for v in fill.vials}
    codes |= dict(_codes(label for labels in rows.labels.values() for label in labels))
    used = [used for step in rows.steps for used in step.lots]
    codes |= dict(_codes(each.lot for each in used))
    codes |= {(table_of(each).name, each.id): each.lot.code for each in used}
    codes |= {("qc_result", row.id): test.code for test in tests for row in test.results}
    codes |= {(User.__tablename__, key): name for key, name in rows.people.items()}
    return tuple(
        _printed(entry, codes, rows, say)
        for entry in rows.explained
        if (entry.table_name, entry.row_id) in codes
    )


def _codes(records: Iterable[Any]) -> Iterable[tuple[Subject, str]]:
    return (((table_of(record).name, record.id), record.code) for record in records)


def _printed(
    entry: AuditEntry, codes: Mapping[Subject, str], rows: StepRows, say: Wording
) -> Printed:
    table, changes = entry.table_name, json.loads(entry.changes)
    what = ", ".join(spoken(say, named(table, name)) for name in changes)
    old, new = (
        ", ".join(_shown(table, name, pair[side], codes, say) for name, pair in changes.items())
        for side in (0, 1)
    )
    return Printed(
        sequence=entry.id,
        at=entry.at,
        by=by_whom(entry, rows.people, say),
        what=f"{codes[table, entry.row_id]}: {what}",
        old=old,
        new=new,
        reason=entry.reason or "",
    )


def _shown(table: str, name: str, kept: Any, codes: Mapping[Subject, str], say: Wording) -> str:
    """A value of the trail as its column means it; a key by the code or the name behind it."""
    column = columns_of(table).get(name)
    if column is None or kept is None:
        return "–" if kept is None else str(kept)
    if target := points_to(table, name):
        return codes.get((target, kept), f"№ {kept}")
    unit = column.info.get("unit")
    value = say.value(shown(kept_value(column.type, kept, say), unit))
    return f"{value} {say.word(unit)}" if unit else value
