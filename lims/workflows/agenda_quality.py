"""What is due in quality control and at the desk of quality: results, fills, decisions, lots."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from lims.models.aliquot import Aliquot, QcResult, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.deviation import Deviation, DeviationSubject, Grade, Hold
from lims.models.earlier import EarlierBatch, EarlierVial, Import, ImportStatus
from lims.models.fill import NOT_DECIDED, TO_DECIDE, Fill, FillStatus, Vial, VialStatus
from lims.models.lot import Item, Lot, LotStatus
from lims.models.signature import PendingSignature, Signature
from lims.models.specification import SpecificationStatus, SpecificationTest, SpecificationVersion
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import (
    agenda_runs,
    deviations,
    earlier_release,
    import_asking,
    qc_read_outside,
    qc_readings,
    qc_tests,
)
from lims.workflows.due import ASKING, MICRO, Timing, after, entered, later, limit_now, waits, word
from lims.workflows.second_signatures import waiting_for_second

SECONDS_A_DAY = 86_400


def _tests(due: Any, timing: Timing, named: Any = None) -> Select[Any]:
    """Tests of one aliquot, or of one fill itself, are one task."""
    source = func.coalesce(Aliquot.code, Fill.code)
    count = func.count(QcTest.id.distinct())
    return (
        waits(source, due, timing, patient=QcTest.patient_id, number=count, named=named)
        .select_from(QcTest)
        .outerjoin(Aliquot, Aliquot.id == QcTest.aliquot_id)
        .outerjoin(Fill, Fill.id == QcTest.fill_id)
        .group_by(source, QcTest.patient_id)
    )


def imports_left() -> Select[Any]:
    """Imports of earlier records that were broken off: what they brought is not shown."""
    return waits(Import.code, Import.started_at, Timing.SINCE).where(import_asking.left())


def earlier_releases() -> Select[Any]:
    """Fills of earlier records whose release waits to be taken over by who did not import them,
    by the import that brought their batches."""
    own = (
        select(Vial.id)
        .join(EarlierVial, EarlierVial.vial_id == Vial.id)
        .join(Import, Import.id == EarlierVial.import_id)
        .where(Vial.fill_id == Fill.id, Import.imported_by_id == ASKING)
    )
    return (
        waits(Import.code, Import.ended_at, Timing.SINCE, number=func.count(Fill.id))
        .select_from(Fill)
        .join(EarlierBatch, EarlierBatch.batch_id == Fill.batch_id)
        .join(Import, Import.id == EarlierBatch.import_id)
        .where(
            *earlier_release.TO_TAKE_OVER,
            Import.status == ImportStatus.COMPLETE,
            Import.imported_by_id != ASKING,
            ~own.exists(),
        )
        .group_by(Import.code, Import.ended_at)
    )


def aliquots_unasked() -> Select[Any]:
    return waits(Aliquot.code, Aliquot.taken_at, Timing.SINCE, patient=Aliquot.patient_id).where(
        *qc_tests.UNASKED
    )


def tests_to_begin() -> Select[Any]:
    begin = _tests(func.min(QcTest.requested_at), Timing.SINCE)
    return begin.where(qc_tests.TO_TEST, agenda_runs.in_no_run())


def tests_to_read() -> Select[Any]:
    """On the day their lines say: those of one aliquot that take as long are one task."""
    alone = case((func.count(QcTest.id.distinct()) == 1, func.min(SpecificationTest.name)))
    return (
        _tests(func.min(_reading_day()), Timing.ON, named=alone)
        .join(SpecificationTest, SpecificationTest.id == QcTest.specification_test_id)
        .where(QcTest.status.in_(qc_readings.UNDER_WAY), agenda_runs.in_no_run())
        .group_by(SpecificationTest.days_to_read)
    )


def runs_to_read() -> Select[Any]:
    return agenda_runs.to_read(_reading_day())


def _reading_day() -> ColumnElement[datetime]:
    days = func.coalesce(SpecificationTest.days_to_read, 0)
    return later(QcTest.started_at, type_coerce(days, BigInteger) * SECONDS_A_DAY * MICRO)


def results_to_verify() -> Select[Any]:
    """Those that others read."""
    return (
        _tests(func.min(QcResult.entered_at), Timing.SINCE)
        .join(QcResult, and_(QcResult.qc_test_id == QcTest.id, QcResult.superseded_at.is_(None)))
        .where(QcTest.status == QcTestStatus.ENTERED, ~_own())
    )


def results_to_approve() -> Select[Any]:
    """Those that others read and verified."""
    return (
        _tests(func.min(Signature.signed_at), Timing.SINCE)
        .join(Signature, Signature.id == QcTest.verification_id)
        .where(
            QcTest.status == QcTestStatus.VERIFIED,
            Signature.user_id != ASKING,
            ~_own(),
        )
    )


def _own() -> ColumnElement[bool]:
    """Those that whoever asks has read, or typed from what another wrote."""
    read = aliased(QcResult)
    mine = or_(read.analyst_id == ASKING, qc_read_outside.typed_by(read, ASKING))
    return exists().where(read.qc_test_id == QcTest.id, mine)


def fills() -> Select[Any]:
    """Doses before they expire; what is frozen has no such end. What was released conditionally
    is decided on when the last test that runs is read."""
    running_out = and_(Fill.status.in_(NOT_DECIDED), Fill.expires_at.is_not(None))
    read = _last_reading()
    awaiting = and_(Fill.status == FillStatus.CONDITIONAL, read.is_not(None))
    return waits(
        Fill.code,
        case((running_out, Fill.expires_at), (awaiting, read), else_=Fill.filled_at),
        case((running_out, word(Timing.BY)), (awaiting, word(Timing.ON)), else_=word(Timing.SINCE)),
        patient=Fill.patient_id,
    ).where(Fill.status.in_(TO_DECIDE))


def _last_reading() -> ScalarSelect[Any]:
    """When the last test of a fill's batch that a release needs, and that runs, is to be read."""
    return (
        select(func.max(_reading_day()))
        .join(SpecificationTest, SpecificationTest.id == QcTest.specification_test_id)
        .where(
            QcTest.batch_id == Fill.batch_id,
            QcTest.status.in_(qc_readings.UNDER_WAY),
            SpecificationTest.required,
        )
        .correlate(Fill)
        .scalar_subquery()
    )


