"""The pages of a dose, as the keeper, the technician and the physician use them."""

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from lims import clock
from lims.models.administration import Administration, Outcome
from lims.models.audit import AuditEntry
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus
from lims.web.filters import patient_mark
from lims.workflows import breaches, deviations
from lims.workflows.codes import load
from tests import laboratory
from tests.counting import MOST, OF_SIGNING_IN, looks
from tests.laboratory import PASSWORD, clinic, working
from tests.laboratory.treatment import treating
from tests.web.conftest import beginning


class Codes:
    """What is printed on the labels: of the dose, its patient, its session, and a stranger."""

    def __init__(self, treatment, dose, sibling):
        self.dose, self.patient, self.sibling = dose.code, dose.patient.code, sibling.code
        self.sitting, self.course = dose.session.code, dose.session.course.code
        self.fill = dose.fill.code
        self.stranger = clinic.patient(treatment.session, "schmidt").code


STAGES = {
    "released": (),
    "handed over": ("hand_over",),
    "received": ("at_the_clinic",),
    "injected": ("at_the_clinic", "inject"),
}
"""What is done to a released dose until it is there."""


def story(database, stage):
    with treating(database) as treatment:
        doses = treatment.released(clinic.course(treatment.session, "ivanova"), 2)
        for act in STAGES[stage]:
            getattr(treatment, act)(doses[0])
        return Codes(treatment, *doses)


@pytest.fixture
def stage(request):
    return getattr(request, "param", "released")


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def rules(database):
    """The rules by which deviations were opened so far."""

    def rules():
        with database.reading() as session:
            return [each.rule for each in session.scalars(select(Deviation).order_by(Deviation.id))]

    return rules


def moment_of(visitor, page):
    """When the observation begins, as its form suggests."""
    shown = dict(visitor.form(page).fields)["began_at"]
    return datetime.strptime(f"{shown} +0000", "%d.%m.%Y %H:%M %z")


def planned_day(database, codes):
    with database.reading() as session:
        return datetime.combine(load(session, codes.dose, Dose).session.planned_on, time(12), UTC)


def handed_over(codes, **instead):
    return {
        "dose": codes.dose,
        "patient": codes.patient,
        "sitting": codes.sitting,
        "carrier": "Courier 4",
        "temperature_c": "4,5",
        "witness-login": "technician",
        "witness-password": PASSWORD,
        "password-password": PASSWORD,
    } | instead


def injection(codes, **instead):
    return {
        "dose": codes.dose,
        "patient": codes.patient,
        "joint": "knee",
        "side": "left",
        "volume_ml": "2,9",
        "injected_by": "Dr. Belova",
        "comment": "the patient came early",
        "password-password": PASSWORD,
    } | instead


def test_a_scan_of_a_dose_opens_its_page(signed_in, codes):
    answer = signed_in("keeper").send("/", {"code": codes.dose}, action="/scan")

    assert answer.location == f"/doses/{codes.dose}"


def test_the_page_of_a_dose_names_every_deviation_that_reaches_it(signed_in, codes, database):
    with working(database) as session:
        about = load(session, codes.dose, Dose).fill.batch, laboratory.person(session, "technician")
        found = deviations.open_by_rule(session, "fact", about[0], description="-", by=about[1])

    assert found.code in signed_in("physician").open(f"/doses/{codes.dose}").text


def test_at_the_hand_over_two_people_read_that_the_injection_will_be_barred(
    signed_in, codes, database
):
    page, told = f"/doses/{codes.dose}/hand-over", "The injection will be barred"
    before = signed_in("keeper").open(page).text
    with time_machine.travel(planned_day(database, codes), tick=False):
        on_the_day = signed_in("keeper").open(page).text

    assert (told in before, told in on_the_day) == (False, True)


def test_a_dose_is_handed_over_received_and_injected(signed_in, codes, stored):
    page, physician = f"/doses/{codes.dose}", signed_in("physician")
    scans = {"dose": codes.dose, "patient": codes.patient}

    signed_in("keeper").send(f"{page}/hand-over", handed_over(codes))
    physician.send(f"{page}/receive", {**scans, "intact": "yes", "temperature_c": "5"})
    answer = physician.send(f"{page}/injection", injection(codes))

    assert answer.status_code == 303, answer.text
    assert stored(Dose, codes.dose).status is DoseStatus.ADMINISTERED


@pytest.mark.parametrize(
    ("stage", "login", "page", "values"),
    [
        ("released", "keeper", "/doses/{}/hand-over", handed_over),
        ("received", "physician", "/doses/{}/injection", injection),
        ("released", "lead", "/doses/{}/discard", lambda codes: {
            "dose": codes.dose, "reason": "leaks", "password-password": PASSWORD,
        }),
    ],
    indirect=["stage"],
)  # fmt: skip
def test_a_dose_that_changed_since_its_page_was_shown_is_not_signed(
    signed_in, codes, database, stored, login, page, values
):
    visitor, before = signed_in(login), stored(Dose, codes.dose).status
    form = visitor.form(page.format(codes.dose))
    with working(database) as session:
        load(session, codes.dose, Dose).volume_ml = Decimal("3.5")

    answer = visitor.post(form, values(codes))

    assert answer.status_code == 409
    assert stored(Dose, codes.dose).status is before


