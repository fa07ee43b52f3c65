"""What may be done next with a run at QC, by the person signed in: nothing that will be refused."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_login import current_user

from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus
from lims.permissions import Permission
from lims.web import doors, filters
from lims.workflows import qc_readings, qc_run_members, qc_run_stays


def may_work(run: QcRun, *statuses: QcRunStatus) -> bool:
    return run.status in statuses and bool(current_user.may(Permission.ENTER_RESULT))


def acts(run: QcRun, members: Sequence[QcRunMember]) -> list[doors.Act]:
    """The next legal acts with a run as a whole, of the person signed in."""
    found: list[doors.Act] = []
    unread = qc_run_members.unread(members)
    waits, going_on = qc_run_members.waiting_now(members), qc_run_members.going_on(members)
    if may_work(run, QcRunStatus.READING) and waits:
        note = _("next: %(name)s", name=waits[0].patient.full_name)
        found += doors.door(_("Read the tubes"), "qc_run_reading.read", note, code=run.code)
    if may_work(run, *qc_run_members.UNDER_WAY) and unread:
        note = _("what was written by hand, all tubes on one form")
        found += doors.door(
            _("Enter the sheet from paper"), "qc_run_paper.enter", note, code=run.code
        )
    if may_work(run, *qc_run_members.AT_HAND):
        note = _("the tubes stay in it")
        if going_on:
            due = min(filter(None, (qc_readings.due_on(each.qc_test) for each in going_on)))
            note = _("read on %(day)s", day=filters.day(due))
        found += doors.door(_("Set the run aside"), "qc_run_ends.aside", note, code=run.code)
    if may_work(run, QcRunStatus.READING) and not waits:
        note = _("a second person looks at the station")
        found += doors.door(_("Close the run"), "qc_run_ends.close", note, code=run.code)
    refused = qc_run_stays.problem_with_giving_up(run, members)
    if may_work(run, QcRunStatus.OPEN) and refused is None:
        found += doors.door(_("Give the run up"), "qc_run_ends.void", code=run.code)
    return found
