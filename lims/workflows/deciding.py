"""One signed decision on a fill: what exactly is shown, signed and kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.fill import MEANS, Decision, Disposition, Fill
from lims.models.user import User
from lims.workflows import corrections, signing, unusual
from lims.workflows.command import because
from lims.workflows.evidence import Evidence, evidence_of
from lims.workflows.signing import Proof
from lims.workflows.unusual import Unusual

NOTHING = "none"
GOING_ON = (Decision.REVIEWED, Decision.CONDITIONAL, Decision.RELEASED)


class ReasonNeeded(LimsError):
    sentence = N_("Give the reason for this decision.")


class UnusualUnanswered(LimsError):
    sentence = N_("Something is not as usual: say why it may go on.")


def require_reason(reason: str | None) -> None:
    if not (reason or "").strip():
        raise ReasonNeeded()


def exceptions_shown(session: Session, fill: Fill, evidence: Evidence | None = None) -> str:
    """What is not as usual, one a line, as a signer is shown it; `none` where nothing is."""
    return _written(unusual.exceptions(session, fill, evidence))


def _written(found: Sequence[Unusual]) -> str:
    return "\n".join(f"{one.what.english()} [{one.where}]" for one in found) or NOTHING


def shown_for_release(
    fill: Fill, exceptions: str, evidence: Evidence, as_of: datetime | None = None
) -> dict[str, object]:
    """Exactly what a person who decides on a fill is shown, and signs.

    With the moment of a signature and its exceptions it says what was signed then: what came
    later is left out, a superseded result or a corrected step shows as a difference.
    """
    until = as_of or clock.now()
    return {
        "fill": fill.code,
        "batch": fill.batch.code,
        "patient": fill.patient.code,
        "name": fill.patient.full_name,
        "birth_date": fill.patient.birth_date,
        "specification": fill.batch.specification_version.code,
        "kind": fill.kind,
        "passage": fill.passage,
        "vehicle": fill.suspended_in,
        "filled_at": fill.filled_at,
        "expires_at": fill.expires_at,
        "doses": [
            [dose.code, dose.left_ml(until), dose.left_cells(until), dose.session.code]
            for dose in fill.doses
        ],
        "vials": [[vial.code, vial.left_ml(until), vial.left_cells(until)] for vial in fill.vials],
        "production": production_shown(evidence, until),
        "results": [
            [judged.line.code, judged.line.limit, judged.text, judged.verdict]
            for judged in evidence.results
            if judged.test is not None
            and judged.test.approval is not None
            and judged.test.approval.signed_at <= until
        ],
        "exceptions": exceptions,
        "rule_set": unusual.RULE_SET,
    }


def shown_now(session: Session, fill: Fill, evidence: Evidence) -> dict[str, object]:
    """What a person who decides on a fill now is shown."""
    return shown_for_release(fill, exceptions_shown(session, fill, evidence), evidence)


def production_shown(evidence: Evidence, until: datetime) -> list[list[object]]:
    """The production record reviewed: steps recorded by `until`, their values, what they made."""
    return [
        [
            step.code,
            step.kind,
            sorted(corrections.correctable(step).items()),
            evidence.made.get(step.id),
        ]
        for step in evidence.steps
        if step.recorded_at is not None and step.recorded_at <= until
    ]


def still_signed(
    session: Session, disposition: Disposition, evidence: Evidence | None = None
) -> bool:
    """Whether what was signed with this decision is still what the record says."""
    fill, signature = disposition.fill, disposition.signature
    rests_on = evidence or evidence_of(session, fill)
    shown = shown_for_release(fill, disposition.exceptions, rests_on, as_of=signature.signed_at)
    return signing.still_valid(signature, shown)


def decide(
    session: Session,
    fill: Fill,
    decision: Decision,
    *,
    proof: Proof,
    by: User,
    reason: str | None = None,
    told: str | None = None,
    evidence: Evidence | None = None,
) -> Disposition:
    """A signed row; `evidence` is what it rests on, where the caller has read it already."""
    because(session, reason)
    evidence = evidence or evidence_of(session, fill)
    found = unusual.exceptions(session, fill, evidence)
    exceptions = _written(found)
    asked = decision in GOING_ON and any(one.asks_why for one in found)
    if asked and not (reason or "").strip():
        raise FieldError(field="reason", problem=UnusualUnanswered())
    signature = signing.sign(
        session,
        fill,
        meaning=MEANS[decision],
        shown=shown_for_release(fill, exceptions, evidence),
        proof=proof,
        by=by,
        reason=reason,
    )
    disposition = Disposition(
        patient_id=fill.patient_id,
        fill_id=fill.id,
        decision=decision,
        reason=reason,
        told=told,
        exceptions=exceptions,
        signature_id=signature.id,
    )
    session.add(disposition)
    session.flush()
    session.expire(fill, ["dispositions"])
    return disposition
