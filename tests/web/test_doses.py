"""The pages of a dose, as the keeper, the technician and the physician use them."""

import pytest
from sqlalchemy import func, select

from lims.models.administration import Outcome
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus
from lims.workflows.codes import load
from tests.laboratory import PASSWORD, clinic
from tests.laboratory.treatment import treating


class Codes:
    """What is printed on the labels: of the dose, its patient, its session, and a stranger."""

    def __init__(self, treatment, dose):
        self.dose, self.patient = dose.code, dose.patient.code
        self.sitting, self.course = dose.session.code, dose.session.course.code
        self.stranger = clinic.patient(treatment.session, "schmidt").code


def prepared(database, *acts):
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
        for act in acts:
            getattr(treatment, act)(dose)
        return Codes(treatment, dose)


@pytest.fixture
def released(database):
    return prepared(database)


@pytest.fixture
def received(database):
    return prepared(database, "at_the_clinic")


@pytest.fixture
def injected(database):
    return prepared(database, "at_the_clinic", "inject")


@pytest.fixture
def status_of(database):
    def status_of(code):
        with database.reading() as session:
            return load(session, code, Dose).status

    return status_of


@pytest.fixture
def rules(database):
    """The rules by which deviations were opened so far."""

    def rules():
        with database.reading() as session:
            return [each.rule for each in session.scalars(select(Deviation).order_by(Deviation.id))]

    return rules


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
        "volume_ml": "2,9",
        "injected_by": "Dr. Belova",
        "password-password": PASSWORD,
    } | instead


def test_a_scan_of_a_dose_opens_its_page(signed_in, released):
    answer = signed_in("keeper").send("/", {"code": released.dose}, action="/scan")

    assert answer.location == f"/doses/{released.dose}"


def test_a_dose_is_handed_over_received_and_injected(signed_in, released, status_of):
    page, physician = f"/doses/{released.dose}", signed_in("physician")
    scans = {"dose": released.dose, "patient": released.patient}

    signed_in("keeper").send(f"{page}/hand-over", handed_over(released))
    physician.send(f"{page}/receive", {**scans, "intact": "y", "temperature_c": "5"})
    answer = physician.send(f"{page}/injection", injection(released))

    assert answer.status_code == 303, answer.text
    assert status_of(released.dose) is DoseStatus.ADMINISTERED


def test_only_the_next_legal_acts_are_offered(signed_in, released):
    page = f"/doses/{released.dose}"

    keeper, physician = (signed_in(login).open(page).text for login in ("keeper", "physician"))

    assert f"{page}/hand-over" in keeper
    assert f"{page}/injection" not in keeper + physician


def test_the_same_person_twice_hands_nothing_over(signed_in, released, status_of):
    twice = handed_over(released, **{"witness-login": "keeper"})

    answer = signed_in("keeper").send(f"/doses/{released.dose}/hand-over", twice)

    assert answer.status_code == 422
    assert "has signed already" in answer.text
    assert 'value="Courier 4"' in answer.text
    assert status_of(released.dose) is DoseStatus.AVAILABLE


def test_a_foreign_card_covers_the_screen_and_is_reported(signed_in, released, rules):
    answer = signed_in("keeper").send(
        f"/doses/{released.dose}/hand-over", handed_over(released, patient=released.stranger)
    )

    assert answer.status_code == 409
    assert "stop-screen" in answer.text
    assert "Schmidt Johann Maria" in answer.text
    assert rules() == ["stop"]


def test_a_stop_at_the_injection_is_cleared_by_a_second_person(
    signed_in, received, rules, status_of
):
    page, physician = f"/doses/{received.dose}/injection", signed_in("physician")
    stopped = physician.send(page, injection(received, patient=received.stranger))
    alone = physician.send(page, injection(received))
    second = {"second-login": "technician", "second-password": PASSWORD}

    answer = physician.send(page, injection(received, **second))

    assert (stopped.status_code, alone.status_code, answer.status_code) == (409, 409, 303)
    assert "stop-screen" in stopped.text
    assert "clears the stop" in alone.text
    assert rules() == ["identity"]
    assert status_of(received.dose) is DoseStatus.ADMINISTERED


