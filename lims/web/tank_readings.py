"""Recording what a tank showed: the form a person fills beside the dewar."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import NotFound
from lims.models.storage import StorageReading, Tank
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.bench_forms import FromPaper
from lims.web.choices import TickField
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.fields import DecimalField, LongTextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.records import find
from lims.web.times import NowField
from lims.web.uploads import paper_kept
from lims.workflows import codes, specifications, tank_contents, tank_readings

bp = Blueprint("tank_readings", __name__, url_prefix="/tanks")

COLDEST = -273
HOTTEST = 60


class ColdField(DecimalField):
    """Degrees below zero, whose minus is forgotten now and then."""

    def within(self, value: Decimal) -> Decimal:
        if value > HOTTEST:
            raise ValueError(_l("No tank is as warm as that. Is the minus missing? −172."))
        return super().within(value)


class Shown(Form):
    """What a tank showed."""

    temperature_c = ColdField.of(
        StorageReading.temperature_c,
        _l("Temperature"),
        required=False,
        least=COLDEST,
        most=HOTTEST,
        hint=_l("With its minus: −172."),
    )
    level_pct = DecimalField.of(
        StorageReading.level_pct, _l("Level of nitrogen"), required=False, most=100
    )
    refilled = TickField(_l("Nitrogen was refilled"))

    def values(self) -> dict[str, Any]:
        return {
            "temperature_c": self.temperature_c.data,
            "level_pct": self.level_pct.data,
            "refilled": self.refilled.data,
        }


class ReadingForm(Shown, FromPaper):
    observed_at = NowField(_l("Read at"))
    comment = LongTextField(_l("Comment"), required=False, longest=400)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.values(),
            "tank": codes.load(session, code.upper(), Tank),
            "observed_at": self.observed_at.data,
            "late_reason": self.late_reason.data,
            "told": self.on_paper,
            "comment": self.comment.data,
        }


@bp.get("/<code>/readings/new")
@requires(Permission.RECORD_READING)
def enter(code: str) -> ResponseReturnValue:
    tank = find(Tank, code)
    last = tank_contents.last_readings(reading_session(), [tank]).get(tank.id)
    return render_template("tanks/reading.html", tank=tank, last=last, reading=shown(ReadingForm))


@bp.post("/<code>/readings/new")
@requires(Permission.RECORD_READING)
@on_refusal(enter)
def record_reading(code: str) -> ResponseReturnValue:
    form = ReadingForm()
    reading = submit(form, tank_readings.record_reading, lambda session: form.of(session, code))
    return recorded(reading, code)


def recorded(reading: StorageReading, code: str) -> ResponseReturnValue:
    """To the tank, which says in red what its last reading calls for; of an earlier one here."""
    session = reading_session()
    last = tank_contents.last_readings(session, [find(Tank, code)])[reading.tank_id]
    if last.id != reading.id:
        for problem in tank_readings.problems_of(reading, specifications.current(session)):
            flash(sentence_of(problem), "stop")
    flash(_("The reading is recorded."))
    return redirect(url_for("tanks.show", code=code), 303)


@bp.get("/<code>/readings/<int:number>/paper")
@requires(Permission.SEE_STORAGE)
def paper(code: str, number: int) -> Response:
    """The scan of what a reading was written on before it was entered."""
    _tank, reading = reading_of(code, number)
    if reading.on_paper is None or reading.on_paper.sha256 is None:
        raise NotFound(code=str(number))
    return paper_kept(reading.on_paper.sha256)


class CorrectionForm(Shown):
    reason = LongTextField(_l("Why it is corrected"), longest=400)

    def of(self, session: Session, number: int) -> dict[str, Any]:
        wrong = session.get_one(StorageReading, number)
        return {**self.values(), "wrong": wrong, "reason": self.reason.data}


def reading_of(code: str, number: int) -> tuple[Tank, StorageReading]:
    tank, found = find(Tank, code), reading_session().get(StorageReading, number)
    if found is None or found.tank_id != tank.id:
        raise NotFound(code=str(number))
    return tank, found


@bp.get("/<code>/readings/<int:number>/correct")
@requires(Permission.RECORD_READING)
def correct(code: str, number: int) -> ResponseReturnValue:
    tank, wrong = reading_of(code, number)
    form = shown(
        CorrectionForm,
        temperature_c=wrong.temperature_c,
        level_pct=wrong.level_pct,
        refilled=wrong.refilled,
    )
    return render_template("tanks/correct.html", tank=tank, wrong=wrong, correcting=form)


@bp.post("/<code>/readings/<int:number>/correct")
@requires(Permission.RECORD_READING)
@on_refusal(correct)
def correct_reading(code: str, number: int) -> ResponseReturnValue:
    reading_of(code, number)
    form = CorrectionForm()
    reading = submit(form, tank_readings.correct_reading, lambda session: form.of(session, number))
    return recorded(reading, code)
