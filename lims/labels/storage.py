"""Labels of the cryobank: tanks, boxes, and the named cell of a patient."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from lims.errors import N_
from lims.labels import fonts
from lims.labels.face import Face
from lims.labels.parts import Label, Markers, PatientOnLabel, autologous, joined
from lims.labels.stock import LARGE, MEDIUM, TUBE, Stock
from lims.labels.text import Line

BOX_MODULE_MM = 0.4
"""Read through frost: larger than on a tube."""


@dataclass(frozen=True, kw_only=True)
class TankLabel(Label):
    """On a tank of liquid nitrogen."""

    name: str
    phase: str
    inside: str
    """Where it stands, from the site down."""

    stock: ClassVar[Stock] = MEDIUM

    def lay_out(self, face: Face) -> None:
        room = face.code128(self.code, height_mm=8, wanted_mm=0.25, caption=self.caption(face))
        face.write(room, self.lines(face))

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.name, 18, bold=True)
        yield Line(joined(face.say(N_("Liquid nitrogen")), self.phase), 9)
        yield Line(self.inside, 9)


@dataclass(frozen=True, kw_only=True)
class BoxLabel(Label):
    """On a box of positions, which may be carried to another tank: it names its size and zone."""

    rows: int
    columns: int
    zone: str
    """Named where what stands in it must stand apart; empty on a box for tested material."""

    stock: ClassVar[Stock] = TUBE

    def lay_out(self, face: Face) -> None:
        face.write(face.data_matrix(self.code, wanted_mm=BOX_MODULE_MM), self.lines(face))

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(self.caption(face), 9, font=fonts.MONO, rows=1)
        yield Line(face.say(N_("Box %(size)s"), size=f"{self.rows} × {self.columns}"), 9)
        yield Line(self.zone, 9, bold=True, white_on_black=True)


@dataclass(frozen=True, kw_only=True)
class CellLabel(Label):
    """On a patient's named cell of the cryobank, and in its paper folder."""

    patient: PatientOnLabel
    name: str
    facility: str
    markers: Markers

    stock: ClassVar[Stock] = LARGE

    def lay_out(self, face: Face) -> None:
        room = face.code128(self.code, height_mm=7, wanted_mm=0.33, caption=self.caption(face))
        face.write(room, self.lines(face))

    def lines(self, face: Face) -> Iterator[Line]:
        yield Line(face.say(N_("Storage cell %(name)s"), name=self.name), 9, bold=True)
        yield from self.patient.lines(face, size=10)
        yield Line(self.facility, 7)
        yield from autologous()
        yield from self.markers.warnings(face)
