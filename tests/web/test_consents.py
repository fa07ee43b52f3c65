"""Consents and infection markers on the page of a patient."""

import pytest

from tests.laboratory import clinic


@pytest.fixture
def code(database):
    with database.reading() as session:
        return clinic.patient(session, "ivanova").code


@pytest.fixture
def storage(database):
    with database.reading() as session:
        patient = clinic.patient(session, "ivanova")
        return next(each.id for each in patient.consents if each.kind == "storage")


def test_a_newer_form_takes_the_place_of_the_older(signed_in, code):
    physician = signed_in("physician")
    physician.send(f"/patients/{code}/consents", {"kind": "production", "form_version": "2"})

    assert "replaced by a newer form" in physician.open(f"/patients/{code}").text


def test_a_consent_signed_tomorrow_is_refused_beside_its_day(signed_in, code):
    future = {"kind": "production", "form_version": "2", "signed_on": "01.01.2199"}

    answer = signed_in("physician").send(f"/patients/{code}/consents", future)

    assert answer.status_code == 422
    assert "This day has not come yet." in answer.text


def test_a_withdrawn_consent_says_why(signed_in, code, storage):
    physician = signed_in("physician")
    page = f"/patients/{code}/consents/{storage}/withdraw"
    physician.send(page, {"reason": "moved abroad"})

    assert "moved abroad" in physician.open(f"/patients/{code}").text


def test_the_laboratory_records_no_consent(signed_in, code):
    assert signed_in("technician").open(f"/patients/{code}/consents").status_code == 403


def test_an_analyst_records_the_markers_of_one_blood_sample(signed_in, code):
    analyst = signed_in("analyst")
    analyst.send(f"/patients/{code}/markers", {"hiv": "pending", "anti_hcv": "reactive"})

    page = analyst.open(f"/patients/{code}").text
    assert "HIV 1/2: pending" in page
    assert "anti-HCV: reactive" in page
    assert "syphilis: nonreactive" in page


def test_a_form_without_any_result_is_refused(signed_in, code):
    answer = signed_in("analyst").send(f"/patients/{code}/markers", {"laboratory": "No. 3"})

    assert answer.status_code == 422
    assert "at least one marker" in answer.text
    assert 'value="No. 3"' in answer.text


def test_correcting_a_reactive_result_asks_why(signed_in, code):
    page = f"/patients/{code}/markers"
    analyst = signed_in("analyst")
    analyst.send(page, {"hiv": "reactive"})

    correction = {"hiv": "nonreactive", "replaces_reactive": "y"}
    assert analyst.send(page, correction).status_code == 422
    assert analyst.send(page, correction | {"reason": "NAT negative"}).status_code == 303
