"""Version 1 of the specification: the shipped file, imported and approved by quality."""

from lims import resources
from lims.database import Database
from lims.workflows import people, signing
from lims.workflows import specification_approval as approval


def settle_specification(database: Database) -> None:
    with database.reading() as session:
        qa = people.by_login(session, "qa")
    database.run(
        approval.import_specification,
        qa.id,
        key="import specification",
        arguments=lambda session: {"text": resources.SPECIFICATION.read_text("utf-8")},
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
