"""Nothing that the audit trail of a busy laboratory shows is a name of our own code."""

import re

from sqlalchemy import select, union

from lims.errors import unjoined
from lims.models.audit import AuditEntry
from lims.models.command_run import EnteredCode, Refusal
from lims.translations.catalogue import read
from lims.web import trail

OF_OUR_CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(?:[A-Z][a-z]+){2,}\b")
"""place_vial, NotPermitted."""
TAGS = re.compile(r"<[^>]*>")


def test_every_name_that_is_kept_has_a_word(crawl):
    kept = AuditEntry.command, Refusal.command, Refusal.error, EnteredCode.command
    with crawl.database.reading() as session:
        names = set(session.scalars(union(*map(select, kept))))

    catalogue = read("ru")

    assert not {name for name in names if unjoined(name).replace("_", " ") not in catalogue}


def test_every_record_is_told_in_words(crawl):
    auditor, found = crawl.visitors["auditor"], {}

    for table in sorted(trail.tables()):
        page = auditor.open(f"/trail/?table={table}").text.split("</form>")[-1]
        if names := OF_OUR_CODE.findall(TAGS.sub(" ", page)):
            found[table] = sorted(set(names))

    assert found == {}
