"""Code 128 and Data Matrix as dark and light modules, and how wide a module may be printed."""

import re
from math import ceil
from typing import Any

from barcode.codex import Code128
from ppf.datamatrix import DataMatrix

from lims.errors import N_, LimsError
from lims.labels.stock import MM_PER_INCH

CODE = re.compile(r"[A-Z0-9]{11}")
"""The shape of our codes; nothing else, and so nothing about a person, goes into a barcode."""

MODULE_MM = 0.25
"""What cheap scanners read at once: 2 dots at 203 dpi, 3 at 300, 6 at 600."""

SMALLEST_MODULE_MM = 0.20
"""At 0.17 mm one blurred reading in fifty fails."""

SMALLEST_MODULE_DOTS = 2
"""One dot is read from the raster, but no longer once paper and optics have blurred it."""

CODE128_QUIET_MODULES = 10
"""ISO/IEC 15417: blank on either side, or the reader does not see where the bars begin."""

DATA_MATRIX_QUIET_MODULES = 2
"""ISO/IEC 16022 asks for one on each side; the second forgives a label that is a little off."""

ROUNDING_DOTS = 0.1
"""0.25 mm is 2.95 dots at 300 dpi and 1.998 at 203: these are 3 and 2."""

SWITCH_A, SWITCH_B = 101, 100


class NotOurCode(LimsError):
    sentence = N_(
        "%(code)s cannot be a barcode: a code has 11 characters, A to Z and 0 to 9. "
        "Print the label from the record it belongs to."
    )


class ModuleTooSmall(LimsError):
    sentence = N_(
        "The barcode would be too fine to scan: %(module_mm)s mm a bar at %(dpi)s dpi, where "
        "%(smallest_mm)s mm is the least. Choose a larger label or a finer printer."
    )


class Code128Safe(Code128):  # type: ignore[misc]
    """Keeps a leading 99, which python-barcode 0.16.1 takes for a switch to set C and drops."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        if encoded[1] not in (SWITCH_A, SWITCH_B):
            return encoded
        optimized: list[int] = super()._try_to_optimize(encoded)
        return optimized


def code128_rows(text: str) -> list[str]:
    """One row of modules, 1 is a bar; start, check and stop included, quiet zones not."""
    rows: list[str] = Code128Safe(text).build()
    return rows


def data_matrix_rows(text: str) -> list[str]:
    """The square symbol, top row first, 1 is dark; finder included, quiet zone not."""
    matrix: Any = DataMatrix(text).matrix
    return ["".join("1" if module else "0" for module in row) for row in matrix]


def require_code(code: str) -> None:
    """Raise NotOurCode unless `code` has the shape of ours."""
    if not CODE.fullmatch(code):
        raise NotOurCode(code=code)


def module_dots(dpi: int, *, room_dots: int, modules: int, wanted_mm: float = MODULE_MM) -> int:
    """Whole dots for one of `modules` (quiet zones included) in `room_dots`, or ModuleTooSmall."""
    smallest = max(SMALLEST_MODULE_DOTS, in_dots(SMALLEST_MODULE_MM, dpi))
    dots = min(in_dots(wanted_mm, dpi), room_dots // modules)
    if dots < smallest:
        raise ModuleTooSmall(module_mm=in_mm(dots, dpi), smallest_mm=in_mm(smallest, dpi), dpi=dpi)
    return dots


def in_dots(length_mm: float, dpi: int) -> int:
    """The fewest whole dots that are at least as long."""
    return ceil(length_mm / MM_PER_INCH * dpi - ROUNDING_DOTS)


def in_mm(dots: int, dpi: int) -> str:
    return f"{dots * MM_PER_INCH / dpi:.2f}"
