"""One batch for an inspector: its papers, labels, files, rows and what stands behind them."""

import json

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from lims.models import Base
from lims.models.audit import AuditEntry
from lims.models.label import Record
from tests.exports.conftest import PICTURE, batch_exported, manifest, rows
from tests.exports.test_everything import run_bare
from tests.labels.printed import scanned


def names(folder, under):
    return sorted(path.name for path in (folder / under).iterdir())


def test_every_edition_that_was_kept_is_there_as_stored(made, part):
    with made.database.reading() as session:
        kept = session.scalars(select(Record)).all()

    assert len(kept) == 3
    for record in kept:
        (path,) = (part / "papers").glob(f"*-edition-{record.edition}-{record.code}.pdf")
        assert path.read_bytes() == made.archive.store.get(record.pdf_sha256)


def test_papers_that_were_never_made_are_rendered_and_not_kept(made, part, tmp_path):
    with made.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(AuditEntry))
    batch_exported(made, tmp_path / "again")

    assert f"{made.fill}-release-certificate-en-not-kept.pdf" in names(part, "papers")
    assert f"{made.isolation}-step-record-en-not-kept.pdf" in names(part, "papers")
    assert f"{made.batch}-batch-record-en-not-kept.pdf" not in names(part, "papers")
    with made.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_a_paper_that_was_not_kept_says_so(made, part):
    (path,) = (part / "papers").glob(f"{made.fill}-release*")
    text = PdfReader(path).pages[0].extract_text()

    assert "not kept" in text
    assert "It has no code" in text
    assert [each["note"] for each in manifest(part)["files"] if "not-kept" in each["path"]]


def test_another_language_is_another_paper(made, tmp_path):
    folder, _ = batch_exported(made, tmp_path / "ru", "ru")

    assert f"{made.batch}-batch-record-ru-not-kept.pdf" in names(folder, "papers")


def test_labels_are_there_as_printed(made, part):
    (path,) = (part / "labels").iterdir()

    assert path.name.startswith("SA")
    assert scanned_from(path) == [path.name[:11]]


def scanned_from(path):
    import pypdfium2

    page = pypdfium2.PdfDocument(path)[0]
    return scanned(page.render(scale=4, grayscale=True).to_pil())


def test_photographs_are_named_by_their_step(made, part):
    (path,) = (part / "photos").iterdir()

    assert path.name.startswith(made.reception)
    assert path.suffix == ".png"
    assert path.read_bytes() == PICTURE


def test_what_stands_behind_the_batch_is_there(part):
    behind = {"patient", "course", "sample", "consent", "lot", "item", "equipment", "calibration",
              "step", "isolation", "qc_test", "qc_result", "signature", "disposition", "deviation",
              "deviation_decision", "specification_version", "specification_test",
              "user_account", "training", "vessel", "suspension", "withdrawal", "cell_count",
              "label", "record", "line_clearance", "place"}  # fmt: skip

    assert behind - {path.stem for path in (part / "tables").iterdir()} == set()


def test_no_row_of_another_patient_comes_along(part):
    (patient,) = rows(part, "patient")
    told = (part / "audit/entries.jsonl").read_text().splitlines()
    whose = {each["patient_id"] for each in map(json.loads, told)}

    assert whose <= {None, patient["id"]}
    for table in Base.metadata.tables:
        if (part / "tables" / f"{table}.jsonl").exists():
            whose = {row.get("patient_id", patient["id"]) for row in rows(part, table)}
            assert whose <= {None, patient["id"]}, table


def test_every_key_points_to_a_row_that_is_there(part):
    tables = json.loads((part / "schema.json").read_text())["tables"]
    there = {each["name"]: {row["id"] for row in rows(part, each["name"])} for each in tables}
    for table in tables:
        for key in table["keys"]:
            column = key["columns"][key["of_columns"].index("id")]
            named = {row[column] for row in rows(part, table["name"])} - {None}
            assert named <= there.get(key["of_table"], set()), (table["name"], column)


def test_the_genealogy_goes_both_ways(made, part):
    told = json.loads((part / "genealogy.json").read_text())

    kinds = {each["kind"] for each in told["pieces"]}
    assert {"SA", "SU", "VE", "FL", "DS", "QC"} <= kinds
    assert all(set(each) == {"from", "into", "step"} for each in told["links"])


def test_a_bare_python_verifies_the_part_and_says_what_it_cannot(made, part):
    done = run_bare(part)

    faults = [each for each in done.stdout.splitlines() if each.startswith("FAULT  ")]
    assert faults
    assert all("was lacking when this was exported" in each for each in faults)
    assert f"A part of the records: batch {made.batch}" in done.stdout


@pytest.mark.parametrize("word", ["papers", "tables/patient.csv", "audit/entries.jsonl"])
def test_a_byte_flipped_in_a_part_is_found(own_part, word):
    path = own_part / word
    path = next(path.iterdir()) if path.is_dir() else path
    path.write_bytes(path.read_bytes()[:-1] + b"\1")

    assert f"{path.relative_to(own_part)}: was altered" in run_bare(own_part).stdout
