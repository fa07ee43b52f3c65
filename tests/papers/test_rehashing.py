"""Every stored file is read again and compared with the rows that name it."""

import pytest

from lims import rehashing
from lims.models import Base
from lims.models.base import table_of
from lims.models.label import RecordKind
from lims.papers import keeping
from lims.workflows.verifying import Report
from tests.papers import making


@pytest.fixture
def paper(own):
    """A kept batch record, whose file the tests hurt."""
    with own.database.reading() as session:
        qa = making.person(session, "qa")
    return keeping.make(own.archive, RecordKind.BATCH, own.batch, by=qa, language="en")


@pytest.fixture
def file(own, paper):
    path = own.archive.store.path(paper.pdf_sha256)
    path.chmod(0o600)
    return path


@pytest.fixture
def told(own, file):
    """What is told of the files since the test began: its labels were printed on no paper."""

    def look():
        report = Report()
        with own.database.reading() as session:
            report.add(rehashing.faults(session, own.archive.store, report))
        return {type(each).__name__: each.english() for each in report.named + report.noted}

    before = look()
    assert file.name not in str(before)
    return lambda: {name: told for name, told in look().items() if before.get(name) != told}


def test_a_whole_store_has_no_fault(told):
    assert told() == {}


def test_an_altered_file_is_named_with_the_row_that_names_it(told, file, paper):
    file.write_bytes(file.read_bytes() + b"%")

    assert f"{file} was altered" in told()["FileAltered"]
    assert f"record, row {paper.id} names it" in told()["FileAltered"]


def test_a_missing_file_is_named_with_the_row_that_names_it(told, file, paper):
    name = f"{file} is missing; record, row {paper.id} names it"
    file.rename(file.with_suffix(".partial"))

    assert name in told()["FileGone"]


def test_a_file_that_no_row_names_is_told_and_is_no_fault(told, own):
    digest = own.archive.store.put(b"of a form that was refused")

    assert list(told()) == ["UnnamedFile"]
    assert str(own.archive.store.path(digest)) in told()["UnnamedFile"]


def test_a_file_of_another_name_is_a_fault(told, file):
    (notes := file.parent / "notes.txt").write_text("hello")

    assert told()["StrangeFile"].startswith(f"{notes} lies among the stored files")


NO_FILES = {
    "audit_entry.previous_hash", "audit_entry.hash", "audit_head.hash", "record.values_sha256",
    "record.audit_hash", "signature.shown_sha256", "specification_version.source_sha256",
    "audit_review.last_hash", "one_time_code.code_sha256", "login_session.token_sha256",
    "terminal.token_sha256", "qc_run_sheet.values_sha256", "qc_run_sheet.audit_hash",
}  # fmt: skip
"""Hashes of values, of tokens, of what stands in the same row: there is no file behind them."""


def test_every_column_that_names_a_file_is_looked_at():
    named = {f"{table_of(kind).name}.{column}" for kind, column in rehashing.NAMING}
    hashes = {
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.c
        if column.name.endswith(("sha256", "hash"))
        and column.name not in ("password_hash", "pin_hash")
    }

    assert hashes == named | NO_FILES
