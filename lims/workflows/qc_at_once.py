"""The tests of one aliquot, or of one fill, together: begun with it in hand; their results signed
with one password, a signature of its own on each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    identity,
    qc_deciding,
    qc_read_outside,
    qc_readings,
    qc_tests,
    specifications,
)
from lims.workflows.command import command
from lims.workflows.judging import Verdict
from lims.workflows.qc_results import line_of
from lims.workflows.signing import Proof


class NothingToSign(LimsError):
    sentence = N_("No result here waits for your signature.")
    status = 409


class OtherAliquot(LimsError):
    sentence = N_(
        "%(code)s was scanned; the tests on this page are of %(expected)s. Scan that aliquot, or"
        " open the page of the one in your hand."
    )
    recorded = True
    status = 409


def to_begin(tests: Iterable[QcTest]) -> list[QcTest]:
    """Those of `tests` that wait for their aliquot to be taken to hand."""
    return [test for test in tests if test.status is QcTestStatus.SAMPLED]


def to_enter(tests: Iterable[QcTest]) -> list[QcTest]:
    """Those of `tests` that can be read: under way, or begun with their result; by their day."""
    found = [test for test in tests if _is_read_next(test)]
    return sorted(found, key=lambda test: (qc_readings.due_on(test) or clock.today(), test.id))


def _is_read_next(test: QcTest) -> bool:
    if specifications.line_asked(test) is None:
        return False
    at_once = test.aliquot_id is None and test.status is QcTestStatus.REQUESTED
    begins = test.status is QcTestStatus.SAMPLED and not test.line.days_to_read
    return at_once or begins or test.status in qc_readings.UNDER_WAY


@command(Permission.ENTER_RESULT)
def start_tests(
    session: Session,
    aliquot: Aliquot,
    *,
    scanned: Aliquot,
    tests: Sequence[QcTest],
    started_at: datetime,
    by: User,
) -> list[QcTest]:
    """Begin `tests` of the aliquot that was `scanned`, in this laboratory; all of them, or none."""
    identity.require_same_patient(session, aliquot.patient_id, scanned)
    if any(test.aliquot_id != scanned.id for test in tests) or scanned.id != aliquot.id:
        raise OtherAliquot(code=scanned.code, expected=aliquot.code)
    if not tests:
        raise FieldError(field="tests", problem=qc_tests.NothingAsked())
    return [qc_tests.start_test(session, test, started_at=started_at, by=by) for test in tests]


def to_verify(session: Session, tests: Sequence[QcTest], person: User) -> list[QcTest]:
    """Those of `tests` that `person` may verify: read by others, and valid."""
    return [
        test
        for test in _of_others(session, tests, person, QcTestStatus.ENTERED)
        if qc_readings.judged_by(line_of(test), test) is not Verdict.INVALID
    ]


def to_approve(session: Session, tests: Sequence[QcTest], person: User) -> list[QcTest]:
    """Those of `tests` that `person` may approve: read and verified by others."""
    return [
        test
        for test in _of_others(session, tests, person, QcTestStatus.VERIFIED)
        if test.verification is not None and test.verification.user_id != person.id
    ]


def _of_others(
    session: Session, tests: Sequence[QcTest], person: User, status: QcTestStatus
) -> list[QcTest]:
    """Those that stand so and that `person` neither read nor typed."""
    here = [test for test in tests if test.status is status]
    typed = qc_read_outside.typed(session, here, person) if here else set()
    return [
        test
        for test in here
        if test.id not in typed and person.id not in {row.analyst_id for row in test.results}
    ]


@command(Permission.VERIFY_RESULT)
def verify_results(
    session: Session, seen: Mapping[QcTest, str], *, proof: Proof, by: User
) -> list[QcTest]:
    """Verify each test, with what its signer saw of it; all of them, or none."""
    _require_any(seen)
    return [
        qc_deciding.verify_result(session, test, seen=what, proof=proof, by=by)
        for test, what in seen.items()
    ]


@command(Permission.APPROVE_RESULT)
def approve_results(
    session: Session, seen: Mapping[QcTest, str], *, proof: Proof, by: User
) -> list[QcTest]:
    """Approve each test, with what its signer saw of it; all of them, or none."""
    _require_any(seen)
    return [
        qc_deciding.approve_result(session, test, seen=what, proof=proof, by=by)
        for test, what in seen.items()
    ]


def _require_any(seen: Mapping[QcTest, str]) -> None:
    if not seen:
        raise NothingToSign()
