"""The paper of a signed review of the audit trail, from its row and the entries it is about."""

from datetime import tzinfo

from sqlalchemy.orm import Session

from lims.models.audit_review import AuditReview
from lims.papers.heading import site_of
from lims.papers.signed import printed
from lims.papers.wording import wording_of
from lims.records import audit_review
from lims.records.audit_review import Matter, Review
from lims.records.wording import Wording
from lims.workflows import audit_reviews, signing


def review_pdf(
    session: Session, made: AuditReview, *, site: str, zone: tzinfo, language: str
) -> bytes:
    """In the language of who asks; the same bytes whenever it is asked for."""
    say = wording_of(language, zone)
    return audit_review.render(values_of(session, made, site_of(session, site), say), say)


def values_of(session: Session, made: AuditReview, site: str, say: Wording) -> Review:
    span = audit_reviews.span(session, made.first_entry, made.last_entry)
    given, signed = made.signature, audit_reviews.shown_of(made)
    return Review(
        site=site,
        first_entry=made.first_entry,
        last_entry=made.last_entry,
        since=span.since,
        until=span.until,
        last_hash=made.last_hash,
        matters=[
            Matter(say.word(audit_reviews.LABELS[matter]), number)
            for matter, number in audit_reviews.counted(session, span).items()
        ],
        remark=made.remark,
        findings=made.findings or "",
        deviation=made.deviation.code if made.deviation else "",
        reviewed_at=made.reviewed_at,
        signature=printed(say, given, signing.still_valid(given, signed)) if given else None,
    )
