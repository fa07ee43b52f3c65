"""Nothing that the audit trail of a busy laboratory shows is a name of our own code."""

import re
from enum import StrEnum

from sqlalchemy import select, union

from lims.errors import LimsError, unjoined
from lims.models.audit import AuditEntry
from lims.models.base import columns_of
from lims.models.command_run import EnteredCode, Refusal
from lims.translations.catalogue import read
from lims.translations.trail_words import takes_by
from lims.web import trail
from tests.laboratory import staff

A_NAME = re.compile(r"\w+")
TAGS = re.compile(r"<[^>]*>")
OF_THE_TESTS = {name for name in vars(staff) if "_" in name}
"""What the tests run themselves."""
OF_A_FILE = {"to_confirm"}
"""Stands in a specification's own text, which is shown as it was imported."""


def of_our_code():
    """place_vial, NotPermitted: what no language has as a word."""
    found = {
        *takes_by(),
        *trail.tables(),
        *(name for t in trail.tables() for name in columns_of(t)),
    }
    found |= {member.value for kind in below(StrEnum) for member in kind}
    refusals = {kind.__name__ for kind in below(LimsError)}
    joined = {name for name in refusals if re.search("[a-z][A-Z]", name)}
    return joined | {name for name in found if "_" in name} - OF_A_FILE


def below(kind):
    return {each for child in kind.__subclasses__() for each in (child, *below(child))}


def test_every_name_that_is_kept_has_a_word(crawl):
    kept = AuditEntry.command, Refusal.command, Refusal.error, EnteredCode.command
    with crawl.database.reading() as session:
        names = set(session.scalars(union(*map(select, kept)))) - OF_THE_TESTS

    catalogue = read("ru")

    assert not {name for name in names if unjoined(name).replace("_", " ") not in catalogue}


def test_every_record_is_told_in_words(crawl):
    auditor, ours, found = crawl.visitors["auditor"], of_our_code(), {}

    for table in sorted(trail.tables()):
        page = auditor.open(f"/trail/?table={table}").text.split("</form>")[-1]
        if names := ours & set(A_NAME.findall(TAGS.sub(" ", page))):
            found[table] = names

    assert found == {}
