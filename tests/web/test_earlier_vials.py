"""The pages of vials of a list: where they were read, their numbers, their release taken over."""

import re
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims import earlier
from lims.files import FileStore
from lims.imports import bank_list
from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.earlier import EarlierBatch
from lims.models.fill import Fill, FillStatus, Vial
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.step import Step, StepKind
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.web.filters import patient_mark
from lims.workflows import deviations, refusals
from lims.workflows.at_the_dewar import NotForThisOrder
from tests import laboratory
from tests.imports.sheets import as_csv
from tests.imports.sheets import course as sheet_of
from tests.laboratory import PASSWORD, cryobank, working
from tests.laboratory.earlier import VIAL

KINDS = {"steps": Step, "samples": Sample, "suspensions": Suspension, "vessels": Vessel}
NUMBER = VIAL["vial"]


@pytest.fixture
def listed(database, tmp_path):
    """Take a list of vials of one patient over, by the lead; rows say in what they differ."""

    def take(*rows):
        with database.reading() as session:
            patient = session.scalars(select(Patient.code).order_by(Patient.id)).first()
            lead = laboratory.person(session, "lead").id
        header = [column.name for column in bank_list.COLUMNS]
        raw = as_csv([{"patient": patient} | VIAL | row for row in rows], header=header)
        looked = earlier.look(database, raw, "bank.csv", ZoneInfo("Europe/Minsk"))
        earlier.take_over(database, FileStore(tmp_path / "files"), looked, lead)

    return take


@pytest.fixture
def fill(database, listed):
    """A fill of one vial from a list, imported by the lead."""
    listed({})
    with database.reading() as session:
        return session.scalars(select(Fill).options(joinedload(Fill.batch))).one()


@pytest.fixture
def vial(database, fill):
    with database.reading() as session:
        return session.scalars(select(Vial).options(joinedload(Vial.patient))).one()


@pytest.fixture
def sheet(database, tmp_path):
    """The code of a batch of a sheet, number 2017-003."""
    with database.reading() as session:
        patient = session.scalars(select(Patient.code).order_by(Patient.id)).first()
        lead = laboratory.person(session, "lead").id
    raw = as_csv(sheet_of("2017-003", patient, 2019))
    looked = earlier.look(database, raw, "old.csv", ZoneInfo("Europe/Minsk"))
    earlier.take_over(database, FileStore(tmp_path / "files"), looked, lead)
    with database.reading() as session:
        made = select(Batch.code).join(EarlierBatch, EarlierBatch.batch_id == Batch.id)
        return session.scalars(made).one()


def test_quality_takes_an_earlier_release_over_by_its_paper(signed_in, database, fill):
    paper = {"reason": "certificate 17/19, O. Jasen, 3 June 2019", "password-password": PASSWORD}

    answer = signed_in("qa").send(f"/fills/{fill.code}/take-over", paper)

    assert answer.status_code == 303
    with database.reading() as session:
        assert session.get_one(Fill, fill.id).status is FillStatus.RELEASED


def test_what_waits_to_be_taken_over_is_listed_until_it_is(signed_in, fill):
    qa, paper = signed_in("qa"), {"reason": "certificate 17/19", "password-password": PASSWORD}
    assert "Take earlier releases over" in qa.open("/").text
    assert fill.code in qa.open("/fills/earlier").text

    qa.send(f"/fills/{fill.code}/take-over", paper)

    assert "Take earlier releases over" not in qa.open("/").text
    assert fill.code not in qa.open("/fills/earlier").text


def test_what_a_deviation_keeps_from_being_taken_over_says_so_before_anything_is_typed(
    signed_in, database, fill
):
    with working(database) as session:
        whose, lead = session.get_one(Fill, fill.id), laboratory.person(session, "lead")
        told = {"description": "more than left the tube", "by": lead}
        code = deviations.open_by_rule(session, "balance", whose, **told).code
    qa = signed_in("qa")

    for page in (f"/fills/{fill.code}", f"/fills/{fill.code}/take-over"):
        assert f"Deviation {code} is not decided." in qa.open(page).text, page


def test_today_counts_the_releases_that_wait_of_an_import(signed_in, listed):
    listed({}, {"vial": "К-18/1", "position": "A2", "passage": "P3"})
    row = re.search(r"Take earlier releases over</b></a>(.*)", signed_in("qa").open("/").text)

    assert "× 2" in row[1]


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


@pytest.mark.parametrize("scanned", [NUMBER, f" {NUMBER} ", NUMBER.lower()])
def test_a_vial_opens_by_the_number_that_stands_on_it(signed_in, vial, scanned):
    keeper = signed_in("keeper")

    answer = keeper.send("/", {"code": scanned}, action="/scan")

    assert answer.location == f"/vials/{vial.code}"


