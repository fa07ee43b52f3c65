"""Reviews of the audit trail: what is to be looked through, and what was looked through before."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from wtforms import HiddenField

from lims.models.audit_review import AuditReview
from lims.models.user import LoginAttempt
from lims.papers import audit_review
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import TickField
from lims.web.current import reading_session, site
from lims.web.fields import LongTextField
from lims.web.forms import Signing, on_refusal, shown, submit
from lims.web.language import of_person
from lims.web.listing import listing
from lims.web.pdf import shown_pdf
from lims.web.people import OwnPassword
from lims.web.trail import shown as entries_shown
from lims.workflows import audit_reviews, specifications
from lims.workflows.audit_reviews import LABELS, SIGN_INS, Matter, Span

bp = Blueprint("audit_reviews", __name__, url_prefix="/trail-reviews")


class ReviewForm(Signing):
    last = HiddenField()
    remark = LongTextField(_l("What you looked at"))
    findings = LongTextField(_l("What was found"), required=False, hint=_l("Empty: nothing."))
    opens = TickField(_l("Open a deviation for it"), required=False)
    password = OwnPassword(_l("Your signature"))

    @property
    def through(self) -> int | None:
        """The number of the last entry that the page showed; None where it shows none yet."""
        typed = str(self.last.data or "")
        return int(typed) if typed.isdecimal() else None

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "last": self.through or 0,
            "remark": self.remark.data,
            "findings": self.findings.data,
            "opens_deviation": bool(self.opens.data),
            "proof": self.password.proof,
        }


@bp.get("/")
@requires(Permission.SEE_AUDIT_TRAIL)
def index() -> ResponseReturnValue:
    query = select(AuditReview).options(
        joinedload(AuditReview.signature), joinedload(AuditReview.deviation)
    )
    version = specifications.approved(reading_session())
    days = version and specifications.known_limit(version, audit_reviews.INTERVAL)
    found = listing(query, AuditReview.id)
    return render_template("audit_reviews/index.html", found=found, days=days)


@bp.get("/next")
@requires(Permission.REVIEW_AUDIT_TRAIL)
def review() -> ResponseReturnValue:
    """What follows the last review; the form says up to which entry it was read."""
    session, form = reading_session(), shown(ReviewForm)
    span = audit_reviews.next_span(session, form.through) or audit_reviews.next_span(session)
    if span is not None:
        form.last.data = str(span.last)
        form.showing(span.shown())
    told = looked_through(span) if span else {}
    return render_template("audit_reviews/review.html", span=span, reviewing=form, **told)


@bp.post("/next")
@requires(Permission.REVIEW_AUDIT_TRAIL)
@on_refusal(review)
def record_review() -> ResponseReturnValue:
    made = submit(ReviewForm(), audit_reviews.review_audit_trail)
    flash(_("The audit trail is reviewed up to entry %(number)s.", number=made.last_entry))
    return redirect(url_for("audit_reviews.show", number=made.id), 303)


@bp.get("/<int:number>")
@requires(Permission.SEE_AUDIT_TRAIL)
def show(number: int) -> ResponseReturnValue:
    session, made = reading_session(), review_shown(number)
    span = audit_reviews.span(session, made.first_entry, made.last_entry)
    return render_template("audit_reviews/show.html", made=made, span=span, **looked_through(span))


@bp.get("/<int:number>.pdf")
@requires(Permission.SEE_AUDIT_TRAIL)
def paper(number: int) -> ResponseReturnValue:
    settings, made = site().settings, review_shown(number)
    pdf = audit_review.review_pdf(
        reading_session(), made, site=settings.site_name, zone=settings.time_zone,
        language=of_person(settings.languages, settings.default_language),
    )  # fmt: skip
    return shown_pdf(pdf, f"audit-trail-review-{made.first_entry}-{made.last_entry}")


def review_shown(number: int) -> AuditReview:
    signed = joinedload(AuditReview.signature), joinedload(AuditReview.deviation)
    made = reading_session().get(AuditReview, number, options=signed)
    if made is None:
        abort(404)
    return made


def looked_through(span: Span) -> dict[str, Any]:
    """The figures of these entries, and the list behind the one that is asked for."""
    session, asked = reading_session(), request.args.get("matter", "")
    failed = audit_reviews.failed_sign_ins(span)
    matter = Matter(asked) if asked in set(Matter) else None
    of_sign_ins = asked == SIGN_INS
    return {
        "counted": audit_reviews.counted(session, span),
        "labels": LABELS,
        "asked": asked if asked in LABELS else "",
        "entries": None if of_sign_ins else entries_shown(audit_reviews.entries(span, matter)),
        "tries": listing(failed, LoginAttempt.id) if of_sign_ins else None,
    }
