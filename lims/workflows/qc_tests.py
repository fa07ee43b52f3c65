"""Tests asked of an aliquot or of a fill itself: requested, started here or sent outside."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot, AliquotUse, QcTest, QcTestStatus
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Dose, Fill, FillStatus, Vial
from lims.models.specification import SpecificationTest
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.workflows import (
    containers,
    identity,
    qc_run_members,
    qc_run_told,
    specifications,
    states,
)
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.performing import InTheFuture
from lims.workflows.qc_lines import lines_for, lines_for_fill, suits
from lims.workflows.qc_readings import Source, source_of
from lims.workflows.since import require_there

ENDED = (FillStatus.REJECTED, FillStatus.RECALLED, FillStatus.DESTROYED)


class NothingAsked(LimsError):
    sentence = N_("Choose at least one test.")


class NotAskedOf(LimsError):
    sentence = N_(
        "The specification does not ask for %(test)s of %(code)s, or it is asked already."
    )
    status = 409


class OtherSource(LimsError):
    sentence = N_(
        "%(code)s was taken of %(found)s, and what is repeated was tested of %(tested)s. Scan an"
        " aliquot of %(tested)s, or ask the test of %(code)s by itself."
    )
    status = 409


class KeptAside(LimsError):
    sentence = N_("%(code)s is kept as a retention sample and is not tested.")
    status = 409


class LaboratoryNeeded(LimsError):
    sentence = N_("Name the laboratory it is sent to.")


@command(Permission.TAKE_ALIQUOT)
def request_tests(session: Session, aliquot: Aliquot, *, lines: Sequence[str], by: User) -> Aliquot:
    """Ask `lines` of the specification of an aliquot."""
    if aliquot.use is AliquotUse.RETENTION:
        raise KeptAside(code=aliquot.code)
    containers.require_labelled(session, aliquot)
    for asked in _chosen(lines_for(aliquot), lines, aliquot.code):
        source = source_of(aliquot)
        fill = source.fill if isinstance(source, (Dose, Vial)) else None
        _request(session, asked, by, aliquot.batch_id, fill=fill, aliquot=aliquot)
    session.expire(aliquot, ["tests"])
    return aliquot


@command(Permission.TAKE_ALIQUOT)
def request_fill_tests(session: Session, fill: Fill, *, lines: Sequence[str], by: User) -> Fill:
    """Ask `lines` of the specification of a fill itself."""
    if fill.status in ENDED:
        states.require(fill, FillStatus.QUARANTINED)
    for asked in _chosen(lines_for_fill(session, fill), lines, fill.code):
        _request(session, asked, by, fill.batch_id, fill=fill)
    return fill


def _chosen(
    offered: Sequence[SpecificationTest], lines: Sequence[str], code: str
) -> list[SpecificationTest]:
    by_code = {each.code: each for each in offered}
    if not lines:
        raise NothingAsked()
    for wanted in lines:
        if wanted not in by_code:
            raise NotAskedOf(test=wanted, code=code)
    return [by_code[wanted] for wanted in dict.fromkeys(lines)]


def _request(
    session: Session,
    asked: SpecificationTest,
    by: User,
    batch_id: int,
    *,
    fill: Fill | None = None,
    aliquot: Aliquot | None = None,
    repeats: QcTest | None = None,
) -> QcTest:
    patient = aliquot or fill
    assert patient is not None
    test = QcTest(
        patient_id=patient.patient_id,
        batch_id=batch_id,
        fill_id=fill.id if fill else None,
        aliquot_id=aliquot.id if aliquot else None,
        specification_test_id=asked.id,
        repeats_id=repeats.id if repeats else None,
        requested_by_id=by.id,
    )
    session.add(coded(session, states.begin(test)))
    session.flush()
    if aliquot is not None:
        states.move(session, test, QcTestStatus.SAMPLED)
    return test


def ask_again(session: Session, test: QcTest, by: User, aliquot: Aliquot | None = None) -> QcTest:
    """The linked repeat of a test that is gone: of the same material, or of another aliquot."""
    version = specifications.of(test.batch)
    asked = specifications.asks_for(version, test.line.code) or test.line
    if aliquot is not None:
        identity.require_same_patient(session, test.patient_id, aliquot)
        fits = suits(specifications.line_of(asked), source_of(aliquot))
        if aliquot.batch_id != test.batch_id or test.aliquot is None or not fits:
            raise NotAskedOf(test=asked.name, code=aliquot.code)
        if aliquot.use is AliquotUse.RETENTION:
            raise KeptAside(code=aliquot.code)
        _require_same_source(test.aliquot, aliquot)
    return _request(
        session,
        asked,
        by,
        test.batch_id,
        fill=test.fill,
        aliquot=aliquot or test.aliquot,
        repeats=test,
    )


def _require_same_source(tested: Aliquot, other: Aliquot) -> None:
    """A repeat says something of what failed only where it was taken of the same."""
    before, now = source_of(tested), source_of(other)
    if _repeated_by(before) != _repeated_by(now):
        raise FieldError(
            field="aliquot",
            problem=OtherSource(code=other.code, found=now.code, tested=before.code),
        )


def _repeated_by(source: Source) -> tuple[object, ...]:
    """What two sources share that answer the same: the tube or tissue, the passage, the fill."""
    match source:
        case Dose() | Vial():
            return (source.fill_id,)
        case Vessel():
            return ("medium", source.passage)
    return (source.code,)


@command(Permission.ENTER_RESULT)
def start_test(session: Session, test: QcTest, *, started_at: datetime, by: User) -> QcTest:
    """The test runs in this laboratory; its days are counted from `started_at`.

    Of a tube in a run it is begun there, with all the others.
    """
    qc_run_members.require_in_none(session, test)
    return begin_here(session, test, started_at)


def begin_here(session: Session, test: QcTest, started_at: datetime) -> QcTest:
    """The same wherever it is begun."""
    states.require(test, QcTestStatus.SAMPLED)
    _begin(test, started_at)
    states.move(session, test, QcTestStatus.RUNNING)
    return test


@command(Permission.ENTER_RESULT)
def send_test(
    session: Session, test: QcTest, *, laboratory: str, started_at: datetime, by: User
) -> QcTest:
    """The aliquot goes to an outside laboratory; its days are counted from when it was sent."""
    qc_run_members.require_in_none(session, test)
    if not laboratory.strip():
        raise LaboratoryNeeded()
    _begin(test, started_at)
    test.laboratory = laboratory.strip()
    states.move(session, test, QcTestStatus.SENT)
    return test


def _begin(test: QcTest, started_at: datetime) -> None:
    if started_at > clock.now():
        raise InTheFuture(at=started_at)
    if test.aliquot is not None:
        require_there(started_at, test.aliquot, field="started_at")
    test.started_at = started_at


TO_TEST = or_(
    and_(QcTest.status == QcTestStatus.SAMPLED, ~qc_run_told.of_gone_tube()),
    and_(QcTest.status == QcTestStatus.REQUESTED, QcTest.fill_id.is_not(None)),
)
"""What an analyst may begin."""
UNASKED: tuple[ColumnElement[bool], ...] = (
    Aliquot.use == AliquotUse.TESTING,
    ~Aliquot.tests.any(),
    Aliquot.batch_id.in_(select(Batch.id).where(Batch.status == BatchStatus.OPEN)),
)
"""Aliquots of an open batch of which nobody said what they are tested for."""


def due(session: Session) -> list[int]:
    """The ids of the tests under way that are to be read today, or should have been read."""
    running = session.execute(
        select(QcTest.id, QcTest.started_at, SpecificationTest.days_to_read)
        .join(SpecificationTest, SpecificationTest.id == QcTest.specification_test_id)
        .where(
            QcTest.status.in_((QcTestStatus.RUNNING, QcTestStatus.SENT)),
            ~qc_run_told.of_gone_tube(),
        )
    )
    today = clock.today()
    return [
        key
        for key, started, days in running
        if started and clock.day_of(started) + timedelta(days=days or 0) <= today
    ]
