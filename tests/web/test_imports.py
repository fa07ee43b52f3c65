"""The pages of earlier records: a file looked at, begun, stored by the worker, then shown."""

from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from lims import clock, earlier
from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch, Import
from lims.models.patient import Patient
from lims.worker import Worker
from lims.workflows import import_asking, importing
from tests import laboratory
from tests.imports.sheets import HEADER, as_csv, as_xlsx, course

MINSK = ZoneInfo("Europe/Minsk")


@pytest.fixture
def lead(signed_in):
    return signed_in("lead")


@pytest.fixture
def patient(database):
    with database.reading() as session:
        return session.scalars(select(Patient.code).order_by(Patient.id)).first()


def sent(raw, name="old.csv", **fields):
    return {"file": (BytesIO(raw), name), **fields}


@pytest.fixture
def begun(lead, patient):
    """The page of an import that the worker has not begun to store."""
    answer = lead.send("/imports/new", sent(as_csv(course(patient=patient))))
    assert answer.status_code == 303, answer.text
    return answer.location


def of_import(database):
    with database.reading() as session:
        return session.scalars(select(EarlierBatch)).all()


def test_a_file_with_faults_stores_nothing_and_lists_each(lead, database, patient):
    rows = course(patient=patient)
    rows[3] |= {"medium_ml": "много"}
    answer = lead.send("/imports/new", sent(as_xlsx(rows), "old.xlsx"))

    assert answer.status_code == 422
    assert "1 faults in 9 rows: nothing is stored." in answer.text
    assert "Серии, row 5, cell P5 (medium_ml): “много” is no number." in answer.text
    assert not of_import(database)


def test_what_is_only_looked_at_is_not_stored(lead, database, patient):
    rows = [each | {"Шкаф": "12"} for each in course(patient=patient)]
    raw = as_csv(rows, header=(*HEADER, "Шкаф"))
    answer = lead.send("/imports/new", sent(raw, only_look="y", columns="date = date"))

    assert "old.csv: 9 rows looked at, all good. Nothing is stored." in answer.text
    assert "the column “Шкаф” is none of ours and is not read" in answer.text
    assert "date = date</textarea>" in answer.text
    with database.reading() as session:
        assert not session.scalars(select(Import)).all()


def test_a_file_is_stored_by_the_worker_and_shown_then(lead, database, begun, settings):
    assert "Being stored." in lead.open(begun).text

    assert Worker(database, settings).work_once()

    page = lead.open(begun).text
    assert "Being stored." not in page
    with database.reading() as session:
        batch = session.get_one(Batch, of_import(database)[0].batch_id).code
    assert batch in page
    assert lead.open(f"/batches/{batch}").status_code == 200


def test_what_was_not_read_stays_with_the_import(lead, patient):
    rows = [each | {"Шкаф": "12"} for each in course(patient=patient)]
    begun = lead.send("/imports/new", sent(as_csv(rows, header=(*HEADER, "Шкаф")))).location

    assert "the column “Шкаф” is none of ours and is not read" in lead.open(begun).text


@pytest.fixture
def killed(database, patient):
    """The page of an import that the command line began, and that was killed then."""
    looked = earlier.look(database, as_csv(course(patient=patient)), "old.csv", MINSK)
    with database.reading() as session:
        by = laboratory.person(session, "lead").id
    told = {"arguments": lambda _: looked.begun_with()}
    return f"/imports/{database.run(importing.begin_import, by, key='begun', **told).code}"


def test_an_import_nobody_works_on_any_more_says_so(lead, killed):
    begun = killed
    assert "Being stored." in lead.open(begun).text

    with time_machine.travel(clock.now() + import_asking.SILENT_FOR * 2):
        page, today = lead.open(begun).text, lead.open("/").text

    assert "Nobody works on it any more" in page
    assert "Go on with the import" in today