@pytest.mark.parametrize(
    ("login", "page"),
    [
        ("keeper", "/doses/{sibling}"),
        ("keeper", "/doses/{sibling}/hand-over"),
        ("physician", "/doses/{sibling}/receive"),
        ("physician", "/sessions/{sitting}"),
        ("qa", "/fills/{fill}"),
        ("qa", "/fills/{fill}/recall"),
    ],
)
def test_of_a_dose_that_was_sampled_a_page_shows_what_is_left(signed_in, codes, login, page):
    shown = signed_in(login).open(page.format(**vars(codes))).text

    assert re.search(r"2\.9\smL <span[^>]*>of 3\smL filled", shown)
    assert re.search(r"49\s300\s000\scells", shown)


@pytest.mark.parametrize(
    ("stage", "offered"), [("released", [True, True]), ("injected", [False, False])],
    indirect=["stage"],
)  # fmt: skip
def test_a_session_with_doses_may_be_cancelled_and_an_injected_one_is_not_changed(
    signed_in, codes, offered
):
    page = signed_in("physician").open(f"/sessions/{codes.sitting}").text

    assert [f"/sessions/{codes.sitting}/{act}" in page for act in ("move", "cancel")] == offered
    assert f"/sessions/{codes.sitting}/change" not in page


def test_once_doses_are_filled_only_the_day_of_a_session_is_asked_and_the_page_says_why(
    signed_in, codes, stored
):
    physician, page = signed_in("physician"), f"/sessions/{codes.sitting}/move"
    shown = physician.open(page)
    day = (clock.today() + timedelta(days=60)).isoformat()
    physician.send(page, {"planned_on": day, "reason": "holidays"})

    assert "only its day can change" in shown.text
    assert 'name="injections' not in shown.text
    assert stored(TransplantationSession, codes.sitting).planned_on.isoformat() == day
    assert physician.open(f"/sessions/{codes.sitting}/change").status_code == 302


def test_a_change_sent_after_the_doses_were_filled_is_refused_and_keeps_what_was_typed(
    signed_in, codes
):
    physician = signed_in("physician")
    old = physician.form(f"/sessions/{codes.sitting}/move").filled({"reason": "the other knee"})
    row = {"joint": "hip", "side": "left", "cells": "1000000", "volume_ml": "1"}
    typed = {f"injections-0-{name}": value for name, value in row.items()}

    answer = physician.client.post(f"/sessions/{codes.sitting}/change", data=old | typed)

    assert answer.status_code == 409
    assert "the other knee" in answer.text
    assert 'value="1000000"' in answer.text


@pytest.mark.parametrize(
    ("stage", "login", "act"),
    [("released", "keeper", "hand-over"), ("handed over", "physician", "receive")],
    indirect=["stage"],
)
def test_the_temperature_is_asked_for_beside_what_the_specification_expects(
    signed_in, codes, login, act
):
    page = signed_in(login).open(f"/doses/{codes.dose}/{act}").text

    assert "Specification: 2 to 8. Left empty, it is a deviation." in page


def test_only_the_next_legal_acts_are_offered(signed_in, codes):
    page = f"/doses/{codes.dose}"

    keeper, physician = (signed_in(login).open(page).text for login in ("keeper", "physician"))

    assert f"{page}/hand-over" in keeper
    assert f"{page}/injection" not in keeper + physician


def test_the_same_person_twice_hands_nothing_over(signed_in, codes, stored):
    twice = handed_over(codes, **{"witness-login": "keeper"})

    answer = signed_in("keeper").send(f"/doses/{codes.dose}/hand-over", twice)

    assert answer.status_code == 422
    assert "has signed already" in answer.text
    assert 'value="Courier 4"' in answer.text
    assert stored(Dose, codes.dose).status is DoseStatus.AVAILABLE


def test_a_foreign_card_covers_the_screen_and_is_reported(signed_in, codes, rules):
    answer = signed_in("keeper").send(
        f"/doses/{codes.dose}/hand-over", handed_over(codes, patient=codes.stranger)
    )

    assert answer.status_code == 409
    assert "stop-screen" in answer.text
    screen = answer.text.split("stop-screen")[1]
    assert "Schmidt Johann Maria" in screen
    marks = [f'class="mark {patient_mark(each)}"' for each in (codes.patient, codes.stranger)]
    assert marks[0] in screen.split(marks[1])[0]
    assert rules() == ["stop"]


@pytest.mark.parametrize("address", ["/scan/told", "/scan/misplaced"])
def test_a_foreign_card_at_a_hand_over_is_reported_at_its_scan(signed_in, codes, rules, address):
    keeper = signed_in("keeper")
    scan = {"code": codes.stranger, "patient": codes.patient, "waits": "PT"}
    form = dict(keeper.form(f"/doses/{codes.dose}/hand-over").fields)
    about = {"act": f"hand-over {codes.dose}", "csrf_token": form["csrf_token"]}

    answer = keeper.client.post(address, data=scan | about)

    assert answer.status_code == 409
    assert answer.json["code"] == codes.stranger
    assert rules() == ["stop"]


