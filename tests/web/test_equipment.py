"""The pages of the register of equipment."""

from datetime import timedelta

import pytest

from lims import clock
from lims.models.equipment import EquipmentStatus
from tests.laboratory import supplies

YESTERDAY = f"{clock.today() - timedelta(days=1):%d.%m.%Y}"
NEXT_YEAR = f"{clock.today() + timedelta(days=365):%d.%m.%Y}"


@pytest.fixture
def piece(database):
    def named(name):
        with database.reading() as session:
            return supplies.equipment(session, name)

    return named


def test_the_register_marks_what_is_overdue(signed_in, piece):
    page = signed_in("technician").open("/equipment/?q=old").text

    assert piece("overdue").code in page
    assert "overdue" in page


def test_what_is_due_is_listed_by_itself(signed_in, piece):
    page = signed_in("lead").open("/equipment/due").text

    assert piece("overdue").code in page
    assert piece("centrifuge").code not in page


def test_a_calibration_is_recorded(signed_in, piece):
    lead, code = signed_in("lead"), piece("overdue").code

    answer = lead.send(
        f"/equipment/{code}/calibrate",
        {"performed_on": YESTERDAY, "due_on": NEXT_YEAR, "certificate": "C-77"},
    )

    assert answer.location == f"/equipment/{code}"
    assert "C-77" in lead.open(answer.location).text


def test_a_calibration_due_before_it_was_done_is_refused_at_the_field(signed_in, piece):
    answer = signed_in("lead").send(
        f"/equipment/{piece('overdue').code}/calibrate",
        {"due_on": YESTERDAY, "certificate": "C-77"},
    )

    assert answer.status_code == 422
    assert "cannot be due before it was done" in answer.text
    assert "C-77" in answer.text


def test_a_piece_is_entered(signed_in):
    lead = signed_in("lead")

    answer = lead.send(
        "/equipment/new", {"name": "Water bath", "kind": "water_bath", "serial_number": "W-1"}
    )

    assert "No calibration of Water bath" in lead.open(answer.location).text


def test_a_piece_leaves_service_and_comes_back(signed_in, piece):
    lead, address = signed_in("lead"), f"/equipment/{piece('balance').code}"

    lead.send(f"{address}/take-out", {"reason": "dropped"})
    out = piece("balance").status
    lead.send(f"{address}/put-back", {"reason": "repaired"})

    assert out == EquipmentStatus.OUT_OF_SERVICE
    assert piece("balance").status == EquipmentStatus.IN_SERVICE


def test_an_overdue_piece_out_of_service_is_not_offered_to_come_back(signed_in, piece):
    lead, address = signed_in("lead"), f"/equipment/{piece('overdue').code}"

    lead.send(f"{address}/take-out", {"reason": "noisy"})

    assert f"{address}/put-back" not in lead.open(address).text


def test_a_piece_is_retired(signed_in, piece):
    signed_in("lead").send(f"/equipment/{piece('overdue').code}/retire", {"reason": "old"})

    assert piece("overdue").status == EquipmentStatus.RETIRED


def test_the_register_is_corrected(signed_in, piece):
    code = piece("balance").code

    signed_in("lead").send(
        f"/equipment/{code}/edit", {"serial_number": "B-2", "reason": "typing error"}
    )

    assert piece("balance").serial_number == "B-2"


def test_an_older_page_corrects_nothing_and_shows_what_it_says_now(signed_in, piece):
    lead, address = signed_in("lead"), f"/equipment/{piece('balance').code}/edit"
    old = lead.form(address).filled({"serial_number": "B-3", "reason": "typing error"})
    lead.send(address, {"serial_number": "B-2", "reason": "typing error"})

    answer = lead.client.post(address, data=old)

    assert answer.status_code == 409
    assert piece("balance").serial_number == "B-2"


def test_a_technician_is_offered_nothing_of_the_register(signed_in, piece):
    page = signed_in("technician").open(f"/equipment/{piece('balance').code}").text

    assert "Record a calibration" not in page


def test_the_label_is_a_pdf(signed_in, piece):
    answer = signed_in("lead").open(f"/equipment/{piece('balance').code}/label.pdf")

    assert answer.data.startswith(b"%PDF")
