"""Names, numbers and codes that stand in a cell of a laboratory's sheet."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from lims.errors import N_, LimsError
from lims.imports.cells import text
from lims.imports.grids import text_of
from lims.workflows.earlier_rows import Origin, seen

SEPARATORS = re.compile(r"[;,+\n]")
LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
"""Cyrillic capitals and the Latin ones they look like."""
CODE = re.compile(r"[A-Z]{2}\d{8}[0-9A-Z]")
LONGEST_NUMBER = 60


class CyrillicInCode(LimsError):
    sentence = N_("“%(text)s” has Cyrillic letters; in Latin ones the code is %(meant)s.")


class NumberIsOurs(LimsError):
    sentence = N_("“%(text)s” looks like a code of this program; it cannot be an earlier number.")


class LooksAlike(LimsError):
    sentence = N_(
        "“%(text)s” looks like “%(other)s” in row %(row)s (%(sheet)s), with a letter or a digit of"
        " another kind in it. Write it as there if it is the same one, or so that eyes tell them"
        " apart."
    )


class NameTwice(LimsError):
    sentence = N_("“%(text)s” names %(name)s twice.")


class SeveralTubes(LimsError):
    sentence = N_("“%(text)s” names several tubes; one is needed here. Give each a row of its own.")


def look_alikes(numbers: Iterable[tuple[Origin, str]], column: str) -> Iterator[LimsError]:
    """Numbers that no eye tells from another one of the same file, at the first row of each; of
    several spellings the commonest is taken for the right one."""
    spelt: dict[str, dict[str, list[Origin]]] = defaultdict(lambda: defaultdict(list))
    for origin, number in numbers:
        spelt[seen(number)][number].append(origin)
    for spellings in spelt.values():
        usual = max(spellings, key=lambda number: len(spellings[number]))
        there = spellings[usual][0]
        for number, origins in spellings.items():
            if number != usual:
                told = {"text": number, "other": usual, "row": there.row, "sheet": there.sheet}
                yield origins[0].bad(column, LooksAlike(**told))


def names(value: Any) -> tuple[str, ...]:
    """Several names in one cell, each once: F1; F2 or F1, F2."""
    raw = str(value) if isinstance(value, str) else text_of(value)
    found = tuple(name for part in SEPARATORS.split(raw) if (name := text_of(part)))
    for name in found:
        if found.count(name) > 1:
            raise NameTwice(text=text_of(value), name=name)
    return found


def tube(value: Any) -> str:
    """The name of one tube."""
    found = text(60)(value)
    if len(names(value)) > 1:
        raise SeveralTubes(text=found)
    return found


def reference(value: Any) -> str:
    """A code of ours, or a number of the earlier records; of a code, Cyrillic twins are refused."""
    written = text_of(value)
    meant = written.upper().translate(LOOK_ALIKES)
    if meant != written and CODE.fullmatch(meant):
        if meant != written.upper():
            raise CyrillicInCode(text=written, meant=meant)
        return meant
    return written


def earlier_number(value: Any) -> str:
    """A number of the earlier records; none that a scan could take for a code of ours."""
    written = text(LONGEST_NUMBER)(value)
    if CODE.fullmatch("".join(written.split()).upper().translate(LOOK_ALIKES)):
        raise NumberIsOurs(text=written)
    return written
