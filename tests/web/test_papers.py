"""The pages of papers: made by a button, verified by their code, copies counted."""

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from lims.models.aliquot import QcTest
from lims.models.audit import AuditEntry
from lims.models.fill import Fill
from lims.models.label import Record, RecordCopy
from tests.laboratory import PASSWORD, working
from tests.laboratory.desk import Desk
from tests.papers import making
from tests.web.conftest import beginning


def story(database, stage):
    with TemporaryDirectory() as folder:
        return making.settle(database, Path(folder)) if stage != "no paper yet" else None


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def made(database, codes, settings):
    archive = making.archive_in(database, settings.data_dir)
    return replace(codes, database=database, archive=archive)


@pytest.fixture
def qa(signed_in, made):
    return signed_in("qa")


def make(person, code, **chosen):
    answer = person.send(f"/papers/of/{code}", chosen)
    assert answer.status_code == 303, answer.text
    return answer.location


def rows(database, model):
    with database.reading() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def test_a_record_is_made_by_its_button_and_stands_in_the_list(qa, made):
    address = make(qa, made.batch)

    assert address.rpartition("/")[2] in qa.open(f"/papers/of/{made.batch}").text
    assert "Batch record" in qa.open(address).text


def test_the_button_gives_the_kept_edition_while_nothing_changed(qa, made, database):
    assert make(qa, made.batch) == make(qa, made.batch)

    assert len(rows(database, Record)) == 1


def test_the_scan_of_a_paper_says_which_edition_it_is_and_that_it_stands(qa, made, database):
    make(qa, made.batch)
    (record,) = rows(database, Record)

    answer = qa.send("/", {"code": record.code}, action="/scan")
    page = qa.open(f"/papers/{record.code}").text

    assert answer.location.endswith(f"/papers/{record.code}")
    page = page.replace("<wbr>", "")
    for said in (record.values_sha256, record.pdf_sha256, record.audit_hash,
                 "The stored file still has its hash", "No newer edition is kept"):  # fmt: skip
        assert said in page


def test_an_older_edition_leads_to_the_newer(qa, made):
    older = make(qa, made.batch)
    made.correct(made.reception, "mass_g", making.Decimal("7.284"), "read wrongly")

    newer = make(qa, made.batch)

    assert newer != older
    assert f'href="{newer}"' in qa.open(older).text


def test_a_certificate_shows_as_no_longer_valid_once_a_count_behind_it_is_corrected(qa, made):
    certificate = make(qa, made.fill)
    assert "no longer valid" not in qa.open(certificate).text

    made.recount(17_000_000)

    assert "no longer valid" in qa.open(certificate).text
    assert "no longer valid" in qa.open(f"/papers/of/{made.fill}").text


def test_each_copy_is_counted_and_marked(qa, made, database):
    address = make(qa, made.fill)

    copies = [qa.send(address, {}, action=f"{address}/copies") for _ in range(2)]
    pdf = PdfReader(BytesIO(qa.open(copies[1].location).data))

    assert [copy.copy for copy in rows(database, RecordCopy)] == [1, 2]
    assert all("Copy 2 of RC" in page.extract_text() for page in pdf.pages)
    assert "Наталья Жук" in pdf.pages[0].extract_text()


def test_a_copy_is_the_same_however_often_it_is_opened(qa, made):
    address = make(qa, made.fill)
    copy = qa.send(address, {}, action=f"{address}/copies").location

    assert qa.open(copy).data == qa.open(copy).data


def test_a_copy_nobody_was_given_is_not_served(qa, made):
    assert qa.open(f"{make(qa, made.fill)}/copies/1.pdf").status_code == 404


def test_a_paper_is_read_as_it_is_stored_and_no_copy_is_counted(signed_in, qa, made, database):
    address = make(qa, made.fill)
    auditor = signed_in("auditor")

    answer = auditor.open(f"{address}.pdf")
    page = PdfReader(BytesIO(answer.data)).pages[0].extract_text()

    assert f"{address}.pdf" in auditor.open(address).text
    assert answer.mimetype == "application/pdf"
    assert "not a copy given out" in page
    assert rows(database, RecordCopy) == []


def test_who_only_reads_is_offered_no_paper_to_make_and_no_copy(signed_in, qa, made):
    address = make(qa, made.fill)
    auditor = signed_in("auditor")

    pages = auditor.open(f"/papers/of/{made.fill}").text + auditor.open(address).text

    assert "Make it" not in pages
    assert "make the newest edition" not in pages
    assert "Give out a copy" not in pages


