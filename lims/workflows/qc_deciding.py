"""What becomes of an entered result: verified, approved, voided with a cause, superseded.

Nothing is retested into compliance: whatever is repeated stays, linked to what repeats it.
"""

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.fill import Decision, Fill, FillStatus
from lims.models.signature import Meaning, Signature
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    deciding,
    deviations,
    fill_results,
    oos,
    qc_read_outside,
    qc_readings,
    qc_tests,
    signing,
    states,
)
from lims.workflows.breaches import RestedOn
from lims.workflows.command import because, command
from lims.workflows.judging import Verdict
from lims.workflows.qc_results import line_of, require_seen
from lims.workflows.signing import Proof


class OwnResult(LimsError):
    sentence = N_("%(name)s analysed %(code)s; another person verifies it.")
    recorded = True


class VerifiedIt(LimsError):
    sentence = N_("%(name)s verified %(code)s; another person approves it.")
    recorded = True


class NotValid(LimsError):
    sentence = N_(
        "The recovery of the spike lies outside its limits, so %(code)s says nothing."
        " Quality declares it invalid; then the test is repeated."
    )
    recorded = True
    status = 409


class CauseNeeded(LimsError):
    sentence = N_("Name the cause: what went wrong in the test itself.")


class RepeatNeeded(LimsError):
    sentence = N_("%(code)s was read: it is repeated, not only withdrawn.")
    recorded = True
    status = 409


class ReasonNeeded(LimsError):
    sentence = N_("Give the reason.")


class InvestigationNeeded(LimsError):
    sentence = N_(
        "%(code)s failed. It is repeated only after quality has approved an investigation of it"
        " (a deviation of the kind out of specification)."
    )
    recorded = True
    status = 409


@command(Permission.VERIFY_RESULT)
def verify_result(session: Session, test: QcTest, *, seen: str, proof: Proof, by: User) -> QcTest:
    """A second person confirms what was read; a failing result opens a deviation."""
    states.require(test, QcTestStatus.ENTERED)
    require_seen(test, seen)
    _require_not_analyst(session, test, by)
    verdict = qc_readings.judged_by(line_of(test), test)
    if verdict is Verdict.INVALID:
        raise NotValid(code=test.code)
    test.verification = _sign(session, test, Meaning.VERIFIED, proof, by)
    states.move(session, test, QcTestStatus.VERIFIED)
    if verdict is Verdict.FAIL and not oos.investigations(session, test, decided=False):
        oos.investigate(session, test, by)
    return test


@command(Permission.APPROVE_RESULT)
def approve_result(session: Session, test: QcTest, *, seen: str, proof: Proof, by: User) -> QcTest:
    """Quality approves a verified result, passing or failing: it is what was found."""
    states.require(test, QcTestStatus.VERIFIED)
    require_seen(test, seen)
    _require_not_analyst(session, test, by)
    assert test.verification is not None
    if test.verification.user_id == by.id:
        raise VerifiedIt(code=test.code, name=by.full_name)
    test.approval = _sign(session, test, Meaning.APPROVED, proof, by)
    states.move(session, test, QcTestStatus.APPROVED)
    return test


@command(Permission.APPROVE_RESULT)
def return_result(session: Session, test: QcTest, *, reason: str, seen: str, by: User) -> QcTest:
    """Quality sends a verified result back to be corrected; its verification counts no more."""
    because(session, reason)
    states.require(test, QcTestStatus.VERIFIED)
    require_seen(test, seen)
    if not reason.strip():
        raise ReasonNeeded()
    test.verification = None
    states.move(session, test, QcTestStatus.ENTERED)
    return test


@command(Permission.APPROVE_RESULT)
def invalidate_result(
    session: Session,
    test: QcTest,
    *,
    cause: str,
    seen: str,
    proof: Proof,
    by: User,
    aliquot: Aliquot | None = None,
    repeat: bool = True,
) -> QcTest:
    """Void a test with an assignable cause; its linked repeat is returned.

    One of which nothing was read, of a tube that broke or asked by mistake, may go unrepeated.
    """
    because(session, cause)
    if not states.may_become(test, QcTestStatus.INVALID):
        states.require(test, QcTestStatus.ENTERED)
    require_seen(test, seen)
    if not cause.strip():
        raise CauseNeeded()
    if not repeat and test.results:
        raise RepeatNeeded(code=test.code)
    _sign(session, test, Meaning.INVALIDATED, proof, by, cause)
    states.move(session, test, QcTestStatus.INVALID)
    return qc_tests.ask_again(session, test, by, aliquot) if repeat else test


@command(Permission.APPROVE_RESULT)
def supersede_result(
    session: Session,
    test: QcTest,
    *,
    reason: str,
    seen: str,
    proof: Proof,
    by: User,
    aliquot: Aliquot | None = None,
) -> QcTest:
    """Let a new result take the place of an approved one; the test for it is returned.

    A failing one needs an approved investigation. A reviewed fill loses its review; one that was
    released stays so, with a critical deviation.
    """
    because(session, reason)
    states.require(test, QcTestStatus.APPROVED)
    require_seen(test, seen)
    if not reason.strip():
        raise ReasonNeeded()
    failed = qc_readings.verdict_of(test) is Verdict.FAIL
    if failed and not oos.investigations(session, test, decided=True):
        raise InvestigationNeeded(code=test.code)
    resting = fill_results.fills_resting_on(session, test, FillStatus.PRODUCTION_REVIEWED, *oos.OUT)
    _sign(session, test, Meaning.SUPERSEDED, proof, by, reason)
    states.move(session, test, QcTestStatus.SUPERSEDED)
    for fill in resting:
        _unsettle(session, fill, test, reason, proof, by)
    return qc_tests.ask_again(session, test, by, aliquot)


def _require_not_analyst(session: Session, test: QcTest, by: User) -> None:
    analysts = {row.analyst_id for row in test.results}
    if by.id in analysts or qc_read_outside.typed(session, [test], by):
        raise OwnResult(code=test.code, name=by.full_name)


def _sign(
    session: Session,
    test: QcTest,
    meaning: Meaning,
    proof: Proof,
    by: User,
    reason: str | None = None,
) -> Signature:
    shown = qc_readings.shown_of(test)
    signature = signing.sign(
        session, test, meaning=meaning, shown=shown, proof=proof, by=by, reason=reason
    )
    session.expire(test, ["taken_back"])
    return signature


def _unsettle(
    session: Session, fill: Fill, test: QcTest, reason: str, proof: Proof, by: User
) -> None:
    """What a superseded result does to a fill that rests on it."""
    if fill.status is FillStatus.PRODUCTION_REVIEWED:
        deciding.decide(
            session,
            fill,
            Decision.CHANGE_ASKED,
            proof=proof,
            by=by,
            reason=reason,
        )
        states.move(session, fill, FillStatus.QUARANTINED)
        return
    told = RestedOn(
        code=test.code, test=test.line.name, found=oos.found(test), fill=fill.code, reason=reason
    )
    deviations.open_by_rule(session, "superseded", fill, test, description=told, by=by)
