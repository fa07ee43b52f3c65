"""The field that is always there."""

from sqlalchemy import select

from lims.models.command_run import Refusal


def scan(person, typed):
    return person.send("/account", {"code": typed}, action="/scan")


def test_a_misread_scan_is_refused_and_remembered(app, signed_in):
    answer = scan(signed_in("technician"), "VL26000123Z")

    assert answer.status_code == 422
    assert "Scan the label again" in answer.text
    with app.extensions["lims"].database.reading() as session:
        assert session.scalars(select(Refusal.error)).all() == ["MalformedCode"]


def test_a_well_formed_code_of_nothing_says_so(signed_in):
    from tests.web.test_scans import code

    answer = scan(signed_in("technician"), code("VL", 999))

    assert answer.status_code == 404
    assert "There is nothing with the code" in answer.text


def test_a_name_is_found_in_either_script(signed_in):
    person = signed_in("technician")

    assert "Иванова" in scan(person, "ivanova").text
    assert "No patient has this name" in scan(person, "Несуществующая").text


def test_a_name_is_searched_only_by_who_may_see_patients(signed_in):
    assert scan(signed_in("administrator"), "Иванова").status_code == 403


def test_a_script_gets_the_sentence(signed_in):
    person = signed_in("technician")
    form = person.form("/", "/scan")

    answer = person.client.post(
        "/scan", data=form.filled({"code": "VL26"}), headers={"Accept": "application/json"}
    )

    assert answer.status_code == 422
    assert "VL26" in answer.json["sentence"]


def test_a_scan_that_no_database_keeps_is_refused_in_words(signed_in):
    answer = scan(signed_in("technician"), "a\0")

    assert answer.status_code == 400
    assert "cannot be read" in answer.text
