"""A tube taken out of a run at QC before it is read: it belongs elsewhere, broke or was lost."""

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot
from lims.models.qc_run import QcRun, QcRunMember, QcRunRemoval
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, qc_run_members, qc_runs, states
from lims.workflows.command import because, command
from lims.workflows.qc_run_told import TUBE_GONE


class WhyTakenOut(FieldError):
    sentence = N_("Say why the tube is taken out.")


class TubeGone(LimsError):
    sentence = N_(
        "The tube %(code)s for %(test)s broke or was lost (%(reason)s). Quality declares the test"
        " invalid, and asks for it of another tube or of none."
    )


@command(Permission.ENTER_RESULT)
def take_out_of_run(
    session: Session, run: QcRun, *, aliquot: Aliquot, reason: str, by: User, gone: bool = False
) -> QcRunMember:
    """A tube leaves the run before it was read there for good; why stays in it.

    One that is `gone`, broken or lost, is tested no more: quality is told to decide.
    """
    states.require(run, *qc_run_members.UNDER_WAY)
    member = qc_runs.member_of(session, run, aliquot)
    if qc_run_members.done(member):
        raise qc_runs.ReadAlready(code=aliquot.code, run=run.code)
    if not reason.strip():
        raise WhyTakenOut("reason")
    because(session, reason)
    session.add(
        QcRunRemoval(
            patient_id=member.patient_id,
            member_id=member.id,
            reason=TUBE_GONE if gone else reason.strip(),
            removed_by_id=by.id,
        )
    )
    member.left_at = clock.now()
    session.flush()
    session.expire(member, ["removal"])
    if gone:
        test = member.qc_test
        session.expire(test, ["in_runs"])
        told = TubeGone(code=aliquot.code, test=test.line.name, reason=reason.strip())
        deviations.open_by_rule(session, "tube_gone", aliquot, description=told, by=by)
    return member
