"""The table of who may do what, written by hand: tests/data/permissions.toml."""

import tomllib
from pathlib import Path

from lims.permissions import Role

TABLE = Path(__file__).parent / "data" / "permissions.toml"
EXPECTED = tomllib.loads(TABLE.read_text())
LETTERS = dict(zip("TLAQKPDU", Role, strict=True))
"""The columns of the table: Technician, Lead, Analyst, Quality, Keeper, Physician, aDministrator,
aUditor."""
EVERYONE, PUBLIC = "signed in", "public"


def allowed(line: str) -> set[Role]:
    """The roles of one line of the table: `TL..K...`."""
    if line in (EVERYONE, PUBLIC):
        return set(Role)
    assert len(line) == len(LETTERS), f"{line!r} has not one place for each of {''.join(LETTERS)}"
    pairs = zip(line, LETTERS.items(), strict=True)
    return {role for mark, (letter, role) in pairs if mark == letter}


def line_of(allowed_roles: set[Role]) -> str:
    """The line of the table for these roles."""
    return "".join(letter if role in allowed_roles else "." for letter, role in LETTERS.items())
