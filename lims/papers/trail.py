"""The entries of the audit trail an inspector looks for: what was changed, and said why."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from lims.models.aliquot import QcTest
from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.papers.changes import by_whom
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
    codes |= dict(_codes(dose for fill in fills for dose in (*fill.doses, *fill.vials)))
    codes |= dict(_codes(label for labels in rows.labels.values() for label in labels))
    codes |= {("qc_result", row.id): test.code for test in tests for row in test.results}
    return tuple(
        _printed(entry, codes[entry.table_name, entry.row_id], rows, say)
        for entry in rows.explained
        if (entry.table_name, entry.row_id) in codes
    )


def _codes(records: Iterable[Any]) -> Iterable[tuple[Subject, str]]:
    return (((table_of(record).name, record.id), record.code) for record in records)


def _printed(entry: AuditEntry, code: str, rows: StepRows, say: Wording) -> Printed:
    changes = json.loads(entry.changes)
    what = ", ".join(spoken(say, name) for name in changes)
    return Printed(
        sequence=entry.id,
        at=entry.at,
        by=by_whom(entry, rows.people, say),
        what=f"{code}: {what}",
        old=", ".join(_shown(old) for old, _ in changes.values()),
        new=", ".join(_shown(new) for _, new in changes.values()),
        reason=entry.reason or "",
    )


def _shown(kept: object) -> str:
    """A value as the trail keeps it: this is the trail itself, not what it means."""
    return "–" if kept is None else str(kept)
