"""Where the days of a course lie."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from reportlab.graphics.shapes import String

from lims.charts.timeline import LEFT, RIGHT, WIDTH, Row, laid_out
from lims.charts.timeline_drawing import timeline_drawings
from lims.papers.wording import wording_of

CONSENT = Row("Consent", done=date(2026, 11, 1))
DOSE = Row("Dose", date(2026, 12, 2), date(2026, 11, 30), date(2026, 12, 4))
SESSION = Row("Session", planned=date(2026, 12, 1), done=date(2026, 12, 11))
TODAY = date(2026, 11, 20)


@pytest.fixture
def english_wording():
    return wording_of("en", ZoneInfo("Europe/Minsk"))


def test_a_later_day_lies_further_right_in_the_same_distance_for_each_day():
    consent, dose, session = laid_out([CONSENT, DOSE, SESSION], TODAY).bars

    days = (session.done - consent.done) / 40
    assert round((dose.planned - consent.done) / days) == 31


def test_what_is_expected_lies_between_its_days():
    (bar,) = laid_out([DOSE], TODAY).bars

    assert bar.band[0] < bar.planned < bar.band[1]
    assert bar.done is None


def test_every_mark_lies_beside_the_names():
    drawn = laid_out([CONSENT, DOSE, SESSION], TODAY)

    marks = [mark for bar in drawn.bars for mark in (bar.planned, bar.done) if mark]
    assert all(LEFT < mark < WIDTH - RIGHT for mark in marks)


def test_today_is_drawn_only_within_the_days():
    assert laid_out([CONSENT, SESSION], TODAY).today is not None
    assert laid_out([CONSENT, SESSION], date(2027, 11, 1)).today is None


def test_one_day_is_drawn_too():
    assert laid_out([CONSENT], TODAY).bars[0].done is not None


def test_on_paper_every_row_has_its_mark_and_many_rows_take_several_drawings(english_wording):
    few = list(timeline_drawings([CONSENT, SESSION], english_wording, 500))
    many = list(timeline_drawings([CONSENT] * 31, english_wording, 500))

    assert [shape.text for shape in few[0].contents if isinstance(shape, String)].count(
        "Consent"
    ) == 1
    assert len(many) == 2
    assert many[0].height < 692
