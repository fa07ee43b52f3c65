"""Labels of the house: lots, equipment, places and stations, people."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lims.errors import N_
from lims.labels.face import Face
from lims.labels.parts import Bars, Label, joined
from lims.labels.stock import CARD, MEDIUM, Stock
from lims.labels.text import Line


@dataclass(frozen=True, kw_only=True)
class LotLabel(Label):
    """On a container of a reagent, medium or consumable of one lot."""

    article: str
    lot_number: str
    """The maker's, or ours for what is prepared in house."""
    expires_on: date | None
    storage: str

    stock: ClassVar[Stock] = MEDIUM
    symbol = Bars(8, 0.25)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.article, 11, bold=True)
        yield Line(face.say(N_("Lot %(number)s"), number=self.lot_number), 9)
        if self.expires_on:
            expires = face.say(N_("Expires %(date)s"), date=self.expires_on.isoformat())
            yield Line(expires, 9, bold=True)
        yield Line(self.storage, 7)


@dataclass(frozen=True, kw_only=True)
class EquipmentLabel(Label):
    """On a piece of equipment."""

    name: str
    serial_number: str
    calibration_due: date | None

    stock: ClassVar[Stock] = MEDIUM
    symbol = Bars(8, 0.25)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.name, 11, bold=True)
        if self.serial_number:
            yield Line(face.say(N_("Serial no. %(number)s"), number=self.serial_number), 8)
        if self.calibration_due:
            due = self.calibration_due.isoformat()
            yield Line(face.say(N_("Calibration due %(date)s"), date=due), 8, bold=True)


@dataclass(frozen=True, kw_only=True)
class PlaceLabel(Label):
    """On a place or a station: a shelf, a bench, a terminal."""

    name: str
    inside: str = ""
    """Where it is, from the site down."""

    stock: ClassVar[Stock] = MEDIUM
    symbol = Bars(8, 0.25)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.name, 15, bold=True)
        yield Line(self.inside, 9)


@dataclass(frozen=True, kw_only=True)
class BadgeLabel(Label):
    """A person's badge."""

    name: str
    roles: tuple[str, ...]
    facility: str

    stock: ClassVar[Stock] = CARD
    symbol = Bars(14, 0.5)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.name, 20, bold=True)
        yield Line(joined(*self.roles), 12)
        yield Line(self.facility, 9)
