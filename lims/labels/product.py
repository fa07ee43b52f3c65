"""Labels of what goes to the patient: the dose, its transport, and the frozen vial."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from lims.errors import N_
from lims.labels import barcodes, fonts
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
from lims.labels.stock import CRYOVIAL, LARGE, MEDIUM, Stock
from lims.labels.text import Line

IDENTIFY = N_("Properly identify intended recipient and product")
MAY_TRANSMIT = N_("WARNING: This product may transmit infectious agents")
"""On every dose, whatever the markers say: FACT-JACIE has it affixed to all that is distributed."""


@dataclass(frozen=True, kw_only=True)
class DoseLabel(Label):
    """On one syringe of the product; a Data Matrix, for bars bend around a syringe."""

    patient: PatientOnLabel
    product: str
    batch: str
    passage: int | None
    cells: int | None
    volume_ml: Decimal | None
    filled_at: datetime | None
    expires_at: datetime | None
    storage: str
    facility: str
    markers: Markers

    stock: ClassVar[Stock] = MEDIUM
    symbol = Matrix(0.5)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.caption(face), 7.5, font=fonts.MONO, rows=1)
        yield from self.patient.lines(face, size=9.5)
        yield Line(joined(self.product, passage_text(self.passage)), 7.5, bold=True)
        yield Line(
            joined(cells_text(face, self.cells), volume_text(face, self.volume_ml), self.batch),
            7,
        )
        yield Line(known_moment(face, N_("Filled %(at)s"), self.filled_at), 6.5)
        expires = known_moment(face, N_("Use before %(at)s"), self.expires_at)
        yield Line(joined(expires, self.storage), 6.5, bold=True)
        yield from autologous()
        yield from self.markers.warnings(face)
        yield Line(face.say(MAY_TRANSMIT), 5.5)
        yield Line(face.say(IDENTIFY), 5.5)
        yield Line(self.facility, 5.5)


@dataclass(frozen=True, kw_only=True)
class VialLabel(Label):
    """On a cryovial, put on at room temperature before freezing."""

    patient: PatientOnLabel
    product: str
    passage: int | None
    cells: int | None
    volume_ml: Decimal | None
    cryoprotectant: str
    frozen_on: date | None
    storage: str
    markers: Markers

    stock: ClassVar[Stock] = CRYOVIAL
    symbol = Matrix(barcodes.MODULE_MM)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.caption(face), 7, font=fonts.MONO, rows=1)
        yield self.patient.name_line(7)
        yield Line(self.patient.identifiers(face), 6)
        amount = joined(cells_text(face, self.cells), volume_text(face, self.volume_ml))
        yield Line(joined(passage_text(self.passage), self.product, amount), 6)
        frozen = self.frozen_on.isoformat() if self.frozen_on else ""
        yield Line(joined(frozen, self.cryoprotectant, self.storage), 6)
        yield Line(face.say(AUTOLOGOUS), 6.5)
        yield from self.markers.short_warnings(face)


@dataclass(frozen=True, kw_only=True)
class SessionLabel(Label):
    """On the transport box of one transplantation session."""

    patient: PatientOnLabel
    product: str
    course: str
    planned_on: date
    clinic: str
    physician: str
    doses: int
    storage: str
    facility: str
    markers: Markers

    stock: ClassVar[Stock] = LARGE
    symbol = Bars(6, 0.33)

    def lines(self, face: Face) -> Iterator[Line]:
        doses = face.say(N_("doses: %(count)s"), count=self.doses)
        yield Line(joined(self.product, doses, self.storage), 8, bold=True)
        yield from self.patient.lines(face, size=9)
        when = face.say(N_("Session %(date)s"), date=self.planned_on.isoformat())
        yield Line(joined(when, self.course), 7, bold=True)
        to = joined(self.clinic, self.physician)
        yield Line(face.say(N_("To: %(place)s"), place=to), 7)
        yield Line(face.say(N_("From: %(place)s"), place=self.facility), 7)
        yield from autologous()
        yield from self.markers.warnings(face)
        yield Line(face.say(IDENTIFY), 5.5)
