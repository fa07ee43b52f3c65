"""Lists of a cryobank of earlier years: a row a vial, where it stands and what is in it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from lims import clock
from lims.errors import N_, LimsError
from lims.imports import cell_names, cells
from lims.imports.workbook import CYRILLIC, Column, SheetRow, Sheets
from lims.workflows.earlier_rows import EarlierVialRow, EarlierVials, Origin

COLUMNS = (
    Column("patient", True, ("patient code", "patient number", "пациент", "номер пациента")),
    Column("vial", True, ("vial number", "tube", "пробирка", "криопробирка", "номер пробирки")),
    Column("tank", False, ("dewar", "резервуар", "дьюар", "сосуд дьюара", "хранилище")),
    Column("tower", False, ("rack", "canister", "sector", "башня", "стойка", "штатив", "сектор")),
    Column("level", False, ("shelf", "уровень", "полка", "ярус")),
    Column("box", False, ("box code", "бокс", "коробка", "код бокса", "код коробки")),
    Column("position", True, ("place", "well", "позиция", "место", "ячейка")),
    Column("passage", True, ("passage number", "пассаж")),
    Column("frozen_on", True, ("frozen", "date frozen", "заморожено", "дата заморозки",
                               "дата замораживания", "дата криоконсервации")),
    Column("batch", False, ("batch number", "серия", "номер серии", "№ серии")),
    Column("volume_ml", False, ("volume, ml", "volume", "объём, мл", "объём")),
    Column("viable_cells", False, ("viable cells", "cells", "живые клетки", "жизнеспособные клетки",
                                   "живых клеток", "клеток")),
)  # fmt: skip
UNKNOWN = frozenset(
    ("unknown", "?", "неизв", "неизвестно", "неизвестен", "неизвестный", "н/д", "нет данных")
)
PASSAGE = re.compile(r"(?:p|р|п|passage|пассаж)?[ .-]*(\d{1,2})", re.IGNORECASE)
POSITION = re.compile(r"([A-Z])[ .-]?0*([1-9][0-9]?)", re.IGNORECASE | re.ASCII)
BOX = re.compile(r"BX\d{8}[0-9A-Z]", re.ASCII)
MOST_CELLS = 10**13
MOST_ML = 1000
MOST_LEVELS = 99


class NotAPassage(LimsError):
    sentence = N_("“%(text)s” is no passage. Write P2 or 2; where nobody knows it: unknown.")


class NoPassage(LimsError):
    sentence = N_("nothing stands here. Write P2 or 2; where nobody knows it: unknown.")


class NotAPosition(LimsError):
    sentence = N_("“%(text)s” is no position. Write the row's letter and the column: A3.")


class PositionInCyrillic(LimsError):
    sentence = N_(
        "“%(text)s” has a Cyrillic letter. The rows of a box are A, B, C … in Latin letters: look"
        " which row it is and write its letter."
    )


class NotABox(LimsError):
    sentence = N_(
        "“%(text)s” is no code of a box. Write the code on its label, or leave this cell empty and"
        " give tank, tower and level."
    )


class NoBox(LimsError):
    sentence = N_("give the code of the box, or tank, tower and level: %(missing)s is missing.")


class NotFrozenYet(LimsError):
    sentence = N_("this day has not come yet.")


class VialTwice(LimsError):
    sentence = N_("“%(text)s” is the number of the vial in row %(row)s (%(sheet)s) too.")


def read(sheets: Sheets) -> list[EarlierVials]:
    """Vials that were frozen together; every bad cell, and who is there twice, to the errors."""
    groups: dict[tuple[str, str, date, int | None], list[EarlierVialRow]] = defaultdict(list)
    batches: list[tuple[Origin, str]] = []
    for row in sheets.rows:
        before = len(sheets.errors)
        shared = (
            row.read("patient", cells.needed(cell_names.reference), sheets.errors) or "",
            row.read("batch", cell_names.earlier_number, sheets.errors) or "",
            row.read("frozen_on", cells.needed(_frozen_on), sheets.errors) or date.min,
            row.read("passage", passage, sheets.errors),
        )
        batches.append((row.origin, shared[1]))
        vial = _vial(row, sheets.errors)
        if len(sheets.errors) == before and vial is not None:
            groups[shared].append(vial)
    sheets.errors += cell_names.look_alikes(batches, "batch")
    sheets.errors += _twice(vial for vials in groups.values() for vial in vials)
    return [EarlierVials(*shared, tuple(vials)) for shared, vials in groups.items()]


def _vial(row: SheetRow, errors: list[LimsError]) -> EarlierVialRow | None:
    """The vial of a row; None where any of its own cells could not be taken."""
    before = len(errors)
    number = row.read("vial", cells.needed(cell_names.earlier_number), errors)
    tank, tower = (row.read(column, cells.text(100), errors) or "" for column in ("tank", "tower"))
    level = row.read("level", cells.optional(cells.whole(1, MOST_LEVELS)), errors)
    box = row.read("box", cells.optional(_box), errors) or ""
    where = row.read("position", cells.needed(position), errors)
    volume = row.read("volume_ml", cells.optional(cells.decimal(3, 0, MOST_ML)), errors)
    alive = row.read("viable_cells", cells.optional(cells.whole(0, MOST_CELLS)), errors)
    given = {"tank": tank, "tower": tower, "level": level}
    missing = next((name for name, value in given.items() if not value), None)
    if len(errors) == before and not box and missing:
        errors.append(row.origin.bad("box", NoBox(missing=missing)))
    if len(errors) > before:
        return None
    assert number  # or there would be an error
    assert where
    return EarlierVialRow(row.origin, number, tank, tower, level, box, where, volume, alive)


def passage(value: object) -> int | None:
    """P2, П2 and 2 are the second passage; a word that nobody knows it is None."""
    written = cells.text()(value)
    if not written:
        raise NoPassage()
    if written.casefold().rstrip(".") in UNKNOWN:
        return None
    found = PASSAGE.fullmatch(written)
    if found is None:
        raise NotAPassage(text=written)
    return int(found[1])


def position(value: object) -> str:
    """A3, a3, A-3 and A03 are one; a Cyrillic letter may be another row than it looks like."""
    written = cells.text()(value)
    if CYRILLIC.search(written):
        raise PositionInCyrillic(text=written)
    found = POSITION.fullmatch(written)
    if found is None:
        raise NotAPosition(text=written)
    return f"{found[1].upper()}{found[2]}"


def _box(value: object) -> str:
    code = cell_names.reference(value)
    if not BOX.fullmatch(code):
        raise NotABox(text=code)
    return code


def _frozen_on(value: object) -> date:
    day = cells.day(value)
    if day > clock.today():
        raise NotFrozenYet()
    return day


def _twice(vials: Iterator[EarlierVialRow]) -> Iterator[LimsError]:
    """Numbers that an earlier row has; told at the later row."""
    first: dict[str, EarlierVialRow] = {}
    for each in sorted(vials, key=lambda vial: (vial.origin.sheet, vial.origin.row)):
        before = first.setdefault(each.number, each)
        if before is not each:
            there = {"row": before.origin.row, "sheet": before.origin.sheet}
            yield each.origin.bad("vial", VialTwice(text=each.number, **there))
