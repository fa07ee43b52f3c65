"""The whole laboratory in open formats: nothing left out, nothing secret, nothing changed."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from lims import rehashing
from lims.exports import schema, verify
from lims.exports.folder import ExportFolder, FolderNotEmpty, NotWritten
from lims.models import Base
from lims.models.audit import SECRETS, UNAUDITED, AuditEntry
from lims.models.base import table_of
from lims.models.draft import Draft
from lims.models.user import LoginSession
from tests.exports.conftest import exported, manifest, rows


def test_every_row_of_every_table_is_there(made, whole):
    with made.database.reading() as session:
        for table in schema.tables():
            there = session.scalar(select(func.count()).select_from(table))
            assert len(rows(whole, table.name)) == there, table.name


def test_every_entry_of_the_trail_is_there_with_its_hash(made, whole):
    with made.database.reading() as session:
        kept = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id))
        told = (whole / verify.ENTRIES).read_text().splitlines()
        found = [(each["seq"], each["hash"]) for each in map(json.loads, told)]
        assert found == [tuple(each) for each in kept]


def test_the_csv_says_in_decimals_what_the_lines_keep_exactly(whole):
    text = (whole / "tables/reception.csv").read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))

    assert row["mass_g"] == "7.482"
    assert rows(whole, "reception")[0]["mass_g"] == 7482
    assert row["container_intact"] == "true"


def test_the_schema_says_units_places_and_keys(whole):
    told = json.loads((whole / "schema.json").read_text())["tables"]
    tables = {each["name"]: each for each in told}
    mass = next(each for each in tables["reception"]["columns"] if each["name"] == "mass_g")

    assert (mass["unit"], mass["decimal_places"]) == ("g", 3)
    assert tables["reception"]["extends"] == "step"
    assert {"columns": ["sample_id", "patient_id"], "of_table": "sample",
            "of_columns": ["id", "patient_id"]} in tables["step"]["keys"]  # fmt: skip


def test_stored_files_and_anchors_are_copied_as_they_are(made, whole):
    digests = set(made.archive.store.digests())

    assert digests == {path.stem for path in (whole / "files").rglob("*") if path.is_file()}
    kept = list(made.archive.settings.anchor_dir.iterdir())
    assert [(whole / "anchors" / each.name).read_bytes() for each in kept] == [
        each.read_bytes() for each in kept
    ]


def test_no_secret_leaves(made, whole):
    with made.database.reading() as session:
        hashes = set(session.scalars(text("SELECT password_hash FROM user_account"))) - {None}
    content = b"".join(path.read_bytes() for path in whole.rglob("*") if path.is_file())

    assert hashes
    assert not [each for each in hashes if each.encode() in content]
    assert "token_sha256" not in {name for row in rows(whole, "login_session") for name in row}
    tables = json.loads((whole / "schema.json").read_text())["tables"]
    told = {each["name"]: {column["name"] for column in each["columns"]} for each in tables}
    assert "token_sha256" not in told["login_session"]


def test_secrets_of_the_trail_are_those_the_schema_tells_of(whole):
    tables = json.loads((whole / "schema.json").read_text())["tables"]
    told = {
        (table["name"], column["name"])
        for table in tables
        for column in table["columns"]
        if "kept_secret" in column
    }

    assert told == SECRETS
    assert {
        (table_of(LoginSession).name, "token_sha256"),
        (table_of(Draft).name, "typed"),
    } == schema.WITHHELD


def test_the_verifier_knows_which_tables_keep_no_trail_and_which_columns_name_files():
    assert set(verify.UNAUDITED) == UNAUDITED - schema.THE_TRAIL
    assert {table_of(kind).name: column for kind, column in rehashing.NAMING} == verify.FILES


NO_FILES = {
    ("login_session", "token_sha256"),
    ("terminal", "token_sha256"),
    ("one_time_code", "code_sha256"),
    ("qc_run_sheet", "values_sha256"),
    ("record", "values_sha256"),
    ("signature", "shown_sha256"),
    ("specification_version", "source_sha256"),
}
"""Columns that hold the SHA-256 of something else than a stored file."""


def test_every_column_that_names_a_file_is_known():
    named = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.c
        if column.name.endswith("sha256")
    }

    assert named - NO_FILES == {(table_of(kind).name, column) for kind, column in rehashing.NAMING}


def test_the_folder_must_be_new_or_empty(made, whole):
    with pytest.raises(FolderNotEmpty):
        exported(made, whole)


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(NotWritten):
        ExportFolder(tmp_path / "file" / "export")


def test_half_an_export_has_no_manifest(made, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotWritten, match="No space left"):
        exported(made, tmp_path / "half")

    assert not (tmp_path / "half" / "manifest.json").exists()


def test_what_the_store_lacks_is_told_and_the_rest_exported(made, tmp_path):
    folder, lacking = exported(made, tmp_path / "lacking")

    assert {each.sha256 for each in lacking} == {"0" * 64}  # of labels that stories only told of
    assert manifest(folder)["lacking"][0]["table"] == "label"
    assert "was not exported" in lacking[0].sentence().english()


def run_bare(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *words],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_a_bare_python_verifies_it_where_it_lies(made, whole):
    done = run_bare(whole)

    faults = [each for each in done.stdout.splitlines() if each.startswith("FAULT  ")]
    assert all("was lacking when this was exported" in each for each in faults)
    assert done.returncode == 1
    assert manifest(whole)["last_entry"]["seq"] > 100


def test_it_counts_the_rows_that_the_laboratory_counts(made, whole):
    with made.database.reading() as session:
        report = rehashing.verify_all(session, made.archive.store, [])

    last = run_bare(whole).stdout.splitlines()[-1]
    assert f"{report.entries} entries, " in last
    assert f" {report.rows} rows, " in last


def test_the_manifest_noted_elsewhere_is_asked_for(own_whole):
    noted = run_bare(own_whole).stdout.split()[3]
    (own_whole / "README.txt").write_text("something else")
    listed = manifest(own_whole)

    assert len(noted) == 64
    for each in listed["files"]:
        if each["path"] == "README.txt":
            each |= {"size": 14, "sha256": verify.hashlib.sha256(b"something else").hexdigest()}
    (own_whole / "manifest.json").write_text(json.dumps(listed))
    assert "README" not in run_bare(own_whole).stdout
    assert "is not the one that was made" in run_bare(own_whole, "--manifest", noted).stdout


def test_a_wrong_command_line_ends_with_2(whole):
    assert run_bare(whole, "/no/such/folder").returncode == 2
