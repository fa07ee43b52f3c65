"""The pages of vials of a list: where they were read, their numbers, their release taken over."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims import earlier
from lims.files import FileStore
from lims.imports import bank_list
from lims.models.fill import Fill, FillStatus, Vial
from lims.models.patient import Patient
from tests import laboratory
from tests.imports.sheets import as_csv
from tests.laboratory import PASSWORD, cryobank
from tests.laboratory.earlier import VIAL

NUMBER = VIAL["vial"]


@pytest.fixture
def fill(database, tmp_path):
    """A fill of one vial from a list, imported by the lead."""
    with database.reading() as session:
        patient = session.scalars(select(Patient.code).order_by(Patient.id)).first()
        lead = laboratory.person(session, "lead").id
    header = [column.name for column in bank_list.COLUMNS]
    raw = as_csv([{"patient": patient} | VIAL], header=header)
    looked = earlier.look(database, raw, "bank.csv", ZoneInfo("Europe/Minsk"))
    earlier.take_over(database, FileStore(tmp_path / "files"), looked, lead)
    with database.reading() as session:
        return session.scalars(select(Fill).options(joinedload(Fill.batch))).one()


@pytest.fixture
def vial(database, fill):
    with database.reading() as session:
        return session.scalars(select(Vial)).one()


def test_quality_takes_an_earlier_release_over_by_its_paper(signed_in, database, fill):
    paper = {"reason": "certificate 17/19, O. Jasen, 3 June 2019", "password-password": PASSWORD}

    answer = signed_in("qa").send(f"/fills/{fill.code}/take-over", paper)

    assert answer.status_code == 303
    with database.reading() as session:
        assert session.get_one(Fill, fill.id).status is FillStatus.RELEASED


def test_the_page_of_an_earlier_fill_says_where_it_was_read_and_lists_no_missing_result(
    signed_in, fill
):
    page = signed_in("qa").open(f"/fills/{fill.code}").text

    assert "bank.csv, row 2." in page
    assert "No result of it is in this program" in page
    assert ">missing<" not in page
    assert "Sterility" not in page


def test_whoever_imported_it_is_offered_no_decision(signed_in, fill):
    page = signed_in("lead").open(f"/fills/{fill.code}").text

    assert "take-over" not in page


def test_the_page_of_an_earlier_batch_shows_nothing_that_looks_missing(signed_in, fill):
    page = signed_in("qa").open(f"/batches/{fill.batch.code}").text

    assert "From earlier records" in page
    assert "No label was printed yet" not in page
    assert "No vessel was seeded yet" not in page


@pytest.mark.parametrize("scanned", [NUMBER, f" {NUMBER} "])
def test_a_vial_opens_by_the_number_that_stands_on_it(signed_in, vial, scanned):
    keeper = signed_in("keeper")

    answer = keeper.send("/", {"code": scanned}, action="/scan")

    assert answer.location == f"/vials/{vial.code}"


def test_its_number_is_named_beside_its_code_wherever_it_stands(signed_in, database, vial):
    with database.reading() as session:
        box = cryobank.box(session).code
    keeper = signed_in("keeper")

    for address in (f"/vials/{vial.code}", "/vials/", f"/boxes/{box}"):
        assert NUMBER in keeper.open(address).text, address


def test_a_field_for_a_vial_takes_its_number(signed_in, vial):
    keeper = signed_in("keeper")

    page = keeper.open(f"/retrievals/back?vial={NUMBER}")

    assert vial.code in page.text
