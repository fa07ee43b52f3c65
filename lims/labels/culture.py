"""Labels of the culture: the vessel at its passage, the tube of a suspension, the QC aliquot."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from lims.errors import N_
from lims.labels import fonts
from lims.labels.face import Face
from lims.labels.parts import (
    AUTOLOGOUS,
    Bars,
    Label,
    Markers,
    Matrix,
    PatientOnLabel,
    autologous,
    cells_text,
    joined,
    known_moment,
    passage_text,
    volume_text,
)
from lims.labels.stock import MEDIUM, TUBE, Stock
from lims.labels.text import Line

TUBE_MODULE_MM = 0.33
"""A tube has room for more than the default, and a curved label reads the better for it."""


@dataclass(frozen=True, kw_only=True)
class VesselLabel(Label):
    """The passage label on a flask or factory."""

    patient: PatientOnLabel
    product: str
    batch: str
    passage: int | None
    vessel: str
    """What it is, as `T-175`."""
    seeded_at: datetime | None
    markers: Markers

    stock: ClassVar[Stock] = MEDIUM
    symbol = Bars(5, 0.25)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(joined(passage_text(self.passage), self.vessel), 11, bold=True)
        yield from self.patient.lines(face, size=9)
        yield Line(joined(self.product, self.batch), 7)
        yield Line(known_moment(face, N_("Seeded %(at)s"), self.seeded_at), 7)
        yield from autologous()
        yield from self.markers.short_warnings(face)


@dataclass(frozen=True, kw_only=True)
class SuspensionLabel(Label):
    """On a tube of cells in suspension."""

    patient: PatientOnLabel
    product: str
    batch: str
    passage: int | None
    cells: int | None
    volume_ml: Decimal | None
    made_at: datetime | None
    markers: Markers

    stock: ClassVar[Stock] = TUBE
    symbol = Matrix(TUBE_MODULE_MM)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.caption(face), 7.5, font=fonts.MONO, rows=1)
        yield self.patient.name_line(7.5)
        yield Line(self.patient.identifiers(face), 6)
        amount = joined(cells_text(face, self.cells), volume_text(face, self.volume_ml))
        yield Line(joined(passage_text(self.passage), self.product, amount), 6)
        made = known_moment(face, "%(at)s", self.made_at)
        yield Line(joined(made, self.batch), 6)
        yield Line(face.say(AUTOLOGOUS), 6.5)
        yield from self.markers.short_warnings(face)


@dataclass(frozen=True, kw_only=True)
class AliquotLabel(Label):
    """On an aliquot for quality control, taken from exactly one source."""

    patient: PatientOnLabel
    test: str
    source: str
    """The code it was taken from."""
    taken_at: datetime | None
    storage: str
    markers: Markers

    stock: ClassVar[Stock] = TUBE
    symbol = Matrix(TUBE_MODULE_MM)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.caption(face), 7.5, font=fonts.MONO, rows=1)
        yield Line(face.say(N_("QC: %(test)s"), test=self.test), 7.5, bold=True)
        yield self.patient.name_line(6.5)
        yield Line(self.patient.identifiers(face), 6)
        taken = known_moment(face, "%(at)s", self.taken_at)
        yield Line(face.say(N_("from %(source)s"), source=joined(self.source, taken)), 6)
        yield Line(self.storage, 6)
        yield Line(face.say(AUTOLOGOUS), 6.5)
        yield from self.markers.short_warnings(face)
