"""Imports point inwards; docs/architecture.md says why."""

import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.conventions.tree import LIMS, MIGRATIONS, ROOT, imported, python_files

PAPER = {"reportlab", "barcode", "ppf", "PIL", "lims.errors", "lims.rounding"}
MAY_IMPORT = {
    LIMS / "models": {
        "sqlalchemy",
        "lims.models",
        "lims.errors",
        "lims.permissions",
        "lims.clock",
        "lims.rounding",
    },
    LIMS / "workflows": {
        "sqlalchemy",
        "argon2",
        "lims.models",
        "lims.workflows",
        "lims.errors",
        "lims.permissions",
        "lims.clock",
        "lims.rounding",
    },
    LIMS / "labels": PAPER | {"lims.labels"},
    LIMS / "records": PAPER | {"pypdf", "lims.records", "lims.labels", "lims.charts"},
    LIMS / "charts": PAPER | {"lims.charts", "lims.labels", "lims.records.wording"},
    MIGRATIONS / "versions": {"sqlalchemy", "alembic"},
}
OURS_OR_PYTHONS = {"lims", *sys.stdlib_module_names}
BROUGHT_ALONG = {"click", "jinja2", "markupsafe", "pillow", "babel"}  # by Flask, reportlab, Babel
NOT_IMPORTED = {"tzdata"}  # zoneinfo reads it by itself where the system has none


def within(name: str, allowed: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in allowed)


@pytest.mark.parametrize("folder", MAY_IMPORT, ids=lambda folder: folder.name)
def test_a_folder_imports_what_its_row_of_the_table_allows(folder):
    allowed = MAY_IMPORT[folder] | sys.stdlib_module_names

    strangers = [
        f"{where} imports {name}"
        for file in python_files(folder)
        for where, name in imported(file)
        if not within(name, allowed)
    ]

    assert not strangers, "move the code outwards, or pass the value in"


LINT = """
import subprocess
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(config_filename="setup.cfg", no_cache=True))
"""
"""In a process of its own: the linter silences every logger it finds."""


def test_no_import_points_outwards_even_by_way_of_a_third():
    linted = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True)

    assert linted.returncode == 0, linted.stdout


def test_what_is_imported_is_required_and_what_is_required_is_imported(configuration):
    distributions = packages_distributions()
    modules = {name for file in python_files(LIMS, MIGRATIONS) for _, name in imported(file)}
    used = {
        distribution.lower().replace(".", "-")
        for module in {name.split(".")[0] for name in modules} - OURS_OR_PYTHONS
        for distribution in distributions.get(module, [f"(not installed: {module})"])
    }

    assert used - BROUGHT_ALONG == {
        name.lower().replace(".", "-") for name in configuration.required - NOT_IMPORTED
    }, "setup.cfg's install_requires lists what is used, and only that"
