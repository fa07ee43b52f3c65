"""Version 1 of the specification: the shipped file, imported and approved by quality."""

import re

from lims import resources
from lims.database import Database
from lims.workflows import people, signing
from lims.workflows import specification_approval as approval

SHIPPED = resources.SPECIFICATION.read_text("utf-8")
AT_ONCE = re.sub(r"(?m)^((?:culture|doubling)_hours_min = {value = )\d+", r"\g<1>0", SHIPPED)
"""The file we come with, but for the time that cells take to grow: scenes take none."""


def settle_specification(database: Database) -> None:
    with database.reading() as session:
        qa = people.by_login(session, "qa")
    database.run(
        approval.import_specification,
        qa.id,
        key="import specification",
        arguments=lambda session: {"text": AT_ONCE},
    )
    database.run(
        approval.approve_specification,
        qa.id,
        key="approve specification",
        arguments=lambda session: approval_of(approval.load(session, 1), qa, session),
    )


def approval_of(version, qa, session) -> dict[str, object]:
    """What quality sends who has read the whole page."""
    shown = approval.shown_for_approval(*approval.with_former(session, version.number))
    return {
        "version": version,
        "seen": signing.sha256_of(shown),
        "proof": signing.Proof(user_id=qa.id, name=qa.full_name),
    }