@beginning("received")
def test_a_foreign_card_at_an_injection_is_reported_at_its_scan_and_cleared_by_two(
    signed_in, codes, rules
):
    physician, page = signed_in("physician"), f"/doses/{codes.dose}/injection"
    scan = {"code": codes.stranger, "patient": codes.patient, "act": f"injection {codes.dose}"}
    token = dict(physician.form(page).fields)["csrf_token"]
    told = physician.client.post("/scan/told", data=scan | {"csrf_token": token})
    assert told.status_code == 409

    assert physician.send(page, injection(codes)).status_code == 409
    assert rules() == ["identity"]
    assert "clears the stop" in physician.open(page).text


@beginning("received")
def test_a_stop_at_the_injection_is_cleared_by_a_second_person(signed_in, codes, rules, stored):
    page, physician = f"/doses/{codes.dose}/injection", signed_in("physician")
    stopped = physician.send(page, injection(codes, patient=codes.stranger))
    alone = physician.send(page, injection(codes))
    second = {"second-login": "technician", "second-password": PASSWORD}

    answer = physician.send(page, injection(codes, **second))

    assert (stopped.status_code, alone.status_code, answer.status_code) == (409, 409, 303)
    assert "stop-screen" in stopped.text
    assert "clears the stop" in alone.text
    assert rules() == ["identity"]
    assert stored(Dose, codes.dose).status is DoseStatus.ADMINISTERED


@beginning("received")
def test_who_cleared_a_stop_stands_on_the_step_and_on_the_way_of_the_dose(signed_in, codes, stored):
    page, physician = f"/doses/{codes.dose}", signed_in("physician")
    second = {"second-login": "technician", "second-password": PASSWORD}
    physician.send(f"{page}/injection", injection(codes, patient=codes.stranger))
    physician.send(f"{page}/injection", injection(codes, **second))

    shown = physician.open(page).text
    [step] = set(re.findall(r"/steps/(ST\w+)", shown[shown.index("stop cleared") :]))

    for told in (shown, physician.open(f"/steps/{step}").text):
        assert re.search("stop cleared</span> Ольга Сидорова", told)


@beginning("received")
def test_the_deviation_of_a_stop_names_the_other_patient_by_code_alone(signed_in, codes, database):
    signed_in("physician").send(
        f"/doses/{codes.dose}/injection", injection(codes, patient=codes.stranger)
    )

    with database.reading() as session:
        told = session.scalars(select(Deviation.description)).one()
    assert told == f"{codes.dose}: {codes.stranger}, the label of another patient, was scanned."


@beginning("received")
def test_the_plan_stands_beside_an_injection_and_answers_none_of_it(signed_in, codes):
    physician, page = signed_in("physician"), f"/doses/{codes.dose}/injection"
    form = physician.form(page)

    assert ("volume_ml", "") in form.fields
    assert not {"joint", "side"} & set(dict(form.fields))
    assert re.search(r"As planned</h2>.*knee.*left.*3\smL", physician.open(page).text, re.DOTALL)


@beginning("received")
def test_more_than_was_in_it_is_refused_at_its_field(signed_in, codes):
    answer = signed_in("physician").send(
        f"/doses/{codes.dose}/injection", injection(codes, volume_ml="3.5")
    )

    assert answer.status_code == 422
    assert "no more than that was injected" in answer.text
    assert 'value="3.5"' in answer.text


@beginning("received")
def test_a_dose_given_into_the_other_knee_says_so_on_its_page_and_the_sessions(signed_in, codes):
    physician, page = signed_in("physician"), f"/doses/{codes.dose}"
    told = injection(codes, side="right", comment="the other one hurts")

    asked = physician.send(f"{page}/injection", told | {"comment": ""})
    physician.send(f"{page}/injection", told)

    sitting = physician.open(f"/sessions/{codes.sitting}").text
    assert "than was planned (knee, left). Look at it again" in asked.text
    assert "<b>knee, right</b><span>injected into</span>" in physician.open(page).text
    assert re.search("knee, right: 2.9.*the other one hurts", sitting, re.DOTALL)
    off_plan = f"not as planned</span>\\s*{codes.dose} was injected into another joint"
    assert re.search(off_plan, sitting)
    assert re.search(off_plan, physician.open(page).text)


@beginning("received")
def test_half_a_dose_is_marked_where_the_injection_is_told(signed_in, codes):
    physician, page = signed_in("physician"), f"/doses/{codes.dose}"

    physician.send(f"{page}/injection", injection(codes, volume_ml="1.5"))

    for address in (page, f"/sessions/{codes.sitting}"):
        assert re.search(r"volume 1.5\smL; planned 3\smL", physician.open(address).text)


@beginning("injected")
def test_a_dose_given_as_planned_is_not_marked(signed_in, codes):
    for page in (f"/doses/{codes.dose}", f"/sessions/{codes.sitting}"):
        assert "not as planned" not in signed_in("physician").open(page).text


@beginning("injected")
def test_the_course_tells_what_was_given_in_its_sessions(signed_in, codes):
    page = signed_in("physician").open(f"/courses/{codes.course}").text

    assert re.search(r"injected</span>\s*knee, left: 2.9", page)


