"""Copies of a pattern: rows as the tables take them, and entries chained to those before.

Everything that can be is found once: a copy is a list of values, rows and texts pick from it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from lims.models.audit import FORMAT, HASHED, canonical
from lims.models.types import moment_text
from lims.workflows.codes import SERIALS_PER_YEAR, SKIPPED_CHECKS, check_character
from tests.bench.pattern import Cell, Pattern, Slot

SEQ, PREVIOUS, CHANGES, HASH = (Slot(kind) for kind in ("seq", "previous", "changes", "hash"))
"""What an entry gets besides, as it is written."""
ENTRY = (*HASHED.values(), "hash")

Pick = Callable[[Sequence[Any]], tuple[Any, ...]]


class Serials:
    """New codes: the next of a kind in a year, as codes.py gives them out."""

    def __init__(self, last: dict[tuple[str, int], int], after: int = 0) -> None:
        """`after` is the last of a kind and year that is not named in `last`."""
        self.last, self.after = last, after

    def next(self, kind: str, year: int) -> str:
        serial = self.last.get((kind, year), self.after)
        while serial < SERIALS_PER_YEAR:
            serial += 1
            body = f"{kind}{year:02d}{serial:06d}"
            if (check := check_character(body)) not in SKIPPED_CHECKS:
                self.last[kind, year] = serial
                return body + check
        raise OverflowError(f"no more codes of {kind} in {year}")


@dataclass(frozen=True)
class Which:
    """One copy: its number, how long before the pattern it was, who the patient is."""

    number: int
    earlier: timedelta
    name: dict[str, str]


class Press:
    """Makes copies of `pattern`: `first` is the number that the first new row of a table gets."""

    def __init__(self, pattern: Pattern, first: dict[str, int], serials: Serials) -> None:
        self.serials = serials
        self.index: dict[Any, int] = {}
        self.slots: list[Slot] = []
        self.constants: list[Any] = []
        self.texts: list[tuple[str, list[Any]]] = []
        self.columns = {table: list(rows[0]) for table, rows in pattern.rows.items()}
        tables = {
            table: [[self._key(cell) for cell in row.values()] for row in rows]
            for table, rows in pattern.rows.items()
        }
        told = [self._entry(entry) for entry in pattern.entries]
        self._number(first)
        self.picks = {table: [self._pick(keys) for keys in rows] for table, rows in tables.items()}
        self.entries = [
            (changes, self._pick(in_changes), whole, self._pick(in_whole), self._pick(row))
            for changes, in_changes, whole, in_whole, row in told
        ]

    # what is found once

    def _key(self, cell: Cell) -> Any:
        """How a cell is found among the values of a copy."""
        if isinstance(cell, Slot):
            return self._slot(cell)
        if isinstance(cell, tuple):
            words = "".join("%s" if isinstance(w, Slot) else escaped(w) for w in cell)
            self.texts.append((words, [self._slot(w) for w in cell if isinstance(w, Slot)]))
            return ("text", len(self.texts) - 1)
        key = ("constant", type(cell), cell)
        if key not in self.index:
            self.index[key] = len(self.constants)
            self.constants.append(cell)
        return key

    def _slot(self, slot: Slot) -> Slot:
        if slot not in self.index:
            self.index[slot] = -1
            self.slots.append(slot)
        return slot

    def _entry(self, entry: dict[str, Cell]) -> tuple[str, list[Any], str, list[Any], list[Any]]:
        changes, in_changes = written(entry["changes"])
        twice = canonical(changes)[1:-1]
        fields = {name: entry[column] for name, column in HASHED.items()}
        fields |= {"seq": SEQ, "previous": PREVIOUS, "changes": Already(twice, in_changes)}
        whole, in_whole = written([FORMAT, fields])
        for slot in (*in_changes, *in_whole):
            self._slot(slot)
        row = entry | {"id": SEQ, "previous_hash": PREVIOUS, "changes": CHANGES, "hash": HASH}
        return changes, in_changes, whole, in_whole, [self._key(row[name]) for name in ENTRY]

    def _number(self, first: dict[str, int]) -> None:
        """Give everything its place: what is constant, slots by kind, texts."""
        by_kind: dict[str, list[Slot]] = {}
        for slot in self.slots:
            by_kind.setdefault(slot.kind, []).append(slot)
        self.codes = [slot.what for slot in by_kind.get("code", [])]
        self.moments = [datetime.fromisoformat(s.what) for s in by_kind.get("moment", [])]
        self.days = [date.fromisoformat(slot.what) for slot in by_kind.get("day", [])]
        self.names = [slot.what for slot in by_kind.get("name", [])]
        of_table: dict[str, int] = {}
        self.numbered: list[tuple[str, int]] = []
        for slot in sorted(by_kind.get("row", []), key=lambda slot: slot.what):
            table = slot.what[0]
            self.numbered.append((table, of_table.get(table, 0)))
            of_table[table] = of_table.get(table, 0) + 1
        self.sizes, self.first = of_table, {table: first[table] for table in of_table}
        kinds = ("code", "moment", "day", "name", "copy", "seq", "previous", "changes", "hash")
        ordered = [slot for kind in kinds for slot in by_kind.get(kind, [])]
        ordered += sorted(by_kind.get("row", []), key=lambda slot: slot.what)
        start = len(self.constants)
        self.index |= {slot: start + at for at, slot in enumerate(ordered)}
        self.extra = [slot for slot in ordered if slot in (SEQ, PREVIOUS, CHANGES, HASH)]
        self.has_copy = bool(by_kind.get("copy"))
        start += len(ordered)
        self.index |= {("text", at): start + at for at in range(len(self.texts))}
        self.made = [(words, self._pick(slots)) for words, slots in self.texts]

    def _pick(self, keys: Sequence[Any]) -> Pick:
        places = [self.index[key] for key in keys]
        if len(places) == 1:
            return lambda values, at=places[0]: (values[at],)  # type: ignore[misc]
        return itemgetter(*places) if places else lambda values: ()

    # what is made for each copy

    def after(self, copies: int) -> dict[str, int]:
        """The number that the first row after so many copies gets."""
        return {table: self.first[table] + copies * size for table, size in self.sizes.items()}

    def values(self, which: Which) -> list[Any]:
        earlier, number = which.earlier, which.number
        base = {t: self.first[t] + number * size for t, size in self.sizes.items()}
        values = list(self.constants)
        values += [self._code(old, earlier) for old in self.codes]
        values += [moment_text(moment - earlier) for moment in self.moments]
        values += [(day - earlier).isoformat() for day in self.days]
        values += [which.name[name] for name in self.names]
        values += [number] * self.has_copy
        values += [None] * len(self.extra)
        values += [base[table] + rank for table, rank in self.numbered]
        values += [words % pick(values) for words, pick in self.made]
        return values

    def _code(self, old: str, earlier: timedelta) -> str:
        given_out = date(2000 + int(old[2:4]), 7, 1) - earlier
        return self.serials.next(old[:2], given_out.year % 100)

    def rows(self, values: list[Any]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        for table, picks in self.picks.items():
            yield table, [pick(values) for pick in picks]

    def chained(self, values: list[Any], seq: int, previous: str) -> Iterator[tuple[Any, ...]]:
        """The rows of `audit_entry` after `seq`, whose hash is `previous`."""
        at = [self.index[slot] for slot in (SEQ, PREVIOUS, CHANGES, HASH)]
        for changes, in_changes, whole, in_whole, row in self.entries:
            seq += 1
            values[at[0]], values[at[1]] = seq, previous
            values[at[2]] = changes % in_changes(values)
            text = whole % in_whole(values)
            previous = hashlib.sha256(b"\x00" + text.encode()).hexdigest()
            values[at[3]] = previous
            yield row(values)


@dataclass(frozen=True)
class Already:
    """Text in quotes that was written before, with the slots in it."""

    words: str
    slots: list[Slot]


def escaped(words: str) -> str:
    return words.replace("%", "%%")


def written(value: Any) -> tuple[str, list[Slot]]:
    """Canonical JSON of a value with cells in it, `%s` for each slot; and these in order."""
    slots: list[Slot] = []
    return "".join(_written(value, slots)), slots


def _written(value: Any, slots: list[Slot]) -> Iterator[str]:
    if isinstance(value, dict):
        inner = ([f"{canonical(name)}:", *_written(value[name], slots)] for name in sorted(value))
        yield "{" + ",".join("".join(each) for each in inner) + "}"
    elif isinstance(value, list):
        yield "[" + ",".join("".join(_written(each, slots)) for each in value) + "]"
    elif isinstance(value, Already):
        slots += value.slots
        yield f'"{value.words}"'
    elif isinstance(value, Slot):
        slots.append(value)
        yield "%s" if value.kind in ("row", "seq", "copy") else '"%s"'
    elif isinstance(value, tuple):
        yield f'"{"".join(_words(value, slots))}"'
    else:
        yield escaped(canonical(value))


def _words(text: Iterable[Any], slots: list[Slot]) -> Iterator[str]:
    for word in text:
        if isinstance(word, Slot):
            slots.append(word)
            yield "%s"
        else:
            yield escaped(canonical(word)[1:-1])
