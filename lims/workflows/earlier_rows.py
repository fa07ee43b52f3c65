"""What a row of earlier records says, and where it stands: plain values, nothing kept yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from lims.errors import N_, LimsError

TO_THE_EYE = str.maketrans("АВЕКМНОРСТУХЗавеорсухIlO", "ABEKMH0PCTYX3abeopcyx110")
"""Letters of either script and the sign that each is taken for."""


class BadCell(LimsError):
    sentence = N_("%(sheet)s, row %(row)s, cell %(cell)s (%(column)s): %(problem)s")


class BadRow(LimsError):
    sentence = N_("%(sheet)s, row %(row)s: %(problem)s")


@dataclass(frozen=True)
class Origin:
    """The row something was read from, and in which cell each of its columns stands."""

    sheet: str
    row: int
    cells: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    """What each column is called in the sheet."""

    def bad(self, column: str, problem: LimsError) -> LimsError:
        """`problem` with its place: the cell, or the row where the column is not in the sheet."""
        if column not in self.cells:
            return BadRow(sheet=self.sheet, row=self.row, problem=problem)
        return BadCell(
            sheet=self.sheet,
            row=self.row,
            cell=self.cells[column],
            column=self.heads.get(column, column),
            problem=problem,
        )


@dataclass(frozen=True)
class Counted:
    """Live and dead cells of the whole tube, as the sheet gives them."""

    live: int
    dead: int
    viability_pct: Decimal | None = None
    """Where the sheet gives it; the dead cells follow from it then."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a row says was done, when, and by whom as it is written there."""

    origin: Origin
    at: datetime
    by: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class Received(Event):
    mass_g: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Isolated(Event):
    tube: str
    volume_ml: Decimal
    count: Counted | None


@dataclass(frozen=True, kw_only=True)
class Seeded(Event):
    """Each of `vessels` got `volume_ml` of `tube`; all that was left in equal parts where None."""

    tube: str
    vessels: tuple[str, ...]
    volume_ml: Decimal | None
    vessel_type: str
    area_cm2: Decimal


@dataclass(frozen=True, kw_only=True)
class Fed(Event):
    vessels: tuple[str, ...]
    medium_ml: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Observed(Event):
    vessels: tuple[str, ...]
    confluence_pct: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Harvested(Event):
    vessels: tuple[str, ...]
    tube: str
    volume_ml: Decimal
    count: Counted | None


@dataclass(frozen=True, kw_only=True)
class Filled(Event):
    """`number` vials or syringes of `volume_ml` each were filled from `tube`."""

    tube: str
    of_vials: bool
    number: int
    volume_ml: Decimal


@dataclass(frozen=True, kw_only=True)
class Discarded(Event):
    names: tuple[str, ...]


@dataclass(frozen=True)
class EarlierBatchRows:
    """A batch as its sheet tells it: its events in the order of their times."""

    number: str
    patient: str
    """A code of ours, or the patient's number in the earlier records."""
    events: tuple[Event, ...]

    @property
    def origin(self) -> Origin:
        return self.events[0].origin


@dataclass(frozen=True)
class EarlierPatientRow:
    """A patient as a list names them."""

    origin: Origin
    number: str
    full_name: str
    other_name: str
    birth_date: date
    sex: str
    document_kind: str
    """Empty where the list gives no document."""
    document_number: str
    another_person: bool
    """Somebody compared this row with whom it might be, and says that it is another person."""


@dataclass(frozen=True)
class EarlierVialRow:
    """A vial as a list of the cryobank has it."""

    origin: Origin
    number: str
    tank: str
    """The tank's name or code; empty where `box` says which it is."""
    tower: str
    level: int | None
    box: str
    """A code; empty where tank, tower and level say which it is."""
    position: str
    """As we write it: A3."""
    volume_ml: Decimal | None
    viable_cells: int | None


@dataclass(frozen=True)
class EarlierVials:
    """Vials of one patient that were frozen together."""

    patient: str
    batch: str
    """The number of their batch in the earlier records; empty where nobody knows it."""
    frozen_on: date
    passage: int | None
    """None: unknown."""
    vials: tuple[EarlierVialRow, ...]

    @property
    def origin(self) -> Origin:
        return self.vials[0].origin

    @property
    def number(self) -> str:
        """How the group is called: by its first vial."""
        return self.vials[0].number


def seen(number: str) -> str:
    """What an eye reads: alike for numbers that it cannot tell apart."""
    return number.translate(TO_THE_EYE)