@beginning("injected")
@pytest.mark.parametrize(("minutes", "marked"), [(1, True), (60, False)])
def test_an_observation_that_was_too_short_is_marked(signed_in, codes, minutes, marked):
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        physician = signed_in("physician")
        began = moment_of(physician, f"/sessions/{codes.sitting}/observation")
        ended = (began + timedelta(minutes=minutes)).strftime("%d.%m.%Y %H:%M")
        told = {"ended_at": ended, "comment": "went home"}
        physician.send(f"/sessions/{codes.sitting}/observation", told)

        assert ("too short" in physician.open(f"/sessions/{codes.sitting}").text) == marked


@beginning("injected")
def test_after_an_injection_the_clinic_is_asked_how_long_the_patient_was_observed(signed_in, codes):
    physician, page = signed_in("physician"), f"/sessions/{codes.sitting}/observation"
    at = dict(physician.form(page).fields)["began_at"]

    answer = physician.send(page, {"began_at": at, "ended_at": at.replace(at[:10], "01.01.2020")})

    assert page in physician.open(f"/sessions/{codes.sitting}").text
    assert page in physician.open("/").text
    assert re.search(r"at least 60\smin", physician.open(page).text)
    assert "Correct one of the two times" in answer.text


@beginning("injected")
def test_a_corrected_observation_leaves_the_wrong_one_in_sight(signed_in, codes):
    page = f"/sessions/{codes.sitting}"
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        physician = signed_in("physician")
        began = moment_of(physician, f"{page}/observation")
        first, right = (f"{began + timedelta(minutes=m):%d.%m.%Y %H:%M}" for m in (61, 75))
        physician.send(f"{page}/observation", {"ended_at": first})
        correct = re.search(rf"{page}/observation/\d+/correct", physician.open(page).text)[0]
        physician.send(correct, {"ended_at": right, "reason": "read from another clock"})
        shown = physician.open(page).text

    assert re.search(rf"<s>.*{first[-5:]}.*</s>", shown)
    assert re.search(rf"– .*{right[-5:]}", shown)
    assert "Why it is corrected: read from another clock" in shown
    assert correct not in shown


@beginning("received")
def test_before_an_injection_there_is_no_form_to_observe(signed_in, codes):
    page = signed_in("physician").open(f"/sessions/{codes.sitting}/observation").text

    assert "Nothing was injected in this session yet" in page
    assert "Record the observation" not in page


@beginning("injected")
@pytest.mark.parametrize(("after", "status"), [(True, 422), (False, 303)])
def test_what_began_before_an_injection_did_not_come_after_it(signed_in, codes, after, status):
    event = {
        "began_at": "01.01.2020 10:00",
        "severity": "mild",
        "description": "swelling",
        "related": "no",
        "dose": codes.dose if after else "",
    }

    answer = signed_in("physician").send(f"/outcomes/{codes.course}/event", event)

    assert answer.status_code == status
    assert ("was injected at" in answer.text) == after


@beginning("injected")
def test_growth_in_an_injected_dose_stands_at_the_top_of_all_it_concerns(
    signed_in, codes, database
):
    with working(database) as session:
        batch, by = load(session, codes.dose, Dose).fill.batch, laboratory.person(session, "qa")
        deviations.open_by_rule(session, "result_out", batch, description="growth", by=by)

    physician = signed_in("physician")
    pages = f"/doses/{codes.dose}", f"/sessions/{codes.sitting}", f"/patients/{codes.patient}", "/"
    for page in pages:
        text = physician.open(page).text
        assert "A result behind a released fill fails" in text.split("<h2>")[page == "/"]


@beginning("handed over")
def test_a_dose_received_damaged_is_not_offered_to_be_injected(signed_in, codes):
    physician, page = signed_in("physician"), f"/doses/{codes.dose}"
    received = {"dose": codes.dose, "patient": codes.patient, "temperature_c": "5", "intact": "no"}

    physician.send(f"{page}/receive", received)

    after, injecting = physician.open(page).text, physician.open(f"{page}/injection").text
    assert f"{codes.dose} is received. Do not inject it" in after
    assert after.index("Return") < after.index("only if it was injected already")
    assert f"holds {codes.dose}: Dose too warm, too cold or damaged" in injecting


@beginning("handed over")
@pytest.mark.parametrize("page", ["", "/receive", "/injection"])
def test_what_a_conditional_release_still_waits_for_is_told_to_the_clinic(signed_in, codes, page):
    text = signed_in("physician").open(f"/doses/{codes.dose}{page}").text

    told = text.split("Released conditionally: not everything is known of it yet")[1]
    assert re.search(r"<li>Sterility[^<]*, to be read on \d+ \w+ \d{4}</li>", told)


@beginning("handed over")
def test_what_stops_a_dose_is_read_before_it_is_received(signed_in, codes, database):
    page = f"/doses/{codes.dose}/receive"
    before = signed_in("physician").open(page).text
    with treating(database) as treatment:
        dose = load(treatment.session, codes.dose, Dose)
        told = breaches.NotIntact(code=dose.code)
        deviations.open_by_rule(
            treatment.session, "cold_chain", dose, description=told, by=treatment.physician
        )

    after = signed_in("physician").open(page).text

    assert "Stop: do not inject this dose" not in before
    assert "Stop: do not inject this dose" in after


