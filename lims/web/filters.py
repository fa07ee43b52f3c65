"""How a page writes values: numbers, units, moments, codes and words, in the reader's language."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from flask import Flask
from markupsafe import Markup
from sqlalchemy import inspect

from lims.errors import N_, Amount, in_words
from lims.models.site import Sited
from lims.records.wording import NO_HOUR
from lims.rounding import power_of_ten, rounded
from lims.web.language import counted as ngettext
from lims.web.language import months, reader, word_of
from lims.web.language import said as gettext
from lims.workflows.criteria import typed, written
from lims.workflows.earlier_hours import performed, told

THIN = "\u202f"
"""Narrow and unbreakable: a number never falls apart at the end of a line."""
DECIMAL_COMMA = ("ru",)

PLACES = {"%": 1, "°C": 1, "cm²": 1, "kg": 1, "min": 1, "doublings": 2}
"""Most decimal places shown of a unit; a mass or a volume shows the thousandths it was read to."""
FINEST = 3

UNITS = {
    "g": N_("g"),
    "s": N_("s"),
    "kg": N_("kg"),
    "mg": N_("mg"),
    "mL": N_("mL"),
    "µL": N_("µL"),
    "L": N_("L"),
    "IU": N_("IU"),
    "pcs": N_("pcs"),
    "min": N_("min"),
    "h": N_("h"),
    "d": N_("d"),
    "× g": N_("× g"),
    "doublings": N_("doublings"),
    "EU/mL": N_("EU/mL"),
    "IU/mL": N_("IU/mL"),
    "cells/mL": N_("cells/mL"),
    "cm²": N_("cm²"),
    "cells/cm²": N_("cells/cm²"),
    "cells": N_("cells"),
    "cells/g": N_("cells/g"),
    "containers": N_("containers"),
    "passage": N_("passage"),
    "aliquots": N_("aliquots"),
    "counts": N_("counts"),
    "times": N_("times"),
    "tanks": N_("tanks"),
    "hours": N_("hours"),
    "days": N_("days"),
    "years": N_("years"),
    "degrees": N_("degrees"),
    "dd.mm.yyyy": N_("dd.mm.yyyy"),
}
SHORT_FROM = 10_000
SHAPES = 6
COLOURS = 8
APART = 29
"""Marks from the first patients of a year to those of the next."""


def language() -> str:
    return reader().tag


def decimal_mark() -> str:
    return "," if language() in DECIMAL_COMMA else "."


def number(
    value: Decimal | int,
    places: int | None = None,
    fixed: bool = False,
    limits: Iterable[Decimal] = (),
) -> str:
    """`value` rounded to about (`fixed`: at least) `places`, in thin-spaced threes."""
    exact = Decimal(value)
    if places is not None:
        exact = rounded(exact, places, limits)
    whole, _, part = f"{exact:,f}".partition(".")
    part = part.rstrip("0").ljust(places or 0 if fixed else 0, "0")
    text = f"{whole}.{part}".rstrip(".")
    return text.replace(",", THIN).replace(".", decimal_mark()).replace("-", "−")


def unit_word(unit: str) -> str:
    return gettext(UNITS[unit]) if unit in UNITS else unit


def limit(asked: str) -> str:
    """What a test asks for: a comparison with its sign, a word in the reader's language."""
    return gettext(written(asked, decimal_mark()))


def result(text: str) -> str:
    """What was typed as the result of a test, a word or a number in the reader's language."""
    return gettext(typed(text, decimal_mark())) if text else ""


def shipped(text: str) -> str:
    """A text of the specification we come with, in the reader's language; a site's own as typed."""
    return gettext(text) if text else ""


def quantity(
    value: object, unit: str, places: int | None = None, limits: Iterable[Decimal] = ()
) -> str:
    """A number and its unit; of a record, `unit` names the column, which knows its own unit."""
    if value is not None and not isinstance(value, (Decimal, int)):
        column = inspect(type(value)).columns[unit]
        return quantity(getattr(value, unit), column.info["unit"], places)
    if value is None:
        return "—"
    if unit == "cells":
        return cells(value)
    finest = PLACES.get(unit, FINEST) if places is None else places
    shown = number(value, finest, places is not None, limits)
    return f"{shown}{THIN}{unit_word(unit)}"


