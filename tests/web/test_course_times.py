"""The timeline of a course: what was planned beside what happened."""

import pytest
from sqlalchemy import select

from lims.models.course import Course
from lims.workflows import course_times
from tests.laboratory import clinic
from tests.laboratory.treatment import treating


def story(database, stage):
    """A dose injected on the day of its session; the code of its course."""
    with treating(database) as treatment:
        course = clinic.course(treatment.session, "ivanova")
        (dose,) = treatment.released(course)
        treatment.inject(treatment.at_the_clinic(dose))
        return course.code


@pytest.fixture
def database(committed):
    return committed.database


def test_a_course_is_told_from_consent_to_injection(database, codes):
    with database.reading() as session:
        course = session.scalars(select(Course).where(Course.code == codes)).one()
        told = [each.what for each in course_times.of_course(session, course)]

    assert told[0] == "consent"
    way = ["received", "isolation", "harvest", "filled", "injected"]
    assert [each for each in dict.fromkeys(told) if each in way] == way


def test_a_session_stands_with_its_planned_and_its_real_day(signed_in, codes):
    page = signed_in("physician").open(f"/courses/{codes}/timeline").text
    row = page.partition("<table>")[2].partition("Session 1")[2].partition("</tr>")[0]

    assert row.count("20") >= 2
    assert "—" not in row


def test_the_course_leads_to_its_timeline(signed_in, codes):
    assert f"/courses/{codes}/timeline" in signed_in("physician").open(f"/courses/{codes}").text


def test_the_administrator_sees_no_course(signed_in, codes):
    assert signed_in("administrator").open(f"/courses/{codes}/timeline").status_code == 403


def test_what_was_assessed_before_the_injection_is_no_follow_up(signed_in, codes):
    physician = signed_in("physician")
    physician.send(
        f"/outcomes/{codes}/record",
        {"kind": "pain", "scale": "VAS", "score": "6", "assessed_on": "01.01.2020"},
    )

    assert "Recorded as before the treatment" in physician.open(f"/outcomes/{codes}").text
    assert "Assessed before the treatment" in physician.open(f"/courses/{codes}/timeline").text
