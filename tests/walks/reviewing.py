"""Quality looks the audit trail through: once with nothing found, once with a deviation for it."""

from lims.models.audit_review import AuditReview
from lims.workflows import audit_reviews
from lims.workflows.signing import Proof, sha256_of
from tests.walks.walker import Walk


def the_trail_is_looked_through(walk: Walk) -> None:
    review(walk, findings=None, opens_deviation=False)
    review(walk, findings="a count was corrected twice", opens_deviation=True)


def review(walk: Walk, *, findings: str | None, opens_deviation: bool) -> AuditReview:
    """All that was recorded since the last review."""
    with walk.database.reading() as session:
        span = audit_reviews.next_span(session)
    assert span is not None
    proof: Proof = walk.proof("qa")
    proof.seen = sha256_of(span.shown())
    made: AuditReview = walk.act(
        "qa", audit_reviews.review_audit_trail, last=span.last, remark="corrections and stops",
        findings=findings, opens_deviation=opens_deviation, proof=proof,
    )  # fmt: skip
    return made
