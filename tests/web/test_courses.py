"""The pages of courses and sessions, as physicians use them."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.models.contraindication import ContraindicationCheck
from lims.workflows.contraindication_list import ALL
from tests.laboratory import PASSWORD, STAFF, clinic
from tests.laboratory.treatment import treating
from tests.web.visitor import forms_of

ORDER = {
    "indication": "osteoarthrosis",
    "grading": "stage",
    "grade": "2",
    "prescribed_cells": "5e7",
    "prescribed_volume_ml": "3,5",
}
ABSENT = {f"answer_{each.number}": "absent" for each in ALL if each.asked}


@pytest.fixture
def patient_code(database):
    with database.reading() as session:
        return clinic.patient(session, "ivanova").code


@pytest.fixture
def code(database):
    with database.reading() as session:
        return clinic.course(session, "ivanova").code


@pytest.fixture
def session_code(database):
    with database.reading() as session:
        return clinic.course(session, "ivanova").sessions[0].code


@pytest.fixture
def physician(signed_in):
    return signed_in("physician")


@pytest.fixture
def enquiry(physician, patient_code):
    """A second course, just ordered; its code."""
    answer = physician.send(f"/courses/order/{patient_code}", ORDER)
    return answer.location.rpartition("/")[2]


def plan(visitor, course, ahead=40, **values):
    day = (clock.today() + timedelta(days=ahead)).isoformat()
    injection = {"injections-0-joint": "knee", "injections-0-side": "left"}
    return visitor.send(f"/sessions/plan/{course}", {"planned_on": day, **injection, **values})


def test_a_second_session_of_a_joint_on_one_day_is_planned_with_a_reason(physician, enquiry):
    first, second = plan(physician, enquiry, ahead=70), plan(physician, enquiry, ahead=70)
    form = forms_of(second.text)[-1]
    sent = form.filled({"reason": "the patient tires soon"})
    third = physician.client.post(form.action, data=sent)

    assert [each.status_code for each in (first, second, third)] == [303, 422, 303]
    assert "is planned for the same day" in second.text


def test_another_joint_is_planned_and_told_in_words(physician, enquiry):
    jaw = {"injections-0-joint": "other", "injections-0-joint_named": "jaw"}
    plan(physician, enquiry, ahead=70, **jaw)

    assert "jaw, left" in physician.open(f"/courses/{enquiry}").text


def test_another_joint_without_words_is_refused_and_keeps_what_was_chosen(physician, enquiry):
    answer = plan(physician, enquiry, ahead=70, **{"injections-0-joint": "other"})

    assert answer.status_code == 422
    assert "Say in words which joint it is." in answer.text


@pytest.fixture
def both_knees(physician, enquiry):
    """The page of a session with both knees planned, and where one of them is called off."""
    right = {"injections-1-joint": "knee", "injections-1-side": "right"}
    form = physician.form(f"/sessions/plan/{enquiry}")
    values = dict(form.fields)
    alike = ("cells", "volume_ml")
    more = {f"injections-1-{name}": values[f"injections-0-{name}"] for name in alike}
    day = (clock.today() + timedelta(days=70)).isoformat()
    left = {"injections-0-joint": "knee", "injections-0-side": "left"}
    sent = form.filled({"planned_on": day, **left}) | right | more
    assert physician.client.post(form.action, data=sent).status_code == 303
    sitting = re.search(r"/sessions/SN\w+", physician.open(f"/courses/{enquiry}").text)[0]
    return sitting, re.search(rf"{sitting}/injections/\d+", physician.open(sitting).text)[0]


def test_an_injection_called_off_stays_on_its_pages_struck_out_with_the_reason(
    physician, enquiry, both_knees
):
    sitting, off = both_knees

    assert physician.send(off, {"reason": "the knee is well"}).status_code == 303

    for page in (sitting, f"/courses/{enquiry}", f"/courses/{enquiry}/timeline"):
        shown = physician.open(page).text
        assert "<s>" in shown, page
        assert "the knee is well" in shown, page
    assert "/injections/" not in physician.open(sitting).text


def test_calling_off_without_a_reason_is_refused(physician, both_knees):
    assert physician.send(both_knees[1], {}).status_code == 422


def test_a_cancelled_session_tells_who_cancelled_it_and_stays_in_the_timeline(
    physician, enquiry, both_knees
):
    sitting, _ = both_knees
    physician.send(f"{sitting}/cancel", {"reason": "moved abroad"})

    said = physician.open(sitting).text.partition("Cancelled:")[2].partition("</p>")[0]
    assert "moved abroad" in said
    assert STAFF["physician"][0] in said
    assert "moved abroad" in physician.open(f"/courses/{enquiry}/timeline").text


def ask(visitor, course, occasion="enrolment", **values):
    return visitor.send(f"/courses/{course}/contraindications/{occasion}", ABSENT | values)


def test_an_ordered_course_is_shown_as_an_enquiry(physician, enquiry):
    page = physician.open(f"/courses/{enquiry}").text

    assert "enquiry" in page
    assert "50\u202f000\u202f000 cells" in page
    assert "Dr. Irina Belova" in page


def test_a_dose_outside_the_specification_is_refused_beside_it(physician, patient_code):
    answer = physician.send(
        f"/courses/order/{patient_code}", ORDER | {"prescribed_volume_ml": "12"}
    )

    assert answer.status_code == 422
    assert "By the specification from 1 to 5 mL." in answer.text
    assert 'value="12"' in answer.text


def test_a_colleague_may_be_the_attending_physician(physician, patient_code):
    order = ORDER | {"physician": "second_physician"}
    answer = physician.send(f"/courses/order/{patient_code}", order)

    assert "Dr. Max Müller" in physician.open(answer.location).text


def test_a_prescription_is_changed_with_a_reason(physician, code):
    physician.send(f"/courses/{code}/change", {"grade": "III", "reason": "X-ray read again"})

    assert "Kellgren-Lawrence III" in physician.open(f"/courses/{code}").text


def test_what_is_missing_for_eligibility_is_listed_beforehand(physician, enquiry):
    page = physician.open(f"/courses/{enquiry}/eligible").text

    assert "plan the first one" in page
    assert "not checked" in page
    assert '/eligible"' not in page.replace(f'href="/courses/{enquiry}/eligible"', "")


def test_an_enquiry_becomes_consented_step_by_step(physician, enquiry):
    plan(physician, enquiry)
    ask(physician, enquiry)
    physician.send(f"/courses/{enquiry}/eligible", {})

    assert "consented" in physician.open(f"/courses/{enquiry}").text


def test_every_contraindication_is_answered(physician, enquiry):
    answers = ABSENT | {"answer_6": []}
    page = f"/courses/{enquiry}/contraindications/enrolment"

    assert physician.send(page, answers).status_code == 422


@pytest.mark.parametrize(("name", "asked"), [("ivanova", True), ("schmidt", False)])
def test_of_a_man_nobody_asks_for_a_pregnancy(physician, database, name, asked):
    with database.reading() as session:
        course = clinic.course(session, name).code
    page = f"/courses/{course}/contraindications/collection"
    answers = {key: value for key, value in ABSENT.items() if asked or key != "answer_9"}

    shown = physician.open(page).text
    assert ("pregnancy" in shown) is asked
    assert ("Number 9 is asked of women alone" in shown) is not asked
    assert physician.send(page, answers).status_code == 303


def test_a_note_about_what_is_absent_is_asked_back(physician, enquiry):
    answer = ask(physician, enquiry, note_7="lupus since 2019")

    assert answer.status_code == 422
    assert 'value="lupus since 2019"' in answer.text


def test_a_note_beside_absent_is_asked_back_of_what_is_present(physician, enquiry):
    answer = ask(physician, enquiry, answer_7="present", remark_7="asked twice")

    assert answer.status_code == 422
    assert 'value="asked twice"' in answer.text


def test_a_contraindication_found_keeps_the_course_from_going_on(physician, enquiry):
    plan(physician, enquiry)
    ask(physician, enquiry, answer_1="present", note_1="cough since Monday")

    assert (
        "passing: acute infectious disease" in physician.open(f"/courses/{enquiry}/eligible").text
    )
    assert "cough since Monday" in physician.open(f"/courses/{enquiry}").text


def test_what_may_be_overridden_is_told_so(physician, enquiry):
    plan(physician, enquiry)
    ask(physician, enquiry, answer_3="present", note_3="12°")

    assert "the physician may override it" in physician.open(f"/courses/{enquiry}/eligible").text


def test_asked_again_on_the_same_day_the_answers_stand_there(physician, enquiry):
    ask(physician, enquiry, answer_3="present", note_3="12°")

    form = physician.form(f"/courses/{enquiry}/contraindications/enrolment")

    assert {("answer_3", "present"), ("answer_4", "absent"), ("note_3", "12°")} <= set(form.fields)


def test_an_override_is_signed(physician, enquiry):
    plan(physician, enquiry)
    found = {"answer_3": "present", "note_3": "12°", "reason_3": "insole"}

    assert ask(physician, enquiry, **found).status_code == 422
    assert ask(physician, enquiry, **found, **{"own-password": PASSWORD}).status_code == 303
    assert "nothing is missing" in physician.open(f"/courses/{enquiry}/eligible").text


def test_outdated_markers_are_not_absent_by_what_is_recorded(physician, enquiry):
    page = f"/courses/{enquiry}/contraindications/enrolment"
    with time_machine.travel(clock.now() + timedelta(days=401), tick=False):
        physician.sign_in("physician")
        shown = physician.open(page).text
        unanswered = physician.send(page, ABSENT)
        answered = physician.send(page, ABSENT | {"answer_12": "absent"})

    assert "Infection markers outdated" in shown
    assert (unanswered.status_code, answered.status_code) == (422, 303)


def test_a_session_tells_what_rests_on_the_physicians_word(physician, session_code):
    page = f"/sessions/{session_code}"
    with time_machine.travel(clock.now() + timedelta(days=401), tick=False):
        physician.sign_in("physician")
        physician.send(f"{page}/contraindications", ABSENT | {"answer_12": "absent"})
        shown = physician.open(page).text

    assert "on the physician" in shown
    assert "word alone" in shown
    assert "Infection markers outdated" in shown


def test_answers_given_before_the_day_of_a_session_are_told_to_be_asked_again(
    physician, session_code
):
    page = f"/sessions/{session_code}"
    before = physician.open(f"{page}/contraindications").text
    physician.send(f"{page}/contraindications", ABSENT)

    assert "asked again on the day" in before
    assert "asked again on the day" in physician.open(page).text


def test_a_contraindication_found_is_told_by_its_name_its_finding_and_its_reason(
    physician, session_code
):
    found = {"answer_3": "present", "note_3": "12 degrees", "reason_3": "an insole"}
    ask_on = f"/sessions/{session_code}/contraindications"
    physician.send(ask_on, ABSENT | found | {"own-password": PASSWORD})

    shown = " ".join(
        re.sub("<[^>]*>", " ", physician.open(f"/sessions/{session_code}").text).split()
    )

    assert "no. 3 overridden axial deformation of the joint over 10° What was found: 12" in shown
    assert "Why it goes on all the same: an insole" in shown


def test_a_note_beside_an_absent_contraindication_is_shown(physician, enquiry):
    ask(physician, enquiry, remark_3="legs measured")

    shown = re.sub("<[^>]*>", " ", physician.open(f"/courses/{enquiry}").text)
    assert "no. 3 absent axial deformation" in " ".join(shown.split())
    assert "legs measured" in shown


def test_the_antibiotics_of_our_media_stand_beside_the_allergies(physician, enquiry):
    page = physician.open(f"/courses/{enquiry}/contraindications/enrolment").text

    assert "penicillin, streptomycin" in page
    assert "over 10°" in page
    assert "age under 18 or over 80" in page


def test_a_course_is_postponed_and_taken_up_again(physician, code):
    physician.send(f"/courses/{code}/postpone", {"reason": "flu"})
    postponed = physician.open(f"/courses/{code}").text
    assert "Take it up again" in postponed
    assert "flu" in postponed

    physician.send(f"/courses/{code}/resume", {"reason": "well"})

    assert "Take it up again" not in physician.open(f"/courses/{code}").text


def test_an_excluded_course_offers_nothing_more(physician, code):
    physician.send(f"/courses/{code}/exclude", {"reason": "cancer found"})

    page = physician.open(f"/courses/{code}").text
    assert "cancer found" in page
    assert "Postpone" not in page


def test_a_stage_reached_a_second_time_keeps_the_first_time_beside_it(physician, code):
    way = f"/courses/{code}"
    before = physician.open(way).text

    for act in ("postpone", "resume"):
        physician.send(f"{way}/{act}", {"reason": f"to {act}"})

    after = physician.open(way).text
    assert " · to resume" in after
    assert ("first " in before, after.count("first ")) == (False, 1)


def test_there_is_no_other_way_to_move_a_course(physician, code):
    assert physician.open(f"/courses/{code}/release").status_code == 404


def test_a_session_moves_and_stale_pages_are_refused(physician, signed_in, session_code):
    page = f"/sessions/{session_code}/change"
    day = (clock.today() + timedelta(days=60)).isoformat()
    old = physician.form(page).filled({"planned_on": day, "reason": "old"})
    signed_in("second_physician").send(page, {"planned_on": day, "reason": "holidays"})

    assert physician.client.post(page, data=old).status_code == 409


def test_a_cancelled_session_says_why(physician, session_code):
    physician.send(f"/sessions/{session_code}/cancel", {"reason": "unit closed"})

    assert "unit closed" in physician.open(f"/sessions/{session_code}").text


def test_a_check_before_an_injection_is_of_its_session(physician, database, session_code):
    physician.send(f"/sessions/{session_code}/contraindications", ABSENT)

    with database.reading() as session:
        checks = session.scalars(select(ContraindicationCheck.session_id)).all()
    assert checks.count(None) == len(checks) - 1
    assert "none present" in physician.open(f"/sessions/{session_code}").text


@pytest.mark.parametrize("login", ["technician", "qa", "auditor"])
def test_the_laboratory_sees_courses_and_changes_none(signed_in, code, session_code, login):
    visitor = signed_in(login)

    assert visitor.open(f"/courses/{code}").status_code == 200
    assert visitor.open(f"/sessions/{session_code}").status_code == 200
    assert "Postpone" not in visitor.open(f"/courses/{code}").text
    assert visitor.open(f"/courses/{code}/postpone").status_code == 403


def test_the_physician_sees_on_the_first_page_how_many_courses_wait(physician):
    assert "Courses that wait for you" in physician.open("/").text
    assert "Tissue can be collected" in physician.open("/courses/waiting").text


def test_the_forecast_is_told_to_the_physician_on_course_and_session(
    physician, database, code, session_code
):
    with treating(database) as treatment:
        treatment.room.bench.second_passage(clinic.course(treatment.session, "ivanova"))

    addresses = f"/courses/{code}", f"/sessions/{session_code}"
    pages = [physician.open(each).text for each in addresses]

    assert all("When the dose is ready" in page and "reached" in page for page in pages)


def test_the_list_tells_when_a_dose_is_expected_beside_its_session(physician, database, code):
    with treating(database) as treatment:
        treatment.room.bench.second_passage(clinic.course(treatment.session, "ivanova"))

    row = physician.open("/courses/").text.partition(code)[2].partition("</tr>")[0]

    assert any(word in row for word in ("in time", "at risk", "will miss"))


def test_today_tells_when_the_dose_of_a_session_is_expected(physician, database, session_code):
    with treating(database) as treatment:
        course = clinic.course(treatment.session, "ivanova")
        treatment.room.bench.second_passage(course)
        course.sessions[0].planned_on = clock.today() + timedelta(days=2)

    row = physician.open("/").text.partition(session_code)[2].partition("</tr>")[0]

    assert "Dose expected" in row


def test_planning_a_session_tells_how_long_a_first_dose_takes(physician, enquiry):
    page = physician.open(f"/sessions/plan/{enquiry}").text

    assert "Of tissue isolated today the dose would be there on" in page


def test_a_session_planned_too_early_says_so_on_its_course(physician, enquiry):
    plan(physician, enquiry, ahead=1)
    page = physician.open(f"/courses/{enquiry}").text

    assert "will miss" in page
    assert "earlier: move it" in page


def test_a_session_unlike_the_prescription_is_told_on_course_and_session(physician, enquiry):
    less = {"injections-0-cells": "2e7", "injections-0-volume_ml": "2.5"}
    asked = plan(physician, enquiry, **less)
    form = forms_of(asked.text)[-1]
    physician.client.post(form.action, data=form.filled({"otherwise": "a small joint"}))
    course = physician.open(f"/courses/{enquiry}").text

    assert asked.status_code == 422
    assert "not as prescribed" in course
    (of_session,) = set(re.findall(r"/sessions/SN[0-9A-Z]+", course))
    assert "are prescribed. The dose is filled as planned." in physician.open(of_session).text


def test_what_is_marked_names_the_number_of_the_question(physician, enquiry):
    answers = ABSENT | {"note_6": "no swelling"}
    page = physician.send(f"/courses/{enquiry}/contraindications/enrolment", answers).text

    assert "6. What was found</a>" in page


def test_what_is_to_be_mended_in_an_order_is_told_at_once(physician, patient_code):
    wrong = {"body_mass_kg": "900", "prescribed_cells": "1", "prescribed_volume_ml": "9"}
    page = physician.send(f"/courses/order/{patient_code}", ORDER | wrong).text

    assert page.count("By the specification from") >= 4  # the hint, and what is wrong
    assert "Not above 500" in page


@pytest.mark.parametrize("typed", ["20 M", "20 млн", "2e7", "20 000 000"])
def test_cells_are_typed_as_they_are_told(physician, patient_code, typed):
    answer = physician.send(f"/courses/order/{patient_code}", ORDER | {"prescribed_cells": typed})

    assert "20\u202f000\u202f000 cells" in physician.open(answer.location).text


def main_act(page):
    offered = page.partition('class="btns"')[2]
    return re.search(r'class="btn primary[^"]*"[^>]*>([^<]+)', offered)[1].strip()


def test_the_main_act_of_a_course_is_the_next_one(physician, enquiry):
    course = f"/courses/{enquiry}"
    seen = [main_act(physician.open(course).text)]
    ask(physician, enquiry)
    seen.append(main_act(physician.open(course).text))
    plan(physician, enquiry)
    seen.append(main_act(physician.open(course).text))
    physician.send(f"{course}/eligible", {})
    seen.append(main_act(physician.open(course).text))

    assert seen == [
        "Ask the contraindications", "Plan a session", "Declare eligible", "Order a collection kit",
    ]  # fmt: skip
