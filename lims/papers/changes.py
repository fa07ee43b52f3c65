"""Corrections as the audit trail tells them: the old value, the new one, who, when and why."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from lims.errors import N_
from lims.models.audit import AuditEntry
from lims.models.base import words_of
from lims.models.step import Step
from lims.models.types import Moment
from lims.papers.columns import WORDS, places_of, unit_of
from lims.papers.step_rows import StepRows
from lims.papers.wording import spoken, tidied
from lims.records.parts import Correction
from lims.records.wording import Value, Wording

SYSTEM = N_("the system")


def corrections(rows: StepRows, step: Step, say: Wording) -> tuple[Correction, ...]:
    """Every value of `step` that was changed after it was recorded, oldest change first."""
    return tuple(
        correction
        for entry in rows.corrected[step.id]
        for correction in _of_entry(entry, step, rows.people, say)
    )


def _of_entry(
    entry: AuditEntry, step: Step, people: Mapping[int, str], say: Wording
) -> list[Correction]:
    columns = type(step).__mapper__.columns
    found = []
    for name, (old, new) in json.loads(entry.changes).items():
        column = columns[name]
        unit = unit_of(type(step), name)
        found.append(
            Correction(
                what=say.word(WORDS[name].name) if name in WORDS else name,
                old=kept_value(column.type, old, say),
                new=kept_value(column.type, new, say),
                unit=say.word(unit) if unit else "",
                by=by_whom(entry, people, say),
                at=entry.at,
                reason=entry.reason or "",
            )
        )
    return found


def by_whom(entry: AuditEntry, people: Mapping[int, str], say: Wording) -> str:
    return say.word(SYSTEM) if entry.user_id is None else people[entry.user_id]


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
