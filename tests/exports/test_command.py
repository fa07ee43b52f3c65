"""`lims export` as it is typed: what is asked, what is told, how it ends."""

import pytest
from click.testing import CliRunner, Result

from lims.cli import commands
from lims.errors import LimsError
from lims.exports.folder import FolderNotEmpty
from lims.workflows.codes import MalformedCode
from tests.exports.conftest import manifest


@pytest.fixture
def lims(made, monkeypatch):
    """Run `lims` on the laboratory of the released batch."""
    database, settings = made.database.engine.url, made.archive.settings
    monkeypatch.setenv("LIMS_DATABASE_URL", database.render_as_string(hide_password=False))
    monkeypatch.setenv("LIMS_DATA_DIR", str(settings.data_dir))

    def run(*words: str) -> Result:
        return CliRunner().invoke(commands, ["export", *map(str, words)])

    return run


def test_one_batch_is_exported_and_the_manifest_told(made, lims, tmp_path):
    done = lims(made.batch, "--to", tmp_path / "to", "--language", "ru")

    assert manifest(tmp_path / "to")["what"] == f"batch {made.batch}"
    assert manifest(tmp_path / "to")["language"] == "ru"
    assert f"files in {tmp_path / 'to'}" in done.stdout
    assert "SHA-256 of manifest.json, to be kept elsewhere: " in done.stdout


def test_a_lacking_file_is_told_and_ends_with_1(lims, tmp_path):
    done = lims("--all", "--to", tmp_path / "to")

    assert done.exit_code == 1
    assert "is missing or altered, so it was not exported" in done.stderr
    assert manifest(tmp_path / "to")["what"] == "everything"


@pytest.mark.parametrize("words", [(), ("BA260000423", "--all")])
def test_either_a_batch_or_everything(lims, tmp_path, words):
    assert lims(*words, "--to", tmp_path / "to").exit_code == 2


def test_a_code_that_is_none_is_refused_and_nothing_is_written(lims, tmp_path):
    done = lims("BA260000424", "--to", tmp_path / "to")

    assert isinstance(done.exception, MalformedCode)
    assert not (tmp_path / "to").exists()


def test_a_folder_with_something_in_it_is_refused(made, lims, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    done = lims(made.batch, "--to", tmp_path)

    assert isinstance(done.exception, FolderNotEmpty)
    assert isinstance(done.exception, LimsError)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
