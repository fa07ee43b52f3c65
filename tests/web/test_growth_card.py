"""What the growth card says of the day on which a dose is reached."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from flask import render_template_string

from lims import clock
from lims.models.course import TransplantationSession
from lims.web.course_times import expected
from lims.web.growth import Card, values_of
from lims.workflows.batch_forecast import Outlook
from lims.workflows.forecast import Aim, Basis, Forecast, LimitKind, Timeliness
from lims.workflows.pace import Standing

SHOWN = (
    "{% from 'culture/growth_card.html' import against, growth_facts %}"
    "{{ growth_facts(card) }}{{ against(card.outlook) }}"
)


COUNTED = Standing(1_500_000, date(2026, 10, 1), 1)


@pytest.fixture(autouse=True)
def on_a_page(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def card(exceeds):
    today = clock.today()
    day, appointment = today + timedelta(days=30), TransplantationSession(planned_on=today)
    told = Forecast(day, day, day, Basis.PAST_BATCHES, 9, 4, 2, 5.0, frozenset(exceeds))
    aim = Aim(50_000_000, Decimal(90), 4, Decimal(20))
    outlook = Outlook(aim, told, appointment, Timeliness.WILL_MISS, COUNTED, ())
    grown = SimpleNamespace(cumulative=None, passages=[], batch=SimpleNamespace(code="none"))
    return Card(grown, outlook)


def shown(exceeds):
    return render_template_string(SHOWN, card=card(exceeds))


def test_a_dose_that_is_reached_within_the_limits_has_its_day():
    assert "move the session" in shown([])


def test_no_day_is_promised_for_a_dose_beyond_the_limits():
    page = shown([LimitKind.PASSAGE])

    assert "the dose is not reached" in page
    assert "move the session" not in page


@pytest.mark.parametrize(("exceeds", "has_a_day"), [([], True), ([LimitKind.PASSAGE], False)])
def test_the_chart_draws_the_day_of_a_dose_within_the_limits_alone(exceeds, has_a_day):
    assert (values_of(card(exceeds), []).forecast is not None) is has_a_day


@pytest.mark.parametrize(("exceeds", "days"), [([], 1), ([LimitKind.PASSAGE], 0)])
def test_the_timeline_expects_a_dose_within_the_limits_alone(exceeds, days):
    assert len(list(expected(card(exceeds)))) == days
