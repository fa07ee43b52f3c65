"""The results of one aliquot signed together: one password, a signature of its own on each."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import qc_deciding, qc_readings
from lims.workflows.command import command
from lims.workflows.judging import Verdict
from lims.workflows.qc_results import line_of
from lims.workflows.signing import Proof


class NothingToSign(LimsError):
    sentence = N_("No result of this aliquot waits for your signature.")
    status = 409


def to_verify(tests: Iterable[QcTest], person: User) -> list[QcTest]:
    """Those of `tests` that `person` may verify: read by others, and valid."""
    return [
        test
        for test in tests
        if test.status is QcTestStatus.ENTERED
        and not _analysed(test, person)
        and qc_readings.judged_by(line_of(test), test) is not Verdict.INVALID
    ]


def to_approve(tests: Iterable[QcTest], person: User) -> list[QcTest]:
    """Those of `tests` that `person` may approve: read and verified by others."""
    return [
        test
        for test in tests
        if test.status is QcTestStatus.VERIFIED
        and not _analysed(test, person)
        and test.verification is not None
        and test.verification.user_id != person.id
    ]


def _analysed(test: QcTest, person: User) -> bool:
    return person.id in {row.analyst_id for row in test.results}


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
