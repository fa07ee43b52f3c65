"""Which grades a scale has: its own definition, not a limit of the site."""

import re

from lims.errors import N_, LimsError
from lims.models.course import Grading

HIGHEST = 4
"""Kellgren and Lawrence 1957: 0 to 4; Outerbridge 1961, with 0 for none: 0 to 4; stages: 1 to 4."""
LEAST = {Grading.KELLGREN_LAWRENCE: 0, Grading.OUTERBRIDGE: 0, Grading.STAGE: 1}
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
ONE = re.compile(r"([0-9]+|[IVX]+)([A-D]?)")


class NoSuchGrade(LimsError):
    sentence = N_(
        "%(scale)s goes from %(least)s to %(most)s: such as II, 3, or II-III between two."
    )


def problem(scale: Grading, grade: str) -> LimsError | None:
    """That `scale` has no such grade; two with a dash between them are one that lies between."""
    parts = re.split(r"\s*[-–—/]\s*", grade.strip().upper())
    least = LEAST[scale]
    if len(parts) <= 2 and all(_is_of(part, least) for part in parts):
        return None
    return NoSuchGrade(scale=scale, least=least, most=HIGHEST)


def _is_of(part: str, least: int) -> bool:
    found = ONE.fullmatch(part)
    if found is None:
        return False
    said = found[1]
    number = int(said) if said.isdigit() else ROMAN.get(said)
    return number is not None and least <= number <= HIGHEST
