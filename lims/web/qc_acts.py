"""What may be done next with a test, by the person signed in: nothing that will be refused."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from lims.errors import N_
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.qc_run import QcRunMember
from lims.permissions import Permission
from lims.web.current import reading_session
from lims.workflows import qc_read_outside, qc_readings, qc_run_members
from lims.workflows.judging import Verdict
from lims.workflows.qc_readings import rows_of_record, verdict_of

Offer = tuple[str, str, str]
"""What the button says, the endpoint behind it, a note."""


def acts(test: QcTest) -> list[Offer]:
    """The next legal acts of the person signed in, with their addresses."""
    member = in_run(test)
    found = [
        (_(text), url_for(f"qc_{where}", code=test.code), _(note) if note else "")
        for text, where, note in _offered(test, member)
    ]
    return [*_of_run(test, member), *found]


def in_run(test: QcTest) -> QcRunMember | None:
    """The member of a run by which `test` is still to be read there."""
    if test.status not in qc_run_members.IN_RUNS or not current_user.may(Permission.ENTER_RESULT):
        return None
    member = qc_run_members.open_of(reading_session(), test)
    return member if member is not None and not member.results else None


def _of_run(test: QcTest, member: QcRunMember | None) -> list[Offer]:
    if member is None or test.aliquot is None:
        return []
    place = url_for("qc_run_reading.tube", code=member.run.code, tube=test.aliquot.code)
    return [(_("Read it in its run"), place, member.run.code)]


def _offered(test: QcTest, member: QcRunMember | None) -> list[Offer]:
    found: list[Offer] = []
    if current_user.may(Permission.ENTER_RESULT):
        found += _of_analyst(test, member)
    if _own(test):
        return found
    valid = verdict_of(test) is not Verdict.INVALID
    if current_user.may(Permission.VERIFY_RESULT) and valid and test.status is QcTestStatus.ENTERED:
        found.append((N_("Verify"), "decisions.verify", N_("asks your password")))
    if current_user.may(Permission.APPROVE_RESULT):
        found += _of_quality(test)
    return found


def _own(test: QcTest) -> bool:
    """Whether who looks read it, or typed what another had read."""
    read = current_user.id in {row.analyst_id for row in test.results}
    in_runs = test.aliquot_id is not None and test.status in qc_readings.READ
    return read or (
        in_runs and bool(qc_read_outside.typed(reading_session(), [test], current_user))
    )


def _of_analyst(test: QcTest, member: QcRunMember | None) -> list[Offer]:
    entering = (N_("Enter the result"), "results.enter", "")
    if member is not None:
        return [(N_("Read outside its run"), "results.enter", N_("only as a fact, with its paper"))]
    match test.status:
        case QcTestStatus.SAMPLED:
            start = (N_("Start the test"), "results.start", N_("its days count from then"))
            send = (N_("Send it outside"), "results.send", "")
            return [start, send] if test.line.days_to_read else [entering, start, send]
        case QcTestStatus.REQUESTED if test.fill_id:
            return [entering]
        case QcTestStatus.RUNNING | QcTestStatus.SENT:
            mending = (N_("Correct the last reading"), "results.correct", "")
            return [entering, mending] if rows_of_record(test) else [entering]
        case QcTestStatus.ENTERED:
            return [(N_("Correct the result"), "results.correct", N_("the old one stays visible"))]
    return []


def _of_quality(test: QcTest) -> list[Offer]:
    void = (N_("Declare invalid"), "decisions.invalidate", N_("with its cause; it is repeated"))
    match test.status:
        case QcTestStatus.REQUESTED | QcTestStatus.SAMPLED | QcTestStatus.ENTERED:
            return [void]
        case QcTestStatus.RUNNING | QcTestStatus.SENT:
            return [void]
        case QcTestStatus.VERIFIED:
            verified = test.verification is not None and test.verification.user_id
            approve = (N_("Approve"), "decisions.approve", N_("asks your password"))
            back = (N_("Send back"), "decisions.send_back", N_("to be corrected"))
            return [back, void] if verified == current_user.id else [approve, back, void]
        case QcTestStatus.APPROVED:
            replace = (N_("Supersede"), "decisions.supersede", N_("a new result takes its place"))
            return [replace]
    return []
