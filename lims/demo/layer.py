"""Cells as a layer on the floor of vessels: how many lie there, and how full that looks."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lims.workflows.densities import VESSEL_TYPES

FULL_PER_CM2 = (11_500, 14_500, 17_500, 20_000)
"""Cells on 1 cm² that is covered all over, in P0, P1 and so on: 9,000 to 17,000 at four fifths, as
is usual of adherent MSC."""
GOOD = 0.82
"""How full vessels are to be at a harvest."""
THINNEST, DENSEST = 1_150, 4_700
"""Cells seeded on 1 cm²: well within what may be."""
SVF_PER_CM2 = 12_000
"""Seeded on 1 cm² in P0: only a few per cent of them adhere."""
FEWEST_SEEN_PCT = 3
AN_HOUR = timedelta(hours=1)
FEW = {"T-175": 5, "CF-2": 3, "CF-10": 9}
"""Vessels, the smallest first, and of how many of them one takes the next larger."""
QUANTUM = "Quantum"
AREAS = VESSEL_TYPES | {QUANTUM: Decimal(21_000)}
MEDIUM_ML = {
    "T-175": Decimal(38), "CF-2": Decimal(260), "CF-10": Decimal(1_300), QUANTUM: Decimal(2_400),
}  # fmt: skip
"""What a vessel holds, some 0.2 mL on 1 cm²; a bioreactor of hollow fibres has a circuit, whose
bag is changed."""


@dataclass(frozen=True)
class Vessels:
    """Some of one kind."""

    kind: str
    number: int = 1

    @property
    def area_cm2(self) -> Decimal:
        """Of each."""
        return AREAS[self.kind]

    @property
    def floor_cm2(self) -> float:
        return float(self.area_cm2) * self.number

    @property
    def medium_ml(self) -> Decimal:
        return MEDIUM_ML[self.kind] * self.number

    @property
    def is_seen_into(self) -> bool:
        return self.kind != QUANTUM


PERFUSED = Vessels(QUANTUM)


def with_floor(cm2: float) -> Vessels:
    """The smallest, of which few are needed."""
    needed = [Vessels(kind, math.ceil(cm2 / float(AREAS[kind]))) for kind in FEW]
    return next(each for each in needed if each.number <= FEW[each.kind])


def for_tissue(cells: int) -> Vessels:
    """Into what the cells of tissue are seeded."""
    return with_floor(cells / SVF_PER_CM2)


def to_grow(cells: float, passage: int) -> Vessels:
    """In which so many cells of a passage are as close as they should be."""
    return with_floor(cells / (FULL_PER_CM2[passage] * GOOD))


def seed_of(into: Vessels, passage: int, times: float) -> int:
    """As many as fill them, if they multiply so many `times` meanwhile."""
    wanted = FULL_PER_CM2[passage] * GOOD / times
    return round(min(max(wanted, THINNEST), DENSEST) * into.floor_cm2)


@dataclass(frozen=True)
class Layer:
    """What grows in the vessels of one passage, from what adhered to what is to be harvested."""

    into: Vessels
    passage: int
    adhered: float
    last: float
    began: datetime
    ends: datetime
    ends_pct: float
    """How full the vessels are then."""

    @property
    def doubling_hours(self) -> float:
        return (self.ends - self.began) / AN_HOUR / math.log2(self.last / self.adhered)

    def cells(self, at: datetime) -> float:
        doublings = (at - self.ends) / AN_HOUR / self.doubling_hours
        return self.last * math.pow(2, doublings)

    def covered_pct(self, at: datetime) -> int:
        covered = round(self.ends_pct * self.cells(at) / self.last)
        return max(FEWEST_SEEN_PCT, min(100, covered))


def filling(into: Vessels, passage: int, pct: float) -> float:
    """The cells that cover so much of these vessels."""
    return FULL_PER_CM2[passage] * into.floor_cm2 * pct / 100