def test_who_only_reads_makes_no_paper_and_gives_out_no_copy(signed_in, qa, made, database):
    address = make(qa, made.fill)
    auditor = signed_in("auditor")
    token = dict(auditor.form("/", "/scan").fields)

    answers = [
        auditor.client.post(path, data=token | {"kind": "certificate_of_analysis"})
        for path in (f"/papers/of/{made.fill}", f"{address}/copies")
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert len(rows(database, Record)) == 1
    assert rows(database, RecordCopy) == []


def test_an_altered_file_shows_and_is_not_given_out(qa, made, database, settings):
    address = make(qa, made.batch)
    (record,) = rows(database, Record)
    form = qa.form(address, f"{address}/copies")
    path = settings.store.path(record.pdf_sha256)
    os.chmod(path, 0o640)
    path.write_bytes(b"%PDF another")

    page = qa.open(address).text
    answer = qa.post(form, {})

    assert "not as it was kept" in page
    assert answer.status_code == 409
    assert rows(database, RecordCopy) == []


def test_a_certificate_before_any_decision_is_refused_with_a_sentence(signed_in, database):
    with working(database) as session:
        room = making.room(session)
        code = room.fill(room.cells(making.clinic.course(session, "ivanova"))).code

    answer = signed_in("qa").send(f"/papers/of/{code}", {"kind": "release_certificate"})

    assert answer.status_code == 409
    assert "Nothing was decided on" in answer.text


def test_a_release_certificate_is_offered_once_there_is_a_decision(qa, made, database):
    with working(database) as session:
        room = making.room(session)
        undecided = room.fill(room.cells(making.clinic.course(session, "ivanova"))).code

    offered = ["Release certificate" in qa.open(f"/papers/of/{code}").text
               for code in (made.fill, undecided)]  # fmt: skip

    assert offered == [True, False]


def test_a_paper_is_made_in_the_language_chosen(qa, made, database):
    make(qa, made.batch, language="ru")

    assert [record.language for record in rows(database, Record)] == ["ru"]


def test_making_a_paper_is_told_by_the_trail_with_who_and_where(qa, made, database):
    make(qa, made.batch)

    entry = rows(database, AuditEntry)[-1]

    assert (entry.command, entry.table_name, entry.terminal) == (
        "keep_record",
        "record",
        "127.0.0.1",
    )


def test_an_auditor_may_verify_and_a_physician_is_refused(signed_in, made, qa):
    address = make(qa, made.batch)

    assert signed_in("auditor").open(address).status_code == 200
    assert signed_in("physician").open(address).status_code == 403


def ready(database):
    """The code of a fill, released conditionally, of which everything is in place after 15 days."""
    with working(database) as session:
        desk = Desk(session, making.room(session))
        fill = desk.judged(making.clinic.course(session, "ivanova"))
        tests, code = [test.code for test in desk.cultured(fill)], fill.code
        desk.release_conditionally(fill)
    with making.days_later(14), working(database) as session:
        for test in session.scalars(select(QcTest).where(QcTest.code.in_(tests))):
            making.room(session).settle(test, "no growth", days_read=14)
    return code


def test_a_release_makes_its_papers_and_an_anchor(signed_in, database, settings):
    code = ready(database)
    with making.days_later(15):
        answer = signed_in("qa").send(
            f"/fills/{code}/release", {"reason": "seen", "password-password": PASSWORD}
        )

    assert answer.status_code == 303, answer.text
    kinds = [record.kind.value for record in rows(database, Record)]
    assert kinds == ["certificate_of_analysis", "release_certificate", "batch_record"]
    assert list(settings.anchor_dir.glob("*.anchor.json"))


@beginning("no paper yet")
def test_papers_that_cannot_be_made_do_not_undo_the_decision(signed_in, database, settings):
    code = ready(database)
    settings.store.root.write_text("a file where the folder belongs")
    with making.days_later(15):
        qa = signed_in("qa")
        qa.send(f"/fills/{code}/release", {"reason": "seen", "password-password": PASSWORD})
        page = qa.open(f"/fills/{code}").text

    assert "its papers could not be made" in page
    assert [fill.status.value for fill in rows(database, Fill)] == ["released"]
