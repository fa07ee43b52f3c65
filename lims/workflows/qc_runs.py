"""Runs at QC: one test of many tubes at a station, each tube scanned in, begun together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot, AliquotUse, QcTest, QcTestStatus
from lims.models.equipment import Place, PlaceKind
from lims.models.qc_run import QcRun, QcRunMember, QcRunRemoval, QcRunStatus, QcRunStay
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    qc_readings,
    qc_run_members,
    qc_run_order,
    qc_run_tests,
    qc_tests,
    specifications,
    states,
)
from lims.workflows.codes import coded
from lims.workflows.command import command, terminal, typed_as_kept


class NotAQcStation(LimsError):
    sentence = N_("%(code)s is not a run station. Scan the station at which the tubes are tested.")


class StationTaken(LimsError):
    sentence = N_(
        "At %(code)s there is the run %(run)s. It is read to its end, or set aside, before another"
        " begins."
    )
    recorded = True
    status = 409
    leads_to = "run"


class ProcedureNeeded(FieldError):
    sentence = N_("Name the procedure that is followed, with its edition.")


class NotOrdered(LimsError):
    sentence = N_(
        "%(test)s is not asked of %(code)s, patient %(patient)s. Take the tube back; ask the test"
        " first."
    )
    recorded = True
    status = 409


class DoneElsewhere(LimsError):
    sentence = N_(
        "%(code)s, patient %(patient)s: %(test)s is %(status)s. It does not belong into a run here."
    )
    recorded = True
    status = 409
    leads_to = "code"


class InAnotherRun(LimsError):
    sentence = N_(
        "%(code)s, patient %(patient)s, is in the run %(run)s already: number %(position)s."
    )
    recorded = True
    status = 409
    leads_to = "run"


class NotInRun(LimsError):
    sentence = N_("%(code)s is not in the run %(run)s.")
    status = 409


class ReadAlready(LimsError):
    sentence = N_("%(code)s was read in the run %(run)s: it stays in it.")
    status = 409
    leads_to = "run"


class NothingToBegin(LimsError):
    sentence = N_("No test in %(code)s waits to be begun.")
    status = 409


@command(Permission.ENTER_RESULT)
def begin_run(session: Session, *, line: str, station: Place, procedure: str, by: User) -> QcRun:
    """Begin a run of the test `line` at a station that holds no other."""
    asked = qc_run_tests.line_of(session, line)
    if not procedure.strip():
        raise ProcedureNeeded("procedure")
    run: QcRun = states.begin(
        QcRun(
            specification_test_id=asked.id,
            procedure=procedure.strip(),
            terminal=terminal(session),
            opened_by_id=by.id,
        )
    )
    session.add(coded(session, run))
    session.flush()
    come(session, run, station, by)
    return run


def come(session: Session, run: QcRun, station: Place, by: User) -> None:
    """The tubes of `run` are at `station` from now on; raises where another run's are."""
    if station.kind is not PlaceKind.RUN_STATION:
        raise NotAQcStation(code=station.code)
    if (taken := at_station(session, station)) is not None:
        raise StationTaken(code=station.code, run=taken.code)
    typed = typed_as_kept(session, station.code)
    session.add(QcRunStay(run_id=run.id, station_id=station.id, came_by_id=by.id, typed=typed))
    session.flush()
    session.expire(run, ["stays"])


def at_station(session: Session, station: Place) -> QcRun | None:
    """The run that is at `station` now."""
    here = QcRunStay.station_id == station.id, QcRunStay.left_at.is_(None)
    return session.scalars(select(QcRun).join(QcRunStay).where(*here)).one_or_none()


@command(Permission.ENTER_RESULT)
def scan_into_qc_run(session: Session, run: QcRun, *, aliquot: Aliquot, by: User) -> QcRunMember:
    """One more tube, for its test of the run's line; it is read in this run and nowhere else."""
    states.require(run, QcRunStatus.OPEN)
    _require_not_in(session, run, aliquot)
    test = test_in(session, run, aliquot)
    last = session.scalar(
        select(func.max(QcRunMember.position)).where(QcRunMember.run_id == run.id)
    )
    member = QcRunMember(
        patient_id=aliquot.patient_id,
        run_id=run.id,
        aliquot_id=aliquot.id,
        qc_test_id=test.id,
        position=(last or 0) + 1,
        scanned_by_id=by.id,
        typed=typed_as_kept(session, aliquot.code),
    )
    session.add(member)
    session.flush()
    session.expire(run, ["members"])
    qc_run_order.note(session, run, aliquot, by)
    return member


def test_in(session: Session, run: QcRun, aliquot: Aliquot) -> QcTest:
    """The test of `aliquot` that would be done in `run`; raises where it has none, or not now."""
    if aliquot.use is AliquotUse.RETENTION:
        raise qc_tests.KeptAside(code=aliquot.code)
    whose = {"code": aliquot.code, "patient": aliquot.patient.code}
    asked = [test for test in aliquot.tests if test.line.code == run.line.code]
    standing = [test for test in asked if test.status not in qc_readings.GONE]
    if not standing:
        raise NotOrdered(test=run.line.name, **whose)
    test = standing[-1]
    if (member := qc_run_members.open_of(session, test)) is not None:
        raise InAnotherRun(run=member.run.code, position=member.position, **whose)
    qc_readings.require_unread(test)
    if test.status not in qc_run_members.IN_RUNS:
        raise DoneElsewhere(test=test.line.name, status=test.status, **whose)
    return test


def member_of(session: Session, run: QcRun, aliquot: Aliquot) -> QcRunMember:
    """The tube as a member of `run` that was not taken out of it; raises NotInRun."""
    found = _standing(session, run, aliquot)
    if found is None:
        raise NotInRun(code=aliquot.code, run=run.code)
    return found


def _standing(session: Session, run: QcRun, aliquot: Aliquot) -> QcRunMember | None:
    taken_out = select(QcRunRemoval.id).where(QcRunRemoval.member_id == QcRunMember.id)
    mine = QcRunMember.run_id == run.id, QcRunMember.aliquot_id == aliquot.id
    return session.scalars(select(QcRunMember).where(*mine, ~taken_out.exists())).one_or_none()


def _require_not_in(session: Session, run: QcRun, aliquot: Aliquot) -> None:
    """A tube stands in a run once, also where its test was declared invalid and is repeated."""
    if (there := _standing(session, run, aliquot)) is not None:
        whose = {"code": aliquot.code, "patient": aliquot.patient.code}
        raise InAnotherRun(run=run.code, position=there.position, **whose)


def to_begin(members: Sequence[QcRunMember]) -> list[QcTest]:
    """The tests of a run whose days are still to be counted from when they begin."""
    tests = [each.qc_test for each in qc_run_members.staying(members)]
    return [
        test
        for test in tests
        if test.status is QcTestStatus.SAMPLED
        and (line := specifications.line_asked(test)) is not None
        and line.days_to_read
    ]


@command(Permission.ENTER_RESULT)
def begin_tests_of_run(
    session: Session, run: QcRun, *, started_at: datetime, by: User
) -> list[QcTest]:
    """The tests of all tubes of the run begin together, where their days count."""
    states.require(run, QcRunStatus.OPEN)
    tests = to_begin(qc_run_members.of(session, run))
    if not tests:
        raise NothingToBegin(code=run.code)
    return [qc_tests.begin_here(session, test, started_at) for test in tests]