@beginning("handed over")
def test_what_speaks_against_an_injection_is_shown_before_it(signed_in, codes):
    page = signed_in("physician").open(f"/doses/{codes.dose}/injection").text

    assert "the clinic receives a dose before it is injected" in page
    assert "were not checked" in page


@beginning("received")
def test_on_a_day_without_answers_the_contraindications_are_the_first_act(
    signed_in, codes, database
):
    asking = f'href="/sessions/{codes.sitting}/contraindications"'
    with time_machine.travel(clock.now() + timedelta(hours=26), tick=False):
        pages = [f"/doses/{codes.dose}", f"/doses/{codes.dose}/injection"]
        page, behind = (signed_in("physician").open(each).text for each in pages)

    assert f'class="btn primary" {asking}' in page
    assert f'class="btn" {asking}' in behind
    assert re.search(r'<button class="btn ?">Sign: injected', behind)


@beginning("received")
def test_once_they_are_answered_the_injection_is_the_first_act(signed_in, codes):
    page = signed_in("physician").open(f"/doses/{codes.dose}").text

    assert f'class="btn primary" href="/doses/{codes.dose}/injection"' in page


def test_another_dose_than_the_page_shows_is_refused(signed_in, codes):
    answer = signed_in("keeper").send(
        f"/doses/{codes.dose}/hand-over", handed_over(codes, dose=codes.sibling)
    )

    assert answer.status_code == 409
    assert "this page is about" in answer.text


@beginning("released")
def test_quality_reads_what_may_become_of_a_dose_called_off_and_why_nothing_else(signed_in, codes):
    cancel = f"/sessions/{codes.sitting}/cancel"
    signed_in("physician").send(cancel, {"reason": "The patient has fever"})

    page = signed_in("qa").open(f"/doses/{codes.dose}").text

    assert "there is nothing to return. Two people discard it." in page
    assert f"{codes.dose} is given at no other injection" in page
    assert f"/doses/{codes.dose}/discard" in page


@pytest.fixture
def cancelled(signed_in, codes):
    """The code of a released dose whose session does not take place."""
    cancel = f"/sessions/{codes.sitting}/cancel"
    assert signed_in("physician").send(cancel, {"reason": "fever"}).status_code == 303
    return codes.dose


def test_a_dose_whose_session_was_cancelled_is_not_listed_to_be_handed_over(signed_in, cancelled):
    assert cancelled not in signed_in("keeper").open("/doses/to-hand-over").text


@pytest.mark.parametrize("page", ["/doses/", "/doses/{0.dose}", "/sessions/{0.sitting}"])
def test_a_dose_is_marked_once_its_injection_was_called_off(signed_in, codes, request, page):
    read = signed_in("physician")
    before = read.open(page.format(codes)).text
    request.getfixturevalue("cancelled")

    after = read.open(page.format(codes)).text
    assert ["injection called off" in each for each in (before, after)] == [False, True]


def test_at_the_hand_over_of_a_dose_called_off_stands_the_refusal_and_nothing_to_sign(
    signed_in, cancelled
):
    page = signed_in("keeper").open(f"/doses/{cancelled}/hand-over").text

    assert "It cannot be handed over" in page
    assert "was cancelled (fever)" in page
    assert "Sign: handed over" not in page


def test_what_left_before_its_session_was_cancelled_is_still_recorded(
    signed_in, codes, request, stored
):
    keeper, page = signed_in("keeper"), f"/doses/{codes.dose}/hand-over"
    at = dict(keeper.form(page).fields)["performed_at"]
    cancelled = request.getfixturevalue("cancelled")
    said = handed_over(codes, performed_at=at, late_reason="busy")

    assert f'href="{page}/earlier"' in keeper.open(f"/doses/{cancelled}").text
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        signed_in("keeper").send(f"{page}/earlier", said, action=page)

    assert stored(Dose, codes.dose).status is DoseStatus.ISSUED


def test_what_left_before_its_session_was_cancelled_is_recorded_right_after_it_too(
    signed_in, codes, request, stored, database
):
    keeper, page = signed_in("keeper"), f"/doses/{codes.dose}/hand-over"
    at = dict(keeper.form(page).fields)["performed_at"]
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        request.getfixturevalue("cancelled")
    with time_machine.travel(clock.now() + timedelta(minutes=4), tick=False):
        said = handed_over(codes, performed_at=at)
        keeper.send(f"{page}/earlier", said, action=page)

    assert stored(Dose, codes.dose).status is DoseStatus.ISSUED
    with database.reading() as session:
        told = session.scalars(select(Deviation).where(Deviation.rule == "fact")).one()
        assert "was cancelled (fever)" in str(told.description)


def test_the_fill_of_a_dose_called_off_says_so(signed_in, cancelled, database):
    with database.reading() as session:
        fill = load(session, cancelled, Dose).fill.code

    page = signed_in("qa").open(f"/fills/{fill}").text

    assert f"{cancelled} was filled for session" in page
    assert "was cancelled (fever)" in page


@beginning("received")
def test_a_dose_is_returned_with_a_reason(signed_in, codes, stored):
    signed_in("physician").send(f"/doses/{codes.dose}/return", {"why": "The patient has fever"})

    assert stored(Dose, codes.dose).status is DoseStatus.RETURNED


