"""The pages of tissue: ordered, collected, sent, received, decided on, by those who would do it."""

import re

import pytest

from lims.demo.accounts import PEOPLE
from lims.models.contraindication import Occasion
from lims.models.sample import SampleStatus
from lims.workflows import acceptance, contraindication_checks
from lims.workflows.codes import find
from tests.laboratory import PASSWORD, clinic, supplies
from tests.laboratory.treatment import treating


@pytest.fixture
def codes(database):
    """The codes of both patients, of their courses, of stations and equipment."""
    with treating(database) as treatment:
        session = treatment.session
        contraindication_checks.record_check(
            session,
            clinic.course(session, "ivanova"),
            occasion=Occasion.COLLECTION,
            found=[],
            by=treatment.physician,
        )
        return {
            "patient": clinic.patient(session, "ivanova").code,
            "course": clinic.course(session, "ivanova").code,
            "other_course": clinic.course(session, "schmidt").code,
            "other": clinic.patient(session, "schmidt").code,
            "station": supplies.place(session, "reception").code,
            "balance": supplies.equipment(session, "balance").code,
        }


@pytest.fixture
def kit(signed_in, codes):
    """The address of a kit that the physician ordered."""
    return signed_in("physician").send(f"/samples/order/{codes['course']}", {}).location


@pytest.fixture
def collect(signed_in, codes, kit):
    def collected(**values):
        given = {
            "patient": codes["patient"],
            "kit": code_of(kit),
            "body_site": "abdomen",
            "surgeon": "Dr. Orlov",
        }
        return signed_in("physician").send(f"{kit}/collect", given | values)

    return collected


@pytest.fixture
def sent(signed_in, collect, kit):
    collect()
    signed_in("physician").send(f"{kit}/dispatch", {"courier": "Courier 7"})
    return kit


@pytest.fixture
def technician(signed_in):
    return signed_in("technician")


@pytest.fixture
def receive(technician, codes, sent):
    def received(**values):
        given = {
            "patient": codes["patient"],
            "kit": code_of(sent),
            "mass_g": "7,5",
            "temperature_min_c": "3",
            "temperature_max_c": "6",
            "container_intact": "yes",
            "station": codes["station"],
            "equipment": codes["balance"],
        }
        return technician.send(f"{sent}/receive", given | values)

    return received


def code_of(address):
    return address.rpartition("/")[2]


def status_of(database, address):
    with database.reading() as session:
        return find(session, code_of(address)).status


def test_a_physician_orders_a_kit_on_the_page_of_the_course(signed_in, codes):
    physician = signed_in("physician")

    page = physician.open(f"/courses/{codes['course']}").text

    assert f"/samples/order/{codes['course']}" in page


def test_the_page_of_a_kit_offers_its_collection_and_its_label(signed_in, kit):
    page = signed_in("physician").open(kit).text

    assert f"{kit}/collect" in page
    assert f"/containers/{code_of(kit)}" in page


def test_tissue_goes_from_the_clinic_to_the_decision(signed_in, receive, sent, database):
    assert receive().status_code == 303

    signed_in("lead").send(f"{sent}/accept", {})

    assert status_of(database, sent) == SampleStatus.ACCEPTED
    assert f"/isolations/from/{code_of(sent)}" in signed_in("technician").open(sent).text


def test_before_the_tissue_is_taken_the_page_says_what_speaks_against_it(signed_in, codes, kit):
    physician = signed_in("physician")
    other = physician.send(f"/samples/order/{codes['other_course']}", {}).location

    assert "were not checked" in physician.open(f"{other}/collect").text
    assert "Today no tissue is to be taken" not in physician.open(f"{kit}/collect").text


def test_tissue_at_the_door_is_received_before_the_clinic_entered_it(
    signed_in, technician, codes, kit, database
):
    given = {
        "patient": codes["patient"],
        "kit": code_of(kit),
        "mass_g": "7",
        "container_intact": "yes",
    }

    assert f"{kit}/receive" in technician.open(kit).text
    assert technician.send(f"{kit}/receive", given).status_code == 303

    assert status_of(database, kit) == SampleStatus.RECEIVED
    page = signed_in("physician").open(kit).text
    assert f"{kit}/collect" in page
    assert f"{kit}/dispatch" in page


def test_a_performer_who_may_not_is_named_on_the_form(technician, codes, sent):
    given = {
        "patient": codes["patient"], "kit": code_of(sent), "mass_g": "7", "container_intact": "yes",
        "performer-login": "auditor", "performer-password": PASSWORD,
    }  # fmt: skip

    answer = technician.send(f"{sent}/receive", given)

    assert answer.status_code == 403
    assert f"{PEOPLE['auditor'][0]} cannot have performed this" in answer.text
    assert 'value="7"' in answer.text


