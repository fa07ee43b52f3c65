"""Batch sheets of earlier years: a row an event, in the order of their times.

What a row cannot have done is found here: cells out of a tube that nobody filled, more than it
held, a vessel harvested twice. docs/import.md is the template.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lims import clock
from lims.errors import N_, LimsError
from lims.imports import cell_names, cells, cross_checking
from lims.imports.batch_columns import EVENTS
from lims.imports.gathering import gathered
from lims.imports.workbook import CellsNotRead, SheetRow, Sheets
from lims.workflows import earlier_rows as rows
from lims.workflows.earlier_rows import Counted, EarlierBatchRows, Event, Origin

MOST_CELLS = 10**13
MOST_LISTED = 10
"""Rows of one kind named in a note."""
PERCENT = Decimal(100)


class Future(LimsError):
    sentence = N_("this lies in the future.")


class ViabilityUnknown(LimsError):
    sentence = N_("live cells are given, and neither the dead ones nor the viability.")


class BothGiven(LimsError):
    sentence = N_("give the dead cells or the viability, not both.")


class NobodyCounted(LimsError):
    sentence = N_("dead cells or a viability are given, and no live cells.")


def read(sheets: Sheets, zone: ZoneInfo) -> list[EarlierBatchRows]:
    """The batches of the rows; every bad cell, and what cannot have been, goes to the errors."""
    by_batch: dict[str, list[tuple[str, Event]]] = defaultdict(list)
    spoilt: set[str] = set()
    unread: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    numbers: list[tuple[Origin, str]] = []
    for row in sheets.rows:
        before = len(sheets.errors)
        number = row.read("batch", cells.needed(cells.text(60)), sheets.errors)
        numbers.append((row.origin, number or ""))
        patient = row.read("patient", cells.needed(cell_names.reference), sheets.errors)
        event = _event(row, zone, sheets.errors)
        if len(sheets.errors) == before:
            for column in row.unread:
                unread[row.origin.sheet, column, row["event"]].append(row.origin.row)
        if len(sheets.errors) > before:
            spoilt.add(number or "")
        elif number and patient and event:
            by_batch[number].append((patient, event))
    for mistaken in cell_names.look_alikes(numbers, "batch"):
        sheets.errors.append(mistaken)
        problem = mistaken.parameters["problem"].parameters
        spoilt |= {problem["text"], problem["other"]}
    sheets.notes += [
        CellsNotRead(sheet=sheet, column=column, event=event, rows=_listed(lines))
        for (sheet, column, event), lines in unread.items()
    ]
    found = gathered(by_batch)
    sheets.errors += [*found.faults, *cross_checking.faults(found.batches, found.strays, spoilt)]
    return found.batches


def _listed(numbers: list[int]) -> str:
    """The first rows; of many, the last one too."""
    if len(numbers) <= MOST_LISTED:
        return ", ".join(map(str, numbers))
    return f"{', '.join(map(str, numbers[: MOST_LISTED - 1]))} … {numbers[-1]}"


def _event(row: SheetRow, zone: ZoneInfo, errors: list[LimsError]) -> Event | None:
    """What a row says; None where any of its cells could not be taken."""
    before = len(errors)
    day = row.read("date", cells.needed(cells.day), errors)
    hour = row.read("time", cells.hour, errors)
    kind = row.read("event", cells.needed(cells.one_of(EVENTS)), errors)
    shared = {
        "by": row.read("by", cells.text(100), errors) or "",
        "comment": row.read("comment", cells.text(2000), errors) or "",
    }
    values = READERS[kind](row, errors) if kind else {}
    if len(errors) > before or day is None or hour is None or kind is None:
        return None
    at = datetime.combine(day, hour, zone).astimezone(UTC)
    if at > clock.now():
        errors.append(row.origin.bad("date", Future()))
        return None
    return MADE[kind](origin=row.origin, at=at, **shared, **values)


Values = dict[str, Any]
Reader = Callable[[SheetRow, list[LimsError]], Values]


def _volume(row: SheetRow, errors: list[LimsError]) -> Decimal | None:
    return row.read("volume_ml", cells.needed(cells.decimal(3)), errors)


def _name(row: SheetRow, column: str, errors: list[LimsError]) -> str | None:
    return row.read(column, cells.needed(cell_names.tube), errors)


def _names(row: SheetRow, column: str, errors: list[LimsError]) -> tuple[str, ...] | None:
    return row.read(column, cells.needed(cell_names.names), errors)


def _count(row: SheetRow, errors: list[LimsError]) -> Counted | None:
    """Live and dead cells; the dead ones by the viability where the sheet gives that instead."""
    before = len(errors)
    live = row.read("live", cells.optional(cells.whole(0, MOST_CELLS)), errors)
    dead = row.read("dead", cells.optional(cells.whole(0, MOST_CELLS)), errors)
    viability = row.read("viability_pct", cells.optional(cells.decimal(3, most=PERCENT)), errors)
    if len(errors) > before:
        return None  # of a cell that could not be read, nothing else is missing
    problem: LimsError | None = None
    if live is None:
        problem = NobodyCounted() if dead is not None or viability is not None else None
    elif (dead is None) == (viability is None):
        problem = ViabilityUnknown() if dead is None else BothGiven()
    if problem is not None:
        errors.append(row.origin.bad("live" if live is None else "dead", problem))
    if live is None or problem is not None:
        return None
    if dead is None:
        assert viability is not None
        dead = int((live * (PERCENT - viability) / viability).to_integral_value(ROUND_HALF_EVEN))
    return Counted(live, dead, viability)


def _received(row: SheetRow, errors: list[LimsError]) -> Values:
    return {"mass_g": row.read("mass_g", cells.optional(cells.decimal(3)), errors)}


def _tube(row: SheetRow, errors: list[LimsError]) -> Values:
    return {
        "tube": _name(row, "into", errors),
        "volume_ml": _volume(row, errors),
        "count": _count(row, errors),
    }


def _harvested(row: SheetRow, errors: list[LimsError]) -> Values:
    return {"vessels": _names(row, "from", errors), **_tube(row, errors)}


def _seeded(row: SheetRow, errors: list[LimsError]) -> Values:
    return {
        "tube": _name(row, "from", errors),
        "vessels": _names(row, "into", errors),
        "volume_ml": row.read("volume_ml", cells.optional(cells.decimal(3)), errors),
        "vessel_type": row.read("vessel_type", cells.text(60), errors) or "—",
        "area_cm2": row.read("area_cm2", cells.needed(cells.decimal(1)), errors),
    }


def _fed(row: SheetRow, errors: list[LimsError]) -> Values:
    medium = row.read("medium_ml", cells.optional(cells.decimal(3)), errors)
    return {"vessels": _names(row, "from", errors), "medium_ml": medium}


def _observed(row: SheetRow, errors: list[LimsError]) -> Values:
    reader = cells.optional(cells.decimal(3, most=PERCENT))
    seen = row.read("confluence_pct", reader, errors)
    return {"vessels": row.read("from", cell_names.names, errors), "confluence_pct": seen}


def _filled(of_vials: bool) -> Reader:
    def read_filled(row: SheetRow, errors: list[LimsError]) -> Values:
        return {
            "of_vials": of_vials,
            "tube": _name(row, "from", errors),
            "number": row.read("number", cells.needed(cells.whole(1, 1000)), errors),
            "volume_ml": _volume(row, errors),
        }

    return read_filled


def _discarded(row: SheetRow, errors: list[LimsError]) -> Values:
    return {"names": _names(row, "from", errors)}


READERS: dict[str, Reader] = {
    "received": _received,
    "isolated": _tube,
    "seeded": _seeded,
    "fed": _fed,
    "observed": _observed,
    "harvested": _harvested,
    "vials": _filled(True),
    "doses": _filled(False),
    "discarded": _discarded,
}
MADE: dict[str, type[Event]] = {
    "received": rows.Received,
    "isolated": rows.Isolated,
    "seeded": rows.Seeded,
    "fed": rows.Fed,
    "observed": rows.Observed,
    "harvested": rows.Harvested,
    "vials": rows.Filled,
    "doses": rows.Filled,
    "discarded": rows.Discarded,
}