def critical_deviations() -> Select[Any]:
    """At once, whatever else waits."""
    return _undecided(Deviation.reported_at).where(Deviation.grade == Grade.CRITICAL)


def undecided_deviations() -> Select[Any]:
    """The others: until the days the specification gives are over."""
    due = after(Deviation.reported_at, limit_now("deviation_days_max"), "d")
    return _undecided(due).where(Deviation.grade.is_distinct_from(Grade.CRITICAL))


def _undecided(due: Any) -> Select[Any]:
    """By its title; it is one patient's or nobody's."""
    whose = (
        select(func.min(DeviationSubject.patient_id))
        .where(DeviationSubject.deviation_id == Deviation.id)
        .having(func.count(DeviationSubject.patient_id.distinct()) == 1)
        .correlate(Deviation)
        .scalar_subquery()
    )
    return waits(Deviation.code, due, Timing.BY, patient=whose, named=Deviation.title).where(
        Deviation.status.in_(deviations.UNDECIDED)
    )


def holds() -> Select[Any]:
    """In force, on what is still there: what was discarded waits for nobody."""
    held = func.coalesce(Batch.code, Vessel.code, Suspension.code, Vial.code)
    return (
        waits(held, Hold.began_at, Timing.SINCE, patient=Hold.patient_id)
        .select_from(Hold)
        .outerjoin(Batch, Batch.id == Hold.batch_id)
        .outerjoin(Vessel, Vessel.id == Hold.vessel_id)
        .outerjoin(Suspension, Suspension.id == Hold.suspension_id)
        .outerjoin(Vial, Vial.id == Hold.vial_id)
        .where(
            Hold.ended_at.is_(None),
            or_(Vessel.id.is_(None), Vessel.status != VesselStatus.DISCARDED),
            or_(Suspension.id.is_(None), Suspension.status != SuspensionStatus.DISCARDED),
            or_(Vial.id.is_(None), Vial.status != VialStatus.DISCARDED),
        )
    )


def second_signatures(allowed: frozenset[Permission]) -> Select[Any]:
    """Until the first one lapses."""
    waiting = waiting_for_second(allowed).subquery()
    return (
        waits(Signature.subject_code, PendingSignature.expires_at, Timing.BY)
        .join(PendingSignature, PendingSignature.first_signature_id == Signature.id)
        .where(PendingSignature.id.in_(select(waiting.c.id)), Signature.user_id != ASKING)
    )


def lots() -> Select[Any]:
    """In quarantine since they were entered as received."""
    return (
        waits(Lot.code, entered(Lot), Timing.SINCE, named=Item.name)
        .join(Item, Item.id == Lot.item_id)
        .where(Lot.status == LotStatus.QUARANTINED)
    )


def specifications() -> Select[Any]:
    name = SpecificationVersion.specification + " v" + cast(SpecificationVersion.number, String)
    return waits(name, SpecificationVersion.imported_at, Timing.SINCE).where(
        SpecificationVersion.status == SpecificationStatus.DRAFT
    )
