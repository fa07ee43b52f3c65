"""Corrections as the audit trail tells them: the old value, the new one, who, when and why."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from lims.errors import N_
from lims.models.audit import AuditEntry
from lims.models.base import columns_of, table_of, words_of
from lims.models.fill import Vial
from lims.models.step import Step, StepLot
from lims.models.suspension import CellCount, Withdrawal
from lims.models.types import Moment
from lims.papers.columns import MADE, WORDS, places_of, unit_of
from lims.papers.step_rows import StepRows
from lims.papers.wording import spoken, tidied
from lims.records.parts import Correction
from lims.records.wording import Value, Wording
from lims.rounding import rounded
from lims.workflows import made_values

SYSTEM = N_("the system")
PLACES_OF_DOUBLINGS = 2
ENTERED = MADE.keys() - {"viable_cells", "seeded_cells", "cumulative_doublings"} | {"superseded_at"}
"""What somebody wrote, or counted again; the others follow from it of themselves."""


def corrections(rows: StepRows, step: Step, say: Wording) -> tuple[Correction, ...]:
    """Every value of `step` and of what was made in it that was changed after it was recorded,
    oldest change first."""
    found = [_of_entry(entry, "", step, rows.people, say) for entry in rows.corrected[step.id]]
    for row in _made(rows, step):
        code = _called(row, say)
        found += [
            _of_entry(entry, code, step, rows.people, say)
            for entry in rows.remade[table_of(row).name, row.id]
        ]
    for used in step.lots:
        found += [
            _of_entry(entry, used.lot.code, step, rows.people, say, used.lot.item.unit)
            for entry in rows.remade[StepLot.__tablename__, used.id]
        ]
    found += [
        _recounted(rows, old, new, say)
        for old, new in made_values.put_right(rows.counts[step.id])
        if rows.remade["cell_count", old.id]
    ]
    return tuple(sorted((each for some in found for each in some), key=lambda each: each.at))


def moments(rows: StepRows, step: Step) -> list[datetime]:
    """When something that was entered in `step` was put right."""
    keys = [(table_of(row).name, row.id) for row in _made(rows, step)]
    keys += [(table_of(row).name, row.id) for row in (*rows.counts[step.id], *step.lots)]
    made = [entry for key in keys for entry in rows.remade[key]]
    entered = [entry for entry in made if json.loads(entry.changes).keys() & ENTERED]
    return [entry.at for entry in (*rows.corrected[step.id], *entered)]


def _recounted(
    rows: StepRows, old: CellCount, new: CellCount, say: Wording
) -> Iterator[Correction]:
    code = old.suspension.code
    (entry,) = rows.remade["cell_count", old.id]
    for name in ("live", "dead"):
        if (was := getattr(old, name)) != (now := getattr(new, name)):
            yield Correction(
                what=f"{code}: {say.word(MADE[name])}",
                old=was,
                new=now,
                unit=say.word(table_of(CellCount).c[name].info["unit"]),
                by=by_whom(entry, rows.people, say),
                at=entry.at,
                reason=entry.reason or "",
            )


def _made(rows: StepRows, step: Step) -> Iterator[Any]:
    """The rows that `step` made: containers, what left them, fills."""
    yield from (*rows.made[step.id], *rows.withdrawn[step.id], *rows.seeded[step.id])
    for fill in rows.fills[step.id]:
        yield from (fill, *fill.doses, *fill.vials)


def _called(row: Any, say: Wording) -> str:
    """The code that a container bears; of what left one, where it went."""
    if isinstance(row, Withdrawal):
        return f"{row.suspension.code}, {spoken(say, row.purpose)}"
    return row.on_the_tube if isinstance(row, Vial) else str(row.code)


def _of_entry(
    entry: AuditEntry,
    code: str,
    step: Step,
    people: Mapping[int, str],
    say: Wording,
    in_units: str = "",
) -> Iterator[Correction]:
    columns = columns_of(entry.table_name)
    for name, (old, new) in json.loads(entry.changes).items():
        if code and name not in MADE:
            continue  # what follows from a value put right is told elsewhere
        column = columns[name]
        of_column = column.info.get("unit") if code else unit_of(type(step), name)
        unit = in_units or of_column
        yield Correction(
            what=f"{code}: {say.word(MADE[name])}" if code else _own(name, say),
            old=shown(kept_value(column.type, old, say), unit),
            new=shown(kept_value(column.type, new, say), unit),
            unit=say.word(unit) if unit else "",
            by=by_whom(entry, people, say),
            at=entry.at,
            reason=entry.reason or "",
        )


def _own(name: str, say: Wording) -> str:
    return say.word(WORDS[name].name) if name in WORDS else spoken(say, name)


def by_whom(entry: AuditEntry, people: Mapping[int, str], say: Wording) -> str:
    return say.word(SYSTEM) if entry.user_id is None else people[entry.user_id]


def shown(value: Value, unit: str | None) -> Value:
    """Doublings as everywhere: they are computed, and no count is as fine as they are kept."""
    if isinstance(value, Decimal) and unit == "doublings":
        return rounded(value, PLACES_OF_DOUBLINGS)
    return value


def kept_value(column_type: Any, kept: Any, say: Wording) -> Value:
    """A value of the trail as the column would give it: thousandths as a number, text as a time."""
    if kept is None or isinstance(kept, bool):
        return kept
    if (places := places_of(column_type)) is not None:
        return tidied(Decimal(kept).scaleb(-places))
    if isinstance(column_type, Moment):
        return datetime.fromisoformat(kept)
    if (words := words_of(column_type)) is not None:
        return spoken(say, next((each for each in words if each.value == kept), kept))
    return kept if isinstance(kept, int) else str(kept)
