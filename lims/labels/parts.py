"""What several kinds of label say in the same words: the patient, the warnings, the amounts."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, NamedTuple

from lims.errors import N_
from lims.labels.face import Face
from lims.labels.stock import Stock
from lims.labels.text import Area, Line
from lims.rounding import millions

SVF_PASSAGE = -1
NAME_ROWS = 3
"""A double surname, a first name, a patronymic."""

AUTOLOGOUS = N_("FOR AUTOLOGOUS USE ONLY")
AUTOLOGOUS_RU = "ТОЛЬКО ДЛЯ АУТОЛОГИЧНОГО ПРИМЕНЕНИЯ"
NOT_EVALUATED = N_("NOT EVALUATED FOR INFECTIOUS SUBSTANCES")
NOT_EVALUATED_RU = "НЕ ПРОВЕРЕНО НА ИНФЕКЦИОННЫЕ АГЕНТЫ"
HAZARD = N_("BIOLOGICAL HAZARD")
HAZARD_RU = "БИОЛОГИЧЕСКАЯ ОПАСНОСТЬ"
HAZARD_SIGN = "☣"
"""The legend of 21 CFR 1271.3(h); the phrases above are those of 21 CFR 1271.90(c)."""


class Bars(NamedTuple):
    """A Code 128 above the lines."""

    height_mm: float
    wanted_mm: float

    def drawn(self, face: Face, code: str, caption: str) -> Area:
        return face.code128(
            code, height_mm=self.height_mm, wanted_mm=self.wanted_mm, caption=caption
        )


class Matrix(NamedTuple):
    """A Data Matrix beside the lines, where bars would bend or not fit."""

    wanted_mm: float

    def drawn(self, face: Face, code: str, caption: str) -> Area:
        return face.data_matrix(code, wanted_mm=self.wanted_mm)


@dataclass(frozen=True, kw_only=True)
class Label(ABC):
    """What every label carries: one of our codes, and which copy of it this is."""

    code: str
    copy: int = 1

    stock: ClassVar[Stock]
    """What this kind is printed on unless the site says otherwise."""
    symbol: ClassVar[Bars | Matrix]

    @abstractmethod
    def lines(self, face: Face) -> Iterator[Line]:
        """What stands on it in words, the most important first."""

    def lay_out(self, face: Face) -> None:
        face.write(self.symbol.drawn(face, self.code, self.caption(face)), self.lines(face))

    def caption(self, face: Face) -> str:
        """The code as a person reads it, with the mark of a copy."""
        if self.copy == 1:
            return self.code
        return f"{self.code}  {face.say(N_('copy %(number)s'), number=self.copy)}"


@dataclass(frozen=True, kw_only=True)
class PatientOnLabel:
    """Who the cells come from and go to: two identifiers besides the name."""

    code: str
    name: str
    born: date
    other_name: str = ""
    """The name in the other script, as in the passport of a patient from abroad."""

    def lines(self, face: Face, *, size: float) -> Iterator[Line]:
        yield self.name_line(size)
        yield Line(self.other_name, size * 0.8)
        yield Line(self.identifiers(face), size * 0.8)

    def name_line(self, size: float) -> Line:
        return Line(self.name, size, bold=True, rows=NAME_ROWS)

    def identifiers(self, face: Face) -> str:
        return f"{face.say(N_('born %(date)s'), date=self.born.isoformat())} · {self.code}"


@dataclass(frozen=True, kw_only=True)
class Markers:
    """What is known of the patient's infection markers when the label is printed."""

    pending: bool
    reactive: tuple[str, ...] = ()
    """The diseases whose tests are reactive."""

    def warnings(self, face: Face) -> Iterator[Line]:
        """In both languages: who handles the label may read either."""
        if self.reactive:
            yield Line(f"{HAZARD_SIGN} {HAZARD} · {HAZARD_RU}", 7, bold=True, white_on_black=True)
            for_what = ", ".join(self.reactive)
            warning = N_("WARNING: Reactive test results for %(diseases)s")
            yield Line(face.say(warning, diseases=for_what), 6, bold=True)
        if self.pending:
            yield Line(NOT_EVALUATED, 6, bold=True)
            yield Line(NOT_EVALUATED_RU, 6, bold=True)

    def short_warnings(self, face: Face) -> Iterator[Line]:
        """In the site's language alone, for a tube."""
        if self.reactive:
            hazard = f"{HAZARD_SIGN} {face.say(HAZARD)}: {', '.join(self.reactive)}"
            yield Line(hazard, 6, bold=True, white_on_black=True)
        if self.pending:
            yield Line(face.say(NOT_EVALUATED), 6)


def autologous() -> Iterator[Line]:
    """The autologous statement in both languages."""
    yield Line(AUTOLOGOUS, 7, bold=True)
    yield Line(AUTOLOGOUS_RU, 7, bold=True)


def joined(*parts: str) -> str:
    """What is known of `parts`, side by side."""
    return " · ".join(part for part in parts if part)


def moment(at: datetime) -> str:
    """Date, time and offset; `at` comes in the site's zone."""
    if at.tzinfo is None:
        raise ValueError("a time on a label needs its offset")
    text = at.isoformat(sep=" ", timespec="minutes")
    return f"{text[:16]} {text[16:]}"


def passage_text(passage: int | None) -> str:
    """SVF before the first passage, P? where nobody knows."""
    if passage is None:
        return "P?"
    return "SVF" if passage == SVF_PASSAGE else f"P{passage}"


def cells_text(face: Face, cells: int | None) -> str:
    """In millions to one place, or nothing where not counted yet."""
    if cells is None:
        return ""
    return face.say(N_("%(millions)s×10⁶ cells"), millions=millions(cells))


def volume_text(face: Face, volume_ml: Decimal | None) -> str:
    if volume_ml is None:
        return ""
    return face.say(N_("%(volume)s mL"), volume=f"{volume_ml.normalize():f}")


def known_moment(face: Face, sentence: str, at: datetime | None) -> str:
    """`sentence` with its moment, or nothing on a label printed before the act."""
    return "" if at is None else face.say(sentence, at=moment(at))
