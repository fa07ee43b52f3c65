"""Labels before the laboratory: the patient's card, the collection kit, the tissue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from lims.errors import N_
from lims.labels.face import Face
from lims.labels.parts import (
    Bars,
    Label,
    Markers,
    PatientOnLabel,
    autologous,
    joined,
    known_moment,
)
from lims.labels.stock import CARD, LARGE, Stock
from lims.labels.text import Line


@dataclass(frozen=True, kw_only=True)
class PatientCard(Label):
    """What the patient carries; the code is the patient's."""

    patient: PatientOnLabel
    facility: str
    telephone: str = ""

    stock: ClassVar[Stock] = CARD
    symbol = Bars(14, 0.5)

    def lines(self, face: Face) -> Iterator[Line]:
        yield from self.patient.lines(face, size=16)
        yield Line(self.facility, 9)
        yield Line(self.telephone, 9)


@dataclass(frozen=True, kw_only=True)
class KitLabel(Label):
    """On the collection kit that the laboratory sends to the operating room."""

    patient: PatientOnLabel
    course: str
    collection_on: date | None
    physician: str
    storage: str
    facility: str

    stock: ClassVar[Stock] = LARGE
    symbol = Bars(7, 0.33)

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(joined(face.say(N_("Collection kit")), self.course), 8, bold=True)
        yield from self.patient.lines(face, size=10)
        planned = self.collection_on.isoformat() if self.collection_on else ""
        yield Line(joined(planned, self.physician), 7)
        yield Line(joined(self.facility, self.storage), 7)
        yield from autologous()


@dataclass(frozen=True, kw_only=True)
class SampleLabel(Label):
    """On the container of tissue, filled in when the tissue is in it."""

    patient: PatientOnLabel
    product: str
    collected_at: datetime | None
    mass_g: Decimal | None
    additives: str
    storage: str
    facility: str
    markers: Markers

    stock: ClassVar[Stock] = LARGE
    symbol = Bars(6, 0.33)

    def lines(self, face: Face) -> Iterator[Line]:
        mass = "" if self.mass_g is None else face.say(N_("%(mass)s g"), mass=f"{self.mass_g:f}")
        yield Line(joined(self.product, mass), 8, bold=True)
        yield from self.patient.lines(face, size=10)
        yield Line(known_moment(face, N_("Collected %(at)s"), self.collected_at), 7)
        yield Line(joined(self.additives, self.storage), 7)
        yield Line(self.facility, 7)
        yield from autologous()
        yield from self.markers.warnings(face)
