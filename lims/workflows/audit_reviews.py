"""Quality looks the audit trail through, again and again, and signs for the entries it saw.

What matters is found among the entries by what they say; whoever reviews may read all others too.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, case, cast, func, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.audit import Action, AuditEntry, AuditHead
from lims.models.audit_review import AuditReview
from lims.models.signature import Meaning
from lims.models.user import LoginAttempt, LoginOutcome, User
from lims.permissions import Permission
from lims.workflows import deviations, signing
from lims.workflows.command import command
from lims.workflows.due import Timing, after, end_of, limit_now, waits
from lims.workflows.signing import Proof
from lims.workflows.when_asked import TODAY

INTERVAL = "audit_review_days"
"""The limit of the specification: within how many days an entry is reviewed."""
MOST_AT_ONCE = 50_000
"""Entries of one review: weeks of a busy laboratory; their figures are counted while one waits."""


class RemarkNeeded(LimsError):
    sentence = N_("Say what you looked at.")


class FindingsNeeded(LimsError):
    sentence = N_("Say what was found: the deviation is opened for it.")


class NothingToReview(LimsError):
    sentence = N_("Nothing was recorded since the last review.")
    status = 409


FOUND = N_("Found in a review of the audit trail")


class Matter(StrEnum):
    CORRECTIONS = "corrections"
    REFUSALS = "refusals"
    OVERRIDES = "overrides"
    VOIDED = "voided"
    LATE = "late"
    ACCOUNTS = "accounts"


SIGN_INS = "sign-ins"
LABELS = {
    Matter.CORRECTIONS.value: N_("Corrections"),
    Matter.REFUSALS.value: N_("Refusals and stops"),
    Matter.OVERRIDES.value: N_("Used although not in order"),
    Matter.VOIDED.value: N_("Declared void"),
    Matter.LATE.value: N_("Entered late"),
    Matter.ACCOUNTS.value: N_("Accounts and settings"),
    SIGN_INS: N_("Failed sign-ins"),
}
"""What matters in a review, as people call it."""
VOIDED = ("step", "vial")
"""Labels that no step used are void by themselves at its end."""
SETTINGS = (
    "user_account",
    "user_role",
    "terminal",
    "place",
    "specification_version",
    "column_mapping",
    "procedure",
    "tank",
)
_said, _table = AuditEntry.changes, AuditEntry.table_name
MATTERS: dict[Matter, ColumnElement[bool]] = {
    Matter.CORRECTIONS: (AuditEntry.action == Action.UPDATE.value)
    & AuditEntry.command.startswith("correct_", autoescape=True),
    Matter.REFUSALS: _table == "refusal",
    Matter.OVERRIDES: _said.contains('"override_reason":[null,"', autoescape=True),
    Matter.VOIDED: _table.in_(VOIDED) & _said.contains('","void"]', autoescape=True),
    Matter.LATE: _said.contains('"late_reason":[null,"', autoescape=True),
    Matter.ACCOUNTS: _table.in_(SETTINGS),
}
"""Which entries each is, by what the trail keeps: a value in them never has a bare quotation
mark, so none is taken for the name of a column."""


@dataclass(frozen=True)
class Span:
    """The entries from one number to another, both with it, and the time they are of."""

    first: int
    last: int
    last_hash: str
    since: datetime | None
    """When the entry before them was made; None where there is none."""
    until: datetime
    left: int = 0
    """How many entries follow, for the reviews after this one."""

    def shown(self) -> dict[str, object]:
        """What the page shows of it, before the words of who signs."""
        return {"from": self.first, "to": self.last, "hash": self.last_hash}


def next_span(session: Session, last: int | None = None) -> Span | None:
    """What follows the last review, up to the entry `last` or to the end, MOST_AT_ONCE entries or
    fewer; None where it is all reviewed."""
    reviewed = session.scalar(select(func.max(AuditReview.last_entry))) or 0
    end = session.scalar(select(AuditHead.seq)) or 0
    last = min(end if last is None else last, end, reviewed + MOST_AT_ONCE)
    if last <= reviewed:
        return None
    return replace(span(session, reviewed + 1, last), left=end - last)


def span(session: Session, first: int, last: int) -> Span:
    ends = select(AuditEntry.id, AuditEntry.at, AuditEntry.hash)
    found = {
        row.id: row for row in session.execute(ends.where(AuditEntry.id.in_((first - 1, last))))
    }
    before = found.get(first - 1)
    return Span(first, last, found[last].hash, before.at if before else None, found[last].at)


def entries(of: Span, matter: Matter | None = None) -> Select[AuditEntry]:
    """Those of `of`, of one matter or of all."""
    within = select(AuditEntry).where(AuditEntry.id.between(of.first, of.last))
    return within if matter is None else within.where(MATTERS[matter])


def figures(session: Session, of: Span) -> dict[Matter, int]:
    """How many entries there are of each matter; one query."""
    counted = [
        func.coalesce(func.sum(cast(case((is_, 1), else_=0), Integer)), 0)
        for is_ in MATTERS.values()
    ]
    row = session.execute(entries(of).with_only_columns(*counted)).one()
    return dict(zip(MATTERS, map(int, row), strict=True))


def failed_sign_ins(of: Span) -> Select[LoginAttempt]:
    """The tries at a password or a PIN that were wrong, in the time of the entries."""
    wrong = select(LoginAttempt).where(
        LoginAttempt.outcome != LoginOutcome.ACCEPTED, LoginAttempt.tried_at <= of.until
    )
    return wrong if of.since is None else wrong.where(LoginAttempt.tried_at > of.since)


def counted(session: Session, of: Span) -> dict[str, int]:
    """How much there is to look at of each of LABELS."""
    found = {matter.value: number for matter, number in figures(session, of).items()}
    wrong = select(func.count()).select_from(failed_sign_ins(of).subquery())
    return {**found, SIGN_INS: session.scalar(wrong) or 0}


def shown_of(review: AuditReview) -> dict[str, object]:
    """What was signed: which entries, the hash of the last, and what the reviewer said."""
    return {
        "from": review.first_entry,
        "to": review.last_entry,
        "hash": review.last_hash,
        "remark": review.remark,
        "findings": review.findings,
        "deviation": review.deviation_id,
    }


def due() -> Select[Any]:
    """That the trail is to be reviewed, by the interval since the first entry that was not."""
    last = select(func.max(AuditReview.last_entry)).scalar_subquery()
    first = func.coalesce(last, 0) + 1
    since = select(AuditEntry.at).where(AuditEntry.id == first).scalar_subquery()
    until = after(since, limit_now(INTERVAL), "days")
    number = "№ " + cast(first, String)
    return waits(number, until, Timing.ON).where(until <= end_of(TODAY))


@command(Permission.REVIEW_AUDIT_TRAIL)
def review_audit_trail(
    session: Session,
    *,
    last: int,
    remark: str,
    findings: str | None,
    opens_deviation: bool,
    proof: Proof,
    by: User,
) -> AuditReview:
    """Quality signs that it looked through what follows the last review, up to the entry `last`."""
    seen = next_span(session, last)
    if seen is None:
        raise NothingToReview()
    if not remark.strip():
        raise FieldError(field="remark", problem=RemarkNeeded())
    if opens_deviation and not (findings or "").strip():
        raise FieldError(field="findings", problem=FindingsNeeded())
    deviation = None
    if opens_deviation:
        deviation = deviations.report_deviation(
            session, title=FOUND, description=str(findings), by=by
        )
    review = AuditReview(
        first_entry=seen.first,
        last_entry=seen.last,
        last_hash=seen.last_hash,
        remark=remark.strip(),
        findings=(findings or "").strip() or None,
        deviation_id=deviation.id if deviation else None,
        reviewed_by_id=by.id,
    )
    session.add(review)
    session.flush()
    signing.sign(
        session,
        review,
        meaning=Meaning.REVIEWED,
        shown=shown_of(review),
        proof=proof,
        by=by,
        seen=seen.shown(),
    )
    return review