def test_the_card_of_another_patient_is_a_full_screen_stop(collect, codes, kit, database):
    answer = collect(patient=codes["other"])

    assert answer.status_code == 409
    assert "STOP: two patients" in answer.text
    assert 'value="Dr. Orlov"' in answer.text
    assert status_of(database, kit) == SampleStatus.ORDERED


def test_a_broken_cold_chain_is_recorded_and_shown_as_a_deviation(signed_in, receive, sent):
    receive(temperature_max_c="12")

    page = signed_in("lead").open(sent).text

    assert "Transport outside the specification" in page
    assert "Accept at risk" in page


def test_who_has_received_tissue_is_told_who_decides_on_it(technician, receive, sent):
    receive()

    page = technician.open(sent).text
    assert "Next, the production lead or quality assurance decides on it" in page


def test_a_mass_that_is_no_number_keeps_everything_typed(receive):
    answer = receive(mass_g="much")

    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert 'value="3"' in answer.text


def test_a_technician_does_not_decide_on_tissue(signed_in, receive, sent):
    receive()
    technician = signed_in("technician")

    assert f"{sent}/accept" not in technician.open(sent).text
    assert technician.open(f"{sent}/accept").status_code == 403


def test_a_rejection_shows_its_signature(signed_in, receive, sent):
    receive()
    qa = signed_in("qa")

    qa.send(f"{sent}/reject", {"reason": "leaked", "password-password": PASSWORD})

    page = qa.open(sent).text
    assert "rejected" in page
    assert "valid" in page


def test_a_signature_shows_when_what_was_signed_changed(signed_in, receive, sent, database):
    receive()
    qa = signed_in("qa")
    qa.send(f"{sent}/reject", {"reason": "leaked", "password-password": PASSWORD})

    with treating(database) as treatment:
        find(treatment.session, code_of(sent)).mass_g += 1

    assert "changed since" in qa.open(sent).text


@pytest.mark.parametrize("act", ["reject", "discard"])
def test_tissue_that_changed_since_its_page_was_shown_is_not_signed(
    signed_in, receive, sent, database, act
):
    receive()
    qa, before = signed_in("qa"), status_of(database, sent)
    form = qa.form(f"{sent}/{act}")
    with treating(database) as treatment:
        find(treatment.session, code_of(sent)).mass_g += 1

    given = form.filled({"reason": "leaked", "password-password": PASSWORD})

    assert qa.client.post(form.action, data=given).status_code == 409
    assert status_of(database, sent) == before


def test_two_people_discard_on_one_form(signed_in, receive, sent, database):
    receive()

    signed_in("technician").send(
        f"{sent}/discard",
        {
            "reason": "too little",
            "password-password": PASSWORD,
            "second-login": "lead",
            "second-password": PASSWORD,
        },
    )

    assert status_of(database, sent) == SampleStatus.DISCARDED


def test_the_second_may_sign_later_from_their_own_session(signed_in, receive, sent, database):
    receive()
    values = {"reason": "too little", "password-password": PASSWORD}

    signed_in("technician").send(f"{sent}/discard", values)
    assert status_of(database, sent) == SampleStatus.RECEIVED
    signed_in("lead").send(f"{sent}/discard", values)

    assert status_of(database, sent) == SampleStatus.DISCARDED


@pytest.mark.parametrize("page", ["", "?status=in_transit", "on-the-way"])
def test_lists_show_tissue_on_its_way(signed_in, sent, page):
    assert code_of(sent) in signed_in("technician").open(f"/samples/{page}").text


def test_the_first_page_counts_tissue_on_its_way(signed_in, sent):
    page = signed_in("technician").open("/").text

    assert "Tissue on its way" in page


def test_a_sample_that_is_none_is_not_found(signed_in):
    assert signed_in("technician").open("/samples/SA990000019").status_code == 404


def test_what_is_offered_is_what_the_workflow_would_do(signed_in, receive, sent, database):
    receive(mass_g="4")

    with database.reading() as session:
        becomes = acceptance.may_become(session, find(session, code_of(sent)))

    assert becomes == SampleStatus.ACCEPTED_AT_RISK


def test_a_deviation_that_a_rule_opens_is_told_with_what_was_found(receive, technician):
    answer = receive(temperature_max_c="12")

    assert re.search(r"DV\d{8}\w was opened: ", technician.open(answer.location).text)


def test_what_ends_something_is_never_the_filled_button(receive, technician, sent):
    receive()

    page = technician.open(sent).text
    assert re.findall(r'<a class="btn([^"]*)" href="[^"]*/discard"', page) == [""]