def exact(value: Decimal | int, unit: str = "") -> str:
    """A value with every place it was recorded to, where it is corrected or audited."""
    return f"{number(value)}{THIN}{unit_word(unit)}" if unit else number(value)


def amount(measure: Amount) -> str:
    """A measure within a sentence: every place it was given, a word in the reader's language."""
    value, unit = measure
    if not isinstance(value, str):
        return cells(value) if unit == "cells" else exact(value, unit)
    word = limit(typed(value, "."))
    return f"{word}{THIN}{unit_word(unit)}" if unit else word


def cells(value: int | Decimal | None, short: bool = False) -> str:
    """1 200 000 cells; `short`: 1.2 × 10⁶, and the whole number for who reads the page back."""
    if value is None:
        return gettext("not counted")
    if short and abs(exact := Decimal(value)) >= SHORT_FROM:
        return Markup('<data value="{}">{}</data>').format(f"{exact:f}", in_short(exact))
    return ngettext("%(shown)s cell", "%(shown)s cells", int(value)) % {"shown": number(value, 0)}


def in_short(value: Decimal) -> str:
    """1.2 × 10⁶."""
    power = value.adjusted()
    return f"{number(value.scaleb(-power), 2)}{THIN}×{THIN}{power_of_ten(power)}"


def percent(value: Decimal | int | None, places: int = 1, limits: Iterable[Decimal] = ()) -> str:
    """`limits`: what it is compared with, and is not rounded across."""
    return "—" if value is None else f"{number(value, places, True, limits)}{THIN}%"


def moment(value: date | None) -> str:
    """21 Nov 2026 14:05 (+03:00), in the zone of the site; a day alone says it has no hour."""
    if value is None:
        return "—"
    if not isinstance(value, datetime):
        return gettext(NO_HOUR) % {"day": day(value)}
    here = value.astimezone(reader().zone)
    offset = here.strftime("%z")
    return f"{_day(here)} {here:%H:%M} ({offset[:3]}:{offset[3:5]})"


def day(value: date | datetime | None) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = value.astimezone(reader().zone)
    return _day(value)


def _day(value: date) -> str:
    return f"{value.day} {months(language())[value.month]} {value.year}"


def clock(value: datetime) -> str:
    """The hour of a day already named beside it."""
    return value.astimezone(reader().zone).strftime("%H:%M")


def passage(value: int | None) -> str:
    if value is None:
        return "P?"
    return "SVF" if value < 0 else f"P{value}"


def word(value: StrEnum | str | None) -> str:
    """A member of a closed set as the reader's word for it."""
    if isinstance(value, StrEnum):
        return word_of(value)
    return "—" if value is None else in_words(value, gettext)


TONES = {
    "ok": "accepted active approved applied closed done final in_use issued pass passed released"
    " stored valid",
    "warn": "compromised conditional due hold inconclusive late on_hold open_deviation paused"
    " postponed quarantine quarantined suspect",
    "stop": "blocked contaminated disabled expired fail failed locked overdue recalled refused"
    " rejected void voided withdrawn wrong",
    "info": "culturing freezing in_progress invited open ordered planned received reading requested"
    " running still_running waiting",
}
TONE_OF = {status: tone for tone, statuses in TONES.items() for status in statuses.split()}


def site(place: Sited) -> str:
    """The joint and its side; another joint in the words that were said for it."""
    return f"{place.joint_named or word(place.joint)}, {word(place.side)}"


def tone(value: StrEnum | str) -> str:
    """Which colour and shape a status has; one not listed is plain."""
    return TONE_OF.get(str(value), "plain")


def code(value: str) -> Markup:
    return Markup('<span class="code">{}</span>').format(value)


def patient_mark(value: str) -> str:
    """The classes that give a patient's code its colour and shape (app.css draws them).

    Patients of one time are in one laboratory and in one box: of as many codes in a row as there
    are marks no two have the same, and of two in a row neither colour nor shape is the same.
    """
    year, serial = int(value[2:4]), int(value[4:10])
    round_, colour = divmod(serial + year * APART, COLOURS)
    return f"colour-{colour} shape-{(colour - round_) % SHAPES}"


def init(app: Flask) -> None:
    shown = (
        number, limit, result, shipped, quantity, cells, percent, moment, day, clock, passage, word,
        code, tone, site,
    )  # fmt: skip
    for each in (*shown, patient_mark, unit_word, performed, told):
        app.add_template_filter(each)
    app.jinja_env.globals["language"] = language
