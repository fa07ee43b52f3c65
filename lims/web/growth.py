"""How a batch grew: the card on its page, the drawing, the numbers beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone, gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.charts import growth_values as chart
from lims.charts.growth import growth_svg
from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course
from lims.permissions import Permission
from lims.records.wording import Wording
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.filters import language
from lims.web.looks import note_look
from lims.web.records import find
from lims.workflows import batch_forecast, batch_growth, before_culture, mass_balance
from lims.workflows.batch_forecast import Outlook
from lims.workflows.batch_growth import BatchGrowth, Passage
from lims.workflows.forecast import Basis, Forecast
from lims.workflows.growth import passage_shown

bp = Blueprint("growth", __name__, url_prefix="/batches")

PLACES = 6


@dataclass(frozen=True)
class Card:
    """What the growth card of a batch page shows."""

    grown: BatchGrowth
    outlook: Outlook

    @property
    def forecast(self) -> Forecast | None:
        told = self.outlook.told
        return told if isinstance(told, Forecast) else None

    @property
    def began(self) -> bool:
        return bool(self.grown.passages)

    @property
    def days_of_interval(self) -> int:
        """Half the width of the 80 % interval, rounded up."""
        told = self.forecast
        return -(-(told.latest - told.earliest).days // 2) if told else 0

    @property
    def doublings_then(self) -> Decimal | None:
        """Cumulative doublings on the expected day."""
        return _decimal(self.forecast.doublings_expected) if self.forecast else None


def card_of(batch: Batch) -> Card:
    """The growth of `batch` and its outlook, for a page about it."""
    session = reading_session()
    grown = batch_growth.of_batch(session, batch)
    return Card(grown, batch_forecast.outlook(session, grown))


def of_open(batches: Sequence[Batch]) -> Card | None:
    """The growth of the newest open one of a course's batches, for the pages of the clinic."""
    still_open = [batch for batch in batches if batch.status is BatchStatus.OPEN]
    return card_of(still_open[-1]) if still_open else None


def not_begun(course: Course) -> Outlook | None:
    """What a course that has no cells yet may expect, read with its sessions."""
    return before_culture.of_courses(reading_session(), [course]).get(course.id)


def batches_of(course: Course) -> Sequence[Batch]:
    """The batches of a course, read with its sessions, in their order and with their cards."""
    query = select(Batch).where(Batch.course_id == course.id).order_by(Batch.id)
    options = batch_forecast.beside_sessions()
    return reading_session().scalars(query.options(*options)).unique().all()


def batch_shown(code: str) -> Batch:
    return find(Batch, code, joinedload(Batch.patient), *batch_forecast.with_outlook())


@bp.get("/<code>/growth")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    batch = batch_shown(code)
    note_look(batch.patient_id)
    card = card_of(batch)
    return render_template(
        "culture/growth.html",
        batch=batch,
        growth=card,
        heads=chart.growth_heads(),
        rows=chart.growth_rows(values_of(card, card.grown.passages), wording()),
        balances=[(each, mass_balance.balance_of(each)) for each in card.grown.suspensions],
    )


@bp.get("/<code>/growth.svg")
@requires(Permission.SEE_PRODUCTION)
def drawing(code: str) -> ResponseReturnValue:
    card = card_of(batch_shown(code))
    drawn = growth_svg(values_of(card, drawn_of(card)), wording())
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.cache_control.no_store = True
    return answer


def wording() -> Wording:
    """Words, numbers and times of a drawing, in the reader's language."""
    return Wording(lambda sentence: str(gettext(sentence)), get_timezone(), language())


def drawn_of(card: Card) -> list[Passage]:
    """The passages in the order their line goes: a sibling left behind is not drawn."""
    passages = [each for each in card.grown.passages if each.passage is not None]
    highest = max((each.passage for each in passages if each.passage is not None), default=0)
    drawn = [each for each in passages if each.harvested_at or each.passage == highest]
    return sorted(drawn, key=lambda each: (each.seeded_at, each.harvested_at is not None))


def values_of(card: Card, passages: Sequence[Passage]) -> chart.Growth:
    """The values of the drawing; days count from the first seeding."""
    outlook = card.outlook
    first = min((each.seeded_at for each in card.grown.passages), default=clock.now())
    appointment, most = outlook.appointment, outlook.aim.cumulative_doublings_max
    return chart.Growth(
        passages=tuple(_passage(each, first) for each in passages),
        prescribed_cells=outlook.aim.prescribed_cells,
        forecast=_fan(card, clock.day_of(first)),
        appointment_day=_days(clock.day_of(first), appointment.planned_on) if appointment else None,
        doublings_limit=most.normalize() if most is not None else None,
    )


def _passage(row: Passage, first: datetime) -> chart.Passage:
    return chart.Passage(
        name=passage_shown(row.passage),
        seeded_day=batch_growth.days_between(first, row.seeded_at),
        seeded_cells=row.seeded,
        harvested_day=batch_growth.days_between(first, row.harvested_at)
        if row.harvested_at
        else None,
        harvested_cells=row.harvested,
        doublings=_decimal(row.doublings),
        cumulative_doublings=row.cumulative,
        doubling_time_h=_decimal(row.doubling_time_hours),
    )


def _fan(card: Card, first: date) -> chart.Forecast | None:
    """The fan from the last count to the dose; none where it is reached, lies beyond the limits or
    never was counted."""
    told, standing = card.forecast, card.outlook.standing
    if told is None or told.exceeds or told.basis is Basis.REACHED:
        return None
    if standing is None or not standing.cells:
        return None
    return chart.Forecast(
        from_day=_days(first, standing.counted_on),
        from_cells=standing.cells,
        earliest_day=_days(first, told.earliest),
        likely_day=_days(first, told.expected),
        latest_day=_days(first, told.latest),
    )


def _days(first: date, then: date) -> Decimal:
    return Decimal((then - first).days)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(round(value, PLACES)))
