"""What the project says of itself is complete, and says nothing of where it was written."""

import re
from dataclasses import fields

from lims.cli import commands
from lims.config import Settings
from lims.environment import NAMES
from tests.conventions.tree import LIMS, ROOT, python_files, tracked_files

FOREIGN = re.compile(
    # in pieces, or this file would be the first one found
    "|".join(
        [r"\.\./" + "shared", "/" + "work/", "/" + "tmp/brief"]
        + ["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian\."]
    )
)
VENDORED = (LIMS / "static", LIMS / "labels" / "fonts")


def test_no_file_names_a_machine_or_a_registry():
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in tracked_files()
        if not file.is_relative_to(VENDORED[0]) and not file.is_relative_to(VENDORED[1])
        if (match := FOREIGN.search(file.read_text(errors="ignore")))
    ]

    assert not found


def test_the_readme_lists_every_setting_and_every_command():
    readme = (ROOT / "README.md").read_text()

    missing = [name for name in NAMES if f"`{name}`" not in readme]
    missing += [name for name in commands.commands if f"`lims {name}" not in readme]

    assert not missing


def test_every_setting_is_used():
    code = "\n".join(file.read_text() for file in python_files(LIMS) if file != LIMS / "config.py")

    assert not [field.name for field in fields(Settings) if f".{field.name}" not in code]


def test_make_help_names_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE).group(1).split()
    helped = set(re.findall(r'"make (\w+) ', makefile))

    assert helped == set(targets) - {"help", "chromium"}