def test_an_import_given_up_is_told_so_and_waits_no_more(lead, killed):
    answer = lead.send(f"{killed}/give-up", {"reason": "the list of another year"})

    assert answer.location == killed
    with time_machine.travel(clock.now() + import_asking.SILENT_FOR * 2):
        page, listed, today = (lead.open(each).text for each in (killed, "/imports/", "/"))
    assert "the list of another year" in page
    assert "given up" in listed
    assert "Go on with" not in page + today


def test_an_import_is_given_up_with_a_reason_alone(lead, killed):
    assert lead.send(f"{killed}/give-up", {"reason": " "}).status_code == 422
    assert "Being stored." in lead.open(killed).text


def test_an_import_of_which_something_is_stored_is_not_given_up(lead, begun, database, settings):
    assert Worker(database, settings).work_once()

    assert "Give it up" not in lead.open(begun).text
    assert lead.open(f"{begun}/give-up").location == begun


def test_the_same_file_again_names_the_import_it_was(lead, database, begun, patient, settings):
    assert Worker(database, settings).work_once()

    answer = lead.send("/imports/new", sent(as_csv(course(patient=patient))))

    assert f"This very file was imported as {begun.rpartition('/')[2]}" in answer.text


def test_the_columns_of_a_laboratory_are_mapped_and_kept(lead, patient):
    raw = as_csv(course(patient=patient)).replace(b"date", "День".encode(), 1)
    answer = lead.send("/imports/new", sent(raw))
    assert "missing: date" in answer.text

    fields = {"columns": "date = День", "save_as": "our journal"}
    assert lead.send("/imports/new", sent(raw, **fields)).status_code == 303
    assert "our journal" in lead.open("/imports/new").text


def test_a_mapping_may_name_our_column_in_russian(lead, patient):
    raw = as_csv(course(patient=patient)).replace(b";date;", ";День;".encode(), 1)
    answer = lead.send("/imports/new", sent(raw, columns="Дата = День"))

    assert answer.status_code == 303


def test_a_mapping_that_is_none_is_told_at_its_field(lead, patient):
    answer = lead.send("/imports/new", sent(as_csv(course(patient=patient)), columns="date День"))

    assert answer.status_code == 422
    assert "“date День” is no mapping." in answer.text
    assert "date День</textarea>" in answer.text


@pytest.mark.parametrize(
    "name", ["old.csv", "../../etc/passwd", "a\tb\u202e.csv", "х" * 300 + ".csv"]
)
def test_the_name_of_a_file_is_only_shown(lead, database, patient, name):
    answer = lead.send("/imports/new", sent(as_csv(course(patient=patient)), name))

    assert answer.status_code == 303
    with database.reading() as session:
        (kept,) = session.scalars(select(Import.file_name))
    assert kept.isprintable()
    assert "/" not in kept
    assert len(kept) <= 100


NO_TABLES = {
    "nothing": b"",
    "noise": bytes(range(256)) * 9,
    "a program": b"MZ\x90\x00" * 99,
    "half a workbook": as_xlsx([])[:900],
    "a picture": b"\x89PNG\r\n\x1a\n" * 50,
}


@pytest.mark.parametrize("case", NO_TABLES)
def test_a_file_that_is_no_table_is_refused_in_words(lead, case):
    answer = lead.send("/imports/new", sent(NO_TABLES[case], "old.xlsx"))

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("language", "header", "event"),
    [("en", "batch;patient;date;", ";isolated;"), ("ru", "серия;пациент;дата;", ";выделение;")],
)
def test_the_template_opens_in_a_spreadsheet_and_is_taken_as_it_is(
    lead, patient, language, header, event
):
    lead.send("/account", {"language": language}, action="/account/language")
    template = lead.open("/imports/template/batches.csv").data

    assert template.startswith(b"\xef\xbb\xbf" + header.encode())
    assert event.encode() in template
    raw = template.replace(b"A-112", patient.encode())
    assert lead.send("/imports/new", sent(raw)).status_code == 303