def test_the_form_begins_with_the_plan(signed_in, received):
    form = signed_in("physician").form(f"/doses/{received.dose}/injection")

    assert {("joint", "knee"), ("side", "left"), ("volume_ml", "3")} <= set(form.fields)


def test_more_than_was_in_it_is_refused_at_its_field(signed_in, received):
    answer = signed_in("physician").send(
        f"/doses/{received.dose}/injection", injection(received, volume_ml="3.5")
    )

    assert answer.status_code == 422
    assert "no more than that was injected" in answer.text
    assert 'value="3.5"' in answer.text


def test_what_speaks_against_an_injection_is_shown_before_it(signed_in, database):
    codes = prepared(database, "hand_over")

    page = signed_in("physician").open(f"/doses/{codes.dose}/injection").text

    assert "the clinic receives a dose before it is injected" in page
    assert "were not checked" in page


def test_another_dose_than_the_page_shows_is_refused(signed_in, database):
    with treating(database) as treatment:
        doses = treatment.released(clinic.course(treatment.session, "ivanova"), 2)
        mine, other = (Codes(treatment, dose) for dose in doses)

    answer = signed_in("keeper").send(
        f"/doses/{mine.dose}/hand-over", handed_over(mine, dose=other.dose)
    )

    assert answer.status_code == 409
    assert "this page is about" in answer.text


def test_a_dose_is_returned_with_a_reason(signed_in, received, status_of):
    signed_in("physician").send(f"/doses/{received.dose}/return", {"why": "The patient has fever"})

    assert status_of(received.dose) is DoseStatus.RETURNED


def test_a_first_signature_waits_until_a_second_person_discards(signed_in, received, status_of):
    page = f"/doses/{received.dose}/discard"
    signed = {"dose": received.dose, "reason": "dropped", "password-password": PASSWORD}

    signed_in("keeper").send(page, signed)
    waiting = status_of(received.dose)
    signed_in("technician").send(page, signed)

    assert (waiting, status_of(received.dose)) == (DoseStatus.RECEIVED, DoseStatus.DISCARDED)


def test_the_way_shows_who_signed(signed_in, injected):
    page = signed_in("auditor").open(f"/doses/{injected.dose}").text

    assert page.count("handed over") >= 2
    assert "Dr. Irina Belova" in page
    assert "no longer valid" not in page


@pytest.mark.parametrize(
    ("login", "address"),
    [("keeper", "/doses/to-hand-over"), ("physician", "/doses/?status=available")],
)
def test_a_released_dose_is_listed(signed_in, released, login, address):
    assert released.dose in signed_in(login).open(address).text


def test_an_injected_patient_is_followed_up(signed_in, injected):
    page = signed_in("physician").open("/outcomes/").text

    assert injected.course in page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "pain", "score": "11"}, "Pain is a number from 0 to 10."),
        ({"kind": "function", "score": ""}, "Enter the score."),
        ({"kind": "mri", "score": ""}, "Describe what the MRI shows."),
        ({"kind": "pain", "score": "3", "assessed_on": "01.01.2190"}, "This day has not come yet."),
    ],
)
def test_an_outcome_that_says_nothing_is_refused(signed_in, injected, values, said):
    answer = signed_in("physician").send(
        f"/outcomes/{injected.course}/record", {"scale": "NRS", **values}
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="NRS"' in answer.text


def test_an_outcome_is_recorded_and_shown(signed_in, injected, database):
    physician = signed_in("physician")

    physician.send(
        f"/outcomes/{injected.course}/record",
        {"kind": "pain", "scale": "NRS", "score": "2,5", "sitting": injected.sitting},
    )

    assert "2.5" in physician.open(f"/outcomes/{injected.course}").text
    with database.reading() as session:
        assert session.scalar(select(func.count(Outcome.id))) == 1


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
    signed_in, injected, rules, severity, related, opened
):
    answer = signed_in("physician").send(
        f"/outcomes/{injected.course}/event?dose={injected.dose}",
        {
            "began_at": "01.11.2026 10:00",
            "severity": severity,
            "related": related,
            "description": "Fever",
            "dose": injected.dose,
        },
        action=f"/outcomes/{injected.course}/event",
    )

    assert answer.status_code == 303, answer.text
    assert rules() == opened
