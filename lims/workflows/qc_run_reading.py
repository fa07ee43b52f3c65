"""Reading a run at QC: each tube is asked for by name; one that is not in it stops the work."""

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot
from lims.models.base import Coded
from lims.models.patient import Patient
from lims.models.qc_run import QcRun, QcRunMember, QcRunResult, QcRunStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    codes,
    identity,
    qc_readings,
    qc_results,
    qc_run_members,
    qc_run_order,
    qc_runs,
    states,
)
from lims.workflows.breaches import Seen
from lims.workflows.command import command, typed_as_kept
from lims.workflows.qc_entries import Entry


class NobodyInIt(LimsError):
    sentence = N_("No tube was scanned into %(code)s yet.")
    status = 409


class NotBegun(LimsError):
    sentence = N_("In %(code)s tests wait to be begun: their days count from then. Begin them.")
    status = 409


class NothingUsed(FieldError):
    sentence = N_(
        "No lot and no device was scanned into the run. Scan what is used; where nothing is, say"
        " why."
    )


class ReadMeanwhile(LimsError):
    sentence = N_(
        "%(code)s was read already by %(name)s: %(result)s. Yours, %(what)s, was not recorded."
    )
    recorded = True
    status = 409


class OutsideRun(identity.Stop):
    """The tube in one's hand is not in the run."""

    heading = N_("STOP: not in this run")
    worked_on = N_("Asked for")
    sentence = N_(
        "STOP. %(code)s is not in the run %(run)s. Put it away from this station; nothing was"
        " recorded."
    )


class OtherTube(identity.Stop):
    """It is in the run, and another one is asked for."""

    heading = N_("STOP: another tube")
    worked_on = N_("Asked for")
    sentence = N_(
        "STOP. %(code)s is number %(position)s of the run; number %(asked)s is asked for. Put it"
        " back into its place, or choose it in the list and scan it then. Nothing was recorded."
    )


@command(Permission.ENTER_RESULT)
def begin_reading(session: Session, run: QcRun, *, comment: str | None, by: User) -> QcRun:
    """From now on each tube is asked for by name; nobody joins the run any more."""
    states.require(run, QcRunStatus.OPEN)
    members = qc_run_members.of(session, run)
    if not qc_run_members.staying(members):
        raise NobodyInIt(code=run.code)
    if qc_runs.to_begin(members):
        raise NotBegun(code=run.code)
    said = (comment or "").strip()
    if not run.used and not said:
        raise NothingUsed("comment")
    add_comment(run, said)
    run.reading_since = clock.now()
    states.move(session, run, QcRunStatus.READING)
    return run


def add_comment(run: QcRun, said: str) -> None:
    """What was said before stays above it."""
    run.comment = "\n".join(filter(None, (run.comment, said))) or None


def require_asked(session: Session, run: QcRun, asked: Aliquot, scanned: Coded) -> QcRunMember:
    """The member whose tube is `asked` for and was `scanned`; raises OutsideRun or OtherTube."""
    waits = qc_runs.member_of(session, run, asked)
    if scanned.id == asked.id and isinstance(scanned, Aliquot):
        return waits
    expected, found = session.get_one(Patient, waits.patient_id), _owner(session, scanned)
    told = {
        "code": scanned.code,
        "expected": [
            Seen(code=f"{waits.position}. {asked.code}", told=identity.identity(expected))
        ],
        "found": identity.identity(found) if found else scanned.code,
        "patient": expected.code,
        **({"other": found.code} if found else {}),
    }
    inside = _member(session, run, scanned)
    if inside is None:
        raise OutsideRun(run=run.code, **told)
    raise OtherTube(position=inside.position, asked=waits.position, **told)


def _read_meanwhile(member: QcRunMember, entry: Entry) -> ReadMeanwhile:
    test = member.qc_test
    rows = qc_readings.rows_of_record(test)
    return ReadMeanwhile(
        code=member.aliquot.code,
        name=rows[0].analyst.full_name,
        result=qc_readings.text_of(test, rows),
        what=", ".join(entry.measured.values()),
    )


def _owner(session: Session, scanned: Coded) -> Patient | None:
    key = getattr(scanned, "patient_id", None)
    return session.get_one(Patient, key) if key is not None else None


def _member(session: Session, run: QcRun, scanned: Coded) -> QcRunMember | None:
    members = qc_run_members.staying(qc_run_members.of(session, run))
    mine = (each for each in members if each.aliquot.code == scanned.code)
    return next(mine, None)


def asked_next(run_members: list[QcRunMember], code: str = "") -> QcRunMember | None:
    """The tube with this code, else the first that waits now; None where none does."""
    unread, waiting = qc_run_members.unread(run_members), qc_run_members.waiting_now(run_members)
    chosen = (each for each in unread if each.aliquot.code == code)
    return next(chosen, waiting[0] if waiting else None)


@command(Permission.ENTER_RESULT)
def read_in_run(
    session: Session, run: QcRun, *, asked: Aliquot, scanned: str, entry: Entry, by: User
) -> QcRunMember:
    """The result of the tube that was asked for and scanned, recorded as any other result."""
    states.require(run, QcRunStatus.READING)
    member = require_asked(session, run, asked, codes.find(session, scanned))
    if qc_run_members.done(member):
        raise _read_meanwhile(member, entry)
    test = qc_results.record_reading(session, member.qc_test, entry, by)
    for row in qc_readings.rows_of_record(test):
        session.add(
            QcRunResult(
                patient_id=member.patient_id,
                member_id=member.id,
                qc_result_id=row.id,
                typed=typed_as_kept(session, scanned),
            )
        )
    session.flush()
    session.expire(member, ["results"])
    qc_run_order.note(session, run, asked, by)
    return member