def test_a_first_signature_is_listed_for_those_who_may_sign_second(signed_in, codes):
    discard = {"dose": codes.dose, "reason": "dropped", "password-password": PASSWORD}
    keeper, qa = signed_in("keeper"), signed_in("qa")
    before = qa.open("/signatures/").text
    keeper.send(f"/doses/{codes.dose}/discard", discard)
    listed = [each.open("/signatures/").text for each in (keeper, qa)]
    qa.send(f"/doses/{codes.dose}/discard", discard)

    assert "Nothing waits for a second signature" in before
    assert all(codes.dose in text and "dropped" in text for text in listed)
    assert ["Yours" in text for text in listed] == [True, False]
    assert "Nothing waits for a second signature" in qa.open("/signatures/").text


def test_a_first_signature_waits_at_the_home_of_quality(signed_in, codes):
    discard = {"dose": codes.dose, "reason": "dropped", "password-password": PASSWORD}
    signed_in("keeper").send(f"/doses/{codes.dose}/discard", discard)

    assert "Second signature</b>" in signed_in("qa").open("/").text


@beginning("received")
def test_a_first_signature_waits_until_a_second_person_discards(signed_in, codes, stored):
    page = f"/doses/{codes.dose}/discard"
    signed = {"dose": codes.dose, "reason": "dropped", "password-password": PASSWORD}

    signed_in("keeper").send(page, signed)
    waiting = stored(Dose, codes.dose).status
    signed_in("technician").send(page, signed)

    assert (waiting, stored(Dose, codes.dose).status) == (DoseStatus.RECEIVED, DoseStatus.DISCARDED)


@beginning("injected")
def test_the_way_shows_who_signed(signed_in, codes):
    page = signed_in("auditor").open(f"/doses/{codes.dose}").text

    assert page.count("handed over") >= 2
    assert "Dr. Irina Belova" in page
    assert "no longer valid" not in page


@pytest.mark.parametrize(
    ("login", "address"),
    [("keeper", "/doses/to-hand-over"), ("physician", "/doses/?status=available")],
)
def test_a_released_dose_is_listed(signed_in, codes, login, address):
    assert codes.dose in signed_in(login).open(address).text


@pytest.fixture
def emptied(database, codes):
    """The code of a released dose of which its tests took everything."""
    with treating(database) as treatment:
        dose = load(treatment.session, codes.dose, Dose)
        treatment.room.sample(dose.fill.batch, (dose, "3"))
    return codes.dose


def test_a_dose_emptied_for_its_tests_is_not_listed_to_be_handed_over(signed_in, emptied, codes):
    listed = signed_in("keeper").open("/doses/to-hand-over").text

    assert (emptied in listed, codes.sibling in listed) == (False, True)


def test_a_dose_that_its_tests_used_up_is_called_so_and_not_signed_for(signed_in, emptied, codes):
    qa, sign = signed_in("qa"), f"/fills/{codes.fill}/recall"

    assert "used up by testing" in qa.open(f"/doses/{emptied}").text
    assert "used up by testing" in qa.open(f"/fills/{codes.fill}").text
    signed_for = qa.open(sign).text.partition("Containers</h3>")[2].partition("</ul>")[0]
    assert (emptied in signed_for, codes.sibling in signed_for) == (False, True)


def test_a_session_tells_of_its_doses_not_of_what_was_emptied(signed_in, emptied, codes):
    page = signed_in("physician").open(f"/sessions/{codes.sitting}").text

    assert (emptied in page, codes.sibling in page) == (False, True)


def test_a_session_tells_what_its_dose_waits_for_and_until_when_it_keeps(signed_in, codes):
    page = signed_in("physician").open(f"/sessions/{codes.sitting}").text

    assert "Released conditionally: not everything is known of it yet" in page
    assert "before the session" in page
    assert f"{codes.dose} expires at" in page


def test_a_dose_that_keeps_until_its_session_is_not_marked(signed_in, codes, database):
    physician = signed_in("physician")
    with database.reading() as session:
        planned_on = load(session, codes.dose, Dose).fill.expires_at.date()
    change = {"planned_on": planned_on.isoformat(), "reason": "the patient comes early"}
    physician.send(f"/sessions/{codes.sitting}/move", change)

    for page in (f"/sessions/{codes.sitting}", f"/doses/{codes.dose}"):
        assert f"{codes.dose} expires at" not in physician.open(page).text


@pytest.fixture
def drawn_since(signed_in, database, codes):
    """The code of a released dose: its label was printed, then something was drawn for a test."""
    page = f"/containers/{codes.dose}"
    signed_in("technician").send(page, {"reason": "torn"}, action=f"{page}/reprint")
    with treating(database) as treatment:
        dose = load(treatment.session, codes.dose, Dose)
        treatment.room.sample(dose.fill.batch, (dose, "0.05"))
    return codes.dose


@pytest.mark.parametrize(
    ("login", "page"),
    [("keeper", "/doses/{}"), ("keeper", "/doses/{}/hand-over"), ("technician", "/containers/{}")],
)
def test_a_label_that_is_no_longer_true_is_told_with_what_to_do(
    signed_in, drawn_since, login, page
):
    text = signed_in(login).open(page.format(drawn_since)).text

    assert f"The label of {drawn_since} says 3\u202fmL" in text
    assert "Print a new label, stick it on and destroy the old one." in text


