"""setup.cfg as the convention tests read it."""

import re
from configparser import ConfigParser
from dataclasses import dataclass

import pytest

from tests.conventions.tree import ROOT


@dataclass(frozen=True)
class Configuration:
    packages: dict[str, str]
    """Each package and the folder it is taken from."""
    required: set[str]
    data: dict[str, list[str]]
    """Each package and its patterns of files that are not Python."""


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    options = parser["options"]
    folders = dict(line.split(" = ") for line in options["package_dir"].split("\n") if line)
    return Configuration(
        packages={
            name: folders.get(name, name.replace(".", "/")) for name in options["packages"].split()
        },
        required=set(re.findall(r"^[\w.-]+", options["install_requires"], re.MULTILINE)),
        data={name: value.split() for name, value in parser["options.package_data"].items()},
    )