def test_a_number_that_nothing_has_is_no_misread_label(signed_in, vial):
    answer = signed_in("keeper").send("/", {"code": "2017-999"}, action="/scan")

    assert answer.status_code == 404
    assert "Nothing here is called “2017-999”" in answer.text


def test_a_number_in_letters_of_the_other_alphabet_is_told_with_the_one_that_looks_alike(
    signed_in, vial
):
    in_latin = NUMBER.replace("К", "K")

    answer = signed_in("keeper").send("/", {"code": in_latin}, action="/scan")

    assert answer.status_code == 404
    assert f"“{NUMBER}” looks the same" in answer.text


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


def test_a_batch_opens_by_the_number_it_had_and_is_found_in_the_list(signed_in, database, sheet):
    qa = signed_in("qa")

    assert qa.send("/", {"code": "2017-003"}, action="/scan").location == f"/batches/{sheet}"
    assert sheet in qa.open("/batches/?q=2017-0&status=").text
    assert "Look among all batches" in qa.open("/batches/?q=2017-0").text


def test_a_batch_without_a_number_bears_none_and_is_found_by_its_vials(
    signed_in, database, fill, vial
):
    listed = signed_in("technician").open(f"/batches/?q={quote(NUMBER)}&status=").text
    with database.reading() as session:
        mark = session.scalars(select(EarlierBatch)).one()

    assert mark.number is None
    assert fill.batch.code in listed


def test_the_physician_reads_what_was_made_and_what_is_kept(signed_in, database, sheet):
    with database.reading() as session:
        made = session.scalars(select(Batch).where(Batch.code == sheet)).one()
        course, patient = made.course.code, made.patient.code
    physician = signed_in("physician")

    told = physician.open(f"/courses/{course}").text
    assert "2017-003" in told
    assert "3 × 1" in told
    assert "Indication" not in told
    assert "Vials in the cryobank" in physician.open(f"/patients/{patient}").text


def test_a_step_of_earlier_records_says_where_it_was_read_and_asks_for_nothing(
    signed_in, database, sheet
):
    with database.reading() as session:
        steps = select(Step.code).join(Batch, Batch.id == Step.batch_id).where(Batch.code == sheet)
        harvest = session.scalars(steps.where(Step.kind == StepKind.HARVEST)).first()

    page = signed_in("qa").open(f"/steps/{harvest}").text

    assert "From earlier records: import UP" in page
    assert "as it was written" in page
    assert "hemocytometer" not in page
    assert "Close the step" not in page


def test_no_page_shows_an_hour_that_the_sheet_did_not_give(signed_in, database, sheet):
    with database.reading() as session:
        batch = session.scalars(select(Batch).where(Batch.code == sheet)).one()
        made = {"batches": batch.code}
        for place, kind in KINDS.items():
            made[place] = session.scalars(select(kind.code).order_by(-kind.id)).first()
    qa = signed_in("qa")

    shown = [qa.open(f"/{place}/{code}").text for place, code in made.items()]
    shown += [qa.open(f"/genealogy/{sheet}").text, qa.open("/fills/").text]
    shown += [qa.open("/samples/").text, qa.open("/batches/?status=").text]

    for page in shown:
        assert "00:00 (" not in re.sub(r"<[^>]*>", " ", page)
    assert "3 May 2019, hour not recorded" in shown[0]


def test_who_imported_it_stands_among_those_who_cannot_release(signed_in, fill):
    page = signed_in("qa").open(f"/fills/{fill.code}").text

    assert "Made or imported by" in page


def test_two_patients_side_by_side_have_their_symbols_on_the_map(signed_in, database, vial):
    with database.reading() as session:
        box = cryobank.box(session).code

    page = signed_in("keeper").open(f"/boxes/{box}").text

    assert f'<span class="mark {patient_mark(vial.patient.code)}"' in page
    assert f"<small>{NUMBER}</small>" in page


def test_the_missing_agreement_is_told_before_the_order_is_signed(signed_in, database, fill):
    paper = {"reason": "certificate 17/19", "password-password": PASSWORD}
    signed_in("qa").send(f"/fills/{fill.code}/take-over", paper)
    with database.reading() as session:
        of_patient = select(TransplantationSession.code).where(
            TransplantationSession.patient_id == fill.patient_id
        )
        planned = session.scalars(of_patient).first()
    assert planned

    page = signed_in("physician").open(f"/orders/for/{planned}").text

    assert f"{NUMBER} (VL" in page
    assert "no storage agreement of" in page


def test_a_refusal_about_it_is_remembered_by_its_code(signed_in, database, vial):
    refusal = NotForThisOrder(code=vial.on_the_tube, order="RQ26000001D")

    assert refusal.english().startswith(f"STOP. {NUMBER} ({vial.code})")
    with Session(database.engine) as session:
        assert refusals.remember(session, refusal).subject_code == vial.code