def test_the_fill_points_to_the_label_that_is_no_longer_true(signed_in, drawn_since, codes):
    page = signed_in("technician").open(f"/fills/{codes.fill}").text

    assert f'<a href="/containers/{drawn_since}">' in page
    assert f'<a href="/containers/{codes.sibling}">' not in page


def test_a_new_label_is_true_again(signed_in, drawn_since):
    technician, page = signed_in("technician"), f"/containers/{drawn_since}"

    technician.send(page, {"reason": "something was drawn"}, action=f"{page}/reprint")

    assert "Print a new label" not in technician.open(page).text


def test_where_a_hand_over_is_refused_for_good_there_is_nothing_to_fill_in(
    signed_in, emptied, codes
):
    keeper = signed_in("keeper")

    pages = [keeper.open(f"/doses/{dose}/hand-over").text for dose in (emptied, codes.sibling)]

    assert ["Sign: handed over" in page for page in pages] == [False, True]
    assert "nothing is left in it to be given out" in pages[0]


def taken_back(signed_in, codes):
    signed_in("qa").send(
        f"/fills/{codes.fill}/recall",
        {"reason": "growth seen", "told": "Dr. Belova", "password-password": PASSWORD},
    )


@beginning("injected")
def test_why_a_dose_was_recalled_is_told_on_its_page(signed_in, codes):
    taken_back(signed_in, codes)

    assert "growth seen" in signed_in("physician").open(f"/doses/{codes.dose}").text


@beginning("injected")
def test_of_a_recalled_fill_what_is_left_is_destroyed_and_no_more_than_that(
    signed_in, codes, database
):
    taken_back(signed_in, codes)
    there, destroy = f"/fills/{codes.fill}", f"/fills/{codes.fill}/destroy"
    before = destroy in signed_in("qa").open(there).text
    signed_in("lead").send(
        f"/doses/{codes.sibling}/discard",
        {"dose": codes.sibling, "reason": "recalled", "password-password": PASSWORD,
         "second-login": "qa", "second-password": PASSWORD},
    )  # fmt: skip

    assert (before, destroy in signed_in("qa").open(there).text) == (True, False)


def test_a_hand_over_before_the_recall_is_offered_and_recorded_after_it(
    signed_in, codes, stored, rules
):
    keeper, page = signed_in("keeper"), f"/doses/{codes.dose}"
    begun = keeper.form(f"{page}/hand-over")
    taken_back(signed_in, codes)
    assert f"{page}/hand-over" in keeper.open(page).text

    at = dict(begun.fields)["performed_at"]
    told = handed_over(codes, performed_at=at, late_reason="busy")
    keeper.send(f"{page}/hand-over", {**told, "performed_at-proposed": ""})  # of a minute before

    assert (stored(Dose, codes.dose).status, rules()) == (DoseStatus.ISSUED, ["fact"])


@beginning("injected")
def test_an_injected_patient_is_followed_up(signed_in, codes):
    page = signed_in("physician").open("/outcomes/").text

    assert codes.course in page


@beginning("injected")
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "pain", "score": "11"}, "Pain is a number from 0 to 10."),
        ({"kind": "function", "score": ""}, "Enter the score."),
        ({"kind": "mri", "score": ""}, "Describe what the MRI shows."),
        ({"kind": "pain", "score": "3", "assessed_on": "01.01.2190"}, "This day has not come yet."),
    ],
)
def test_an_outcome_that_says_nothing_is_refused(signed_in, codes, values, said):
    answer = signed_in("physician").send(
        f"/outcomes/{codes.course}/record", {"scale": "NRS", **values}
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="NRS"' in answer.text


@beginning("injected")
def test_an_outcome_is_recorded_and_shown(signed_in, codes, database):
    physician = signed_in("physician")

    physician.send(
        f"/outcomes/{codes.course}/record",
        {"kind": "pain", "scale": "NRS", "score": "2,5", "sitting": codes.sitting},
    )

    assert "2.5" in physician.open(f"/outcomes/{codes.course}").text
    with database.reading() as session:
        assert session.scalar(select(func.count(Outcome.id))) == 1


@pytest.fixture
def mistyped(signed_in, codes):
    """The physician, and where an outcome that reads 8 is corrected."""
    physician, page = signed_in("physician"), f"/outcomes/{codes.course}"
    physician.send(f"{page}/record", {"kind": "pain", "scale": "NRS", "score": "8"})
    return physician, re.search(rf"{page}/assessed/\d+", physician.open(page).text)[0]


@beginning("injected")
def test_an_outcome_corrected_stays_in_sight_struck_out_with_the_reason(mistyped, codes):
    physician, correct = mistyped

    physician.send(correct, {"score": "3", "reason": "slip of the finger"})

    page = physician.open(f"/outcomes/{codes.course}").text
    assert "<s>8</s>" in page
    assert "slip of the finger" in page
    assert page.count("/assessed/") == 1


@beginning("injected")
def test_the_trail_holds_both_outcomes_and_the_reason_of_the_correction(mistyped, database):
    physician, correct = mistyped

    physician.send(correct, {"score": "3", "reason": "slip of the finger"})

    with database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.table_name.startswith("outcome"))
        entries = session.scalars(query.order_by(AuditEntry.id)).all()
    assert [(each.table_name, each.reason) for each in entries] == [
        ("outcome", None),
        ("outcome", "slip of the finger"),
        ("outcome_correction", "slip of the finger"),
    ]


