"""Imports point inwards; docs/architecture.md says why."""

import subprocess
import sys
from collections.abc import Container, Iterable
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions

import pytest

from tests.conventions.tree import (
    LIMS,
    MIGRATIONS,
    ROOT,
    imported,
    imported_first,
    module_name,
    python_files,
    syntax,
)

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
        "lims.portions",
        "lims.resources",
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


def parents(name: str) -> list[str]:
    """`a.b.c`, `a.b`, `a`: Python imports the packages of a module before it."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def needed_first(module: str, names: Iterable[str], modules: Container[str]) -> set[str]:
    """The modules to be there before `module`, and the packages they are in and it is not."""
    known = [[each for each in parents(name) if each in modules] for name in names]
    packages = {each for found in known for each in found[1:]} - set(parents(module))
    return ({found[0] for found in known if found} | packages) - {module}


def test_any_module_may_be_imported_first():
    """What is imported in a circle works or fails by the module that somebody imports first."""
    files = {module_name(file): file for file in python_files(LIMS)}
    needs = {
        module: needed_first(module, imported_first(syntax(file)), files)
        for module, file in files.items()
    }

    try:
        TopologicalSorter(needs).prepare()
    except CycleError as circle:
        pytest.fail(" needs ".join(reversed(circle.args[1])) + ": move what they share out of both")


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
