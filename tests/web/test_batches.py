"""The list of batches and the page of one: what stands now, what was done, what is next."""

import pytest
from sqlalchemy import select

from lims.models.batch import BatchStatus
from lims.models.deviation import HoldKind
from lims.models.label import Label
from lims.workflows import holds
from lims.workflows.codes import find
from tests.laboratory import PASSWORD, clinic
from tests.laboratory.cells import counted
from tests.laboratory.treatment import treating


@pytest.fixture
def batch(database):
    """The code of a batch with two vessels of P0 in culture."""
    with treating(database) as treatment:
        course = clinic.course(treatment.session, "ivanova")
        return treatment.room.bench.first_passage(course)[0].batch.code


def test_the_page_shows_what_stands_and_what_was_done(signed_in, batch, database):
    page = signed_in("technician").open(f"/batches/{batch}").text

    assert "Incubator A, shelf 1" in page
    assert "P0" in page
    assert "Isolation" in page
    assert "MSC-adipose v1" in page
    assert "Growth so far" in page


def test_cells_in_a_tube_are_seeded_or_filled_and_no_vessel_is_fed_where_none_lives(
    signed_in, database
):
    with treating(database) as treatment:
        room = treatment.room.bench
        vessels = room.first_passage(clinic.course(treatment.session, "ivanova"))
        tube = room.harvest(vessels, count=counted(9_000_000, 500_000), close=True)
        code, batch = tube.code, tube.batch.code

    offered = signed_in("technician").open(f"/batches/{batch}").text

    assert f"/suspensions/{code}/seed" in offered
    assert "/culture/feed" not in offered
    assert "/culture/harvest" not in offered


def test_living_vessels_are_fed_looked_at_and_harvested(signed_in, batch):
    offered = signed_in("technician").open(f"/batches/{batch}").text

    assert f"/culture/feed?code={batch}" in offered
    assert f"/culture/harvest?code={batch}" in offered
    assert "/processings/" not in offered


def test_open_batches_come_first_and_others_are_asked_for(signed_in, batch):
    technician = signed_in("technician")

    assert batch in technician.open("/batches/").text
    assert batch in technician.open("/batches/?status=").text
    assert batch not in technician.open("/batches/?status=closed").text


@pytest.mark.parametrize(("name", "found"), [("ivanova", True), ("schmidt", False)])
def test_a_batch_is_found_by_the_code_of_its_patient(signed_in, batch, database, name, found):
    with database.reading() as session:
        patient = clinic.patient(session, name).code

    page = signed_in("technician").open(f"/batches/?q={patient}").text

    assert (batch in page) is found


def test_a_hold_and_an_open_deviation_are_said_at_the_top(signed_in, batch, database):
    with treating(database) as treatment:
        holds.put_on_hold(
            treatment.session,
            find(treatment.session, batch),
            kind=HoldKind.HOLD,
            reason="label mix-up suspected",
            by=treatment.room.qa,
        )

    page = signed_in("qa").open(f"/batches/{batch}").text

    assert "label mix-up suspected" in page


def test_the_labels_of_a_batch_are_listed(signed_in, batch, database):
    with database.reading() as session:
        codes = {each.code for each in session.scalars(select(Label)) if each.code[:2] == "VE"}

    page = signed_in("technician").open(f"/batches/{batch}/labels").text

    assert len(codes) == 2
    assert all(code in page for code in codes)


def test_quality_gives_a_batch_up_by_signature(signed_in, batch, database):
    values = {"reason": "no growth", "password-password": PASSWORD}

    answer = signed_in("qa").send(f"/batches/{batch}/abandon", values)

    assert answer.status_code == 303
    with database.reading() as session:
        assert find(session, batch).status == BatchStatus.ABANDONED


def test_a_technician_is_not_offered_to_give_it_up(signed_in, batch):
    technician = signed_in("technician")

    assert "abandon" not in technician.open(f"/batches/{batch}").text
    assert technician.open(f"/batches/{batch}/abandon").status_code == 403


def test_a_scan_opens_the_batch(signed_in, batch):
    technician = signed_in("technician")

    answer = technician.send("/", {"code": batch}, action="/scan")

    assert answer.location == f"/batches/{batch}"