@beginning("injected")
def test_a_correction_without_a_reason_is_refused_and_keeps_what_was_typed(mistyped):
    physician, correct = mistyped

    answer = physician.send(correct, {"score": "3"})

    assert answer.status_code == 422
    assert 'value="3"' in answer.text


@beginning("injected")
def test_an_outcome_recorded_by_mistake_counts_no_more(mistyped, codes):
    physician, correct = mistyped

    physician.send(correct, {"reason": "another patient"}, f"{correct}/by-mistake")

    page = physician.open(f"/outcomes/{codes.course}").text
    assert "recorded by mistake" in page
    assert "<b>8</b>" not in physician.open("/outcomes/").text


@beginning("injected")
@pytest.mark.parametrize(
    ("severity", "related", "opened"),
    [
        ("severe", "undecided", ["adverse_event"]),
        ("fatal", "yes", ["adverse_event"]),
        ("severe", "no", []),
        ("mild", "yes", []),
    ],
)
def test_a_serious_event_that_may_be_related_goes_to_quality(
    signed_in, codes, rules, severity, related, opened
):
    answer = signed_in("physician").send(
        f"/outcomes/{codes.course}/event?dose={codes.dose}",
        {
            "began_at": f"{clock.now() + clock.ahead():%d.%m.%Y %H:%M}",
            "severity": severity,
            "related": related,
            "description": "Fever",
            "dose": codes.dose,
        },
        action=f"/outcomes/{codes.course}/event",
    )

    assert answer.status_code == 303, answer.text
    assert rules() == opened


@beginning("injected")
@pytest.mark.parametrize(("said", "opened"), [("no", ["adverse_event"]), ("undecided", [])])
def test_an_event_is_held_related_later_with_a_reason(signed_in, codes, rules, said, opened):
    page, physician = f"/outcomes/{codes.course}", signed_in("physician")
    told = {"severity": "severe", "related": said, "description": "Fever"}
    physician.send(f"{page}/event", {"began_at": "01.11.2026 10:00", **told})
    (address,) = re.findall(rf"{page}/events/\d+", physician.open(page).text)
    before = rules()

    answer = physician.send(address, {"related": "yes", "reason": "culture grew"})

    assert answer.status_code == 303, answer.text
    assert rules()[len(before) :] == opened
    assert "yes: culture grew" in physician.open(page).text


def test_the_physician_reads_and_prints_the_certificates_of_the_dose_and_no_batch_record(
    signed_in, database, codes
):
    with database.reading() as session:
        fill = load(session, codes.dose, Dose).fill
        papers, batch = f"/papers/of/{fill.code}", fill.batch.code
    physician = signed_in("physician")
    assert papers in physician.open(f"/doses/{codes.dose}").text

    paper = physician.send(papers, {"kind": "release_certificate"}).location

    assert physician.send(paper, {}, action=f"{paper}/copies").status_code == 303
    assert physician.open(f"/papers/of/{batch}").status_code == 403


@beginning("injected")
def test_the_physician_corrects_the_injection_and_prints_its_record(signed_in, database, codes):
    with database.reading() as session:
        step = session.scalars(select(Administration.code)).one()
    physician = signed_in("physician")

    answer = physician.send(
        f"/corrections/{step}/guidance", {"value": "blind", "reason": "mistyped"}
    )

    assert answer.status_code == 303, answer.text
    assert physician.send(f"/papers/of/{step}", {}).status_code == 303


def test_no_link_leads_a_physician_to_what_is_closed_to_them(signed_in, database, codes):
    with database.reading() as session:
        batch = load(session, codes.dose, Dose).fill.batch.code
    physician = signed_in("physician")

    assert f'href="/batches/{batch}"' not in physician.open(f"/courses/{codes.course}").text
    assert physician.send("/", {"code": batch}, action="/scan").status_code == 403


def test_nothing_is_forecast_once_the_dose_is_released(signed_in, database, codes):
    with database.reading() as session:
        batch = load(session, codes.dose, Dose).fill.batch.code

    page = signed_in("technician").open(f"/batches/{batch}").text

    assert "nothing is forecast any more" in page
    assert "will miss" not in page


@pytest.mark.alike
@pytest.mark.parametrize(
    ("stage", "login", "page"),
    [("released", "keeper", ""), ("released", "keeper", "/hand-over")]
    + [("received", "physician", ""), ("received", "physician", "/injection")],
    indirect=["stage"],
)
def test_the_pages_of_a_dose_on_its_way_take_few_queries(app, signed_in, codes, login, page):
    person = signed_in(login)

    with looks(app.extensions["lims"].database.engine) as queries:
        person.open(f"/doses/{codes.dose}{page}")

    of_markers = 2  # the policy, and the patient's blood
    assert len(queries) - OF_SIGNING_IN <= MOST + of_markers
