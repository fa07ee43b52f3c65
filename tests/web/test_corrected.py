"""What the page of a step tells of its corrected counts and bottles, as the lead uses it."""

import re

import pytest

from tests.laboratory import clinic, supplies
from tests.laboratory.treatment import treating


class Codes:
    """A harvest that was counted, a filling of its cells, and bottles of two kinds."""

    def __init__(self, treatment):
        room, session = treatment.room, treatment.session
        cells = room.cells(clinic.course(session, "ivanova"))
        self.step, self.tube = cells.made_by.code, cells.code
        fill = room.fill(cells, "3")
        self.filling, self.fill = fill.made_by.code, fill.code
        self.bottle = supplies.lot(session, "vehicle").code


@pytest.fixture
def codes(database):
    with treating(database) as treatment:
        return Codes(treatment)


@pytest.fixture
def recounted(signed_in, codes):
    """The live cells of the step's count put right by the lead; where they were corrected."""
    lead = signed_in("lead")
    table = lead.open(f"/corrections/{codes.step}").text
    address = re.findall(r'href="(/corrections/[^"]+/cell_count/\d+/live)"', table)[0]
    lead.send(address, {"value": "41000000", "reason": "misread"})
    return address


def test_of_a_corrected_count_both_numbers_are_told(signed_in, codes, recounted):
    page = signed_in("lead").open(f"/corrections/{codes.step}").text

    told = page.split("Corrected so far")[1]
    both = "<del>85\u202f000\u202f000 cells</del> → 41\u202f000\u202f000 cells"
    assert f"<b>{codes.tube} · live</b>: {both}" in told
    assert "superseded" not in told


def test_a_count_corrected_meanwhile_is_said_to_be_another(signed_in, codes, recounted):
    page = signed_in("lead").open(recounted)

    assert page.status_code == 409
    assert "changed" in page.text


def test_the_bottle_of_a_fill_is_corrected_on_its_page(signed_in, codes):
    lead = signed_in("lead")
    table = lead.open(f"/corrections/{codes.filling}").text
    assert f"{codes.fill} · Suspended in" in table

    lead.send(
        f"/vehicles/{codes.filling}", {"value": codes.bottle, "taken": "4", "reason": "not scanned"}
    )

    assert (
        f"Sodium chloride 0.9 %, {codes.bottle}" in lead.open(f"/corrections/{codes.filling}").text
    )


def test_a_step_that_filled_nothing_has_no_bottle_to_correct(signed_in, codes):
    assert signed_in("lead").open(f"/vehicles/{codes.step}").status_code == 404
