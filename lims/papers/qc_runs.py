"""The sheet of a run at QC from the database: kept by its content, made anew where it changed."""

import secrets
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_
from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus
from lims.models.qc_run_used import QcRunEquipment, QcRunLot, QcRunSheet
from lims.models.user import User
from lims.papers import results
from lims.papers.heading import LATIN, Desk, head_of_trail
from lims.papers.keeping import TRIES, Archive, TooBusy
from lims.papers.wording import spoken
from lims.records.canonical import digest
from lims.records.parts import AuditHead
from lims.records.qc_run import Edition, RunSheet, Tube, Used, run_sheet
from lims.records.wording import Wording
from lims.workflows import (
    codes,
    names,
    qc_readings,
    qc_run_members,
    qc_run_sheets,
    specifications,
)
from lims.workflows.criteria import typed
from lims.workflows.qc_run_sheets import SheetMade

ENDED = (QcRunStatus.CLOSED, QcRunStatus.VOID)


def make(archive: Archive, code: str, *, by: User, language: str) -> QcRunSheet:
    """The newest sheet of a run: the one kept, or a new one where the run says more now."""
    desk = archive.desk(language)
    for _ in range(TRIES):
        with archive.database.reading() as session:
            run = codes.load(session, code, QcRun)
            last = qc_run_sheets.newest_sheet(session, run, desk.say.language)
            values, here = sheet_of(session, run, desk), head_of_trail(session)
        if last is not None and last.values_sha256 == digest(values):
            return last
        kept = _keep(archive, code, values, desk, here, last.edition + 1 if last else 1, by)
        if kept.values_sha256 == digest(values):
            return kept
    raise TooBusy()


def _keep(
    archive: Archive,
    code: str,
    values: RunSheet,
    desk: Desk,
    here: AuditHead,
    number: int,
    by: User,
) -> QcRunSheet:
    pdf = run_sheet(values, Edition(number, clock.now(), here), desk.say)
    made = SheetMade(
        language=desk.say.language,
        edition=number,
        values_sha256=digest(values),
        pdf_sha256=archive.store.put(pdf),
        audit_seq=here.sequence,
        audit_hash=here.sha256,
    )

    def arguments(session: Session) -> dict[str, Any]:
        return {"run": codes.load(session, code, QcRun), "made": made}

    kept: QcRunSheet = archive.database.run(
        qc_run_sheets.keep_sheet,
        by.id,
        key=f"keep_sheet {secrets.token_hex(16)}",  # a repeat makes nothing new: see `make`
        arguments=arguments,
        terminal=archive.terminal,
    )
    return kept


def sheet_of(session: Session, run: QcRun, desk: Desk) -> RunSheet:
    """All that the sheet of `run` says, as it is now."""
    say, line = desk.say, specifications.line_of(run.line)
    stay = run.stays[-1]
    return RunSheet(
        site=desk.site,
        run=run.code,
        test=say.word(line.name),
        limit=results.limit_of(line, say),
        method=say.word(line.method) if line.method else "–",
        procedure=run.procedure,
        station=f"{stay.station.name} {stay.station.code}",
        begun_at=run.opened_at,
        begun_by=run.opened_by.full_name,
        state=spoken(say, run.status),
        is_open=run.status not in ENDED,
        tubes=tuple(_tube(each, say) for each in qc_run_members.of(session, run)),
        used=tuple(_used(run, say)),
        comment=run.comment or "",
        cleared=tuple(_cleared(run, say)),
    )


def _cleared(run: QcRun, say: Wording) -> Iterator[str]:
    for stay in run.stays:
        if stay.left_at and stay.left_by and stay.left_checked_by:
            yield say.say(
                N_("%(moment)s by %(name)s, checked by %(other)s"),
                moment=say.moment(stay.left_at),
                name=stay.left_by.full_name,
                other=stay.left_checked_by.full_name,
            )


def _tube(member: QcRunMember, say: Wording) -> Tube:
    patient = member.patient
    rows = qc_run_members.last_reading(member)
    read = rows[0] if rows else None
    return Tube(
        position=member.position,
        code=member.aliquot.code,
        material=qc_readings.source_of(member.aliquot).code,
        patient=patient.code,
        name=names.in_script(patient.full_name, patient.other_name, latin=say.language in LATIN),
        result=say.word(typed(qc_readings.text_of(member.qc_test, rows), say.mark)),
        read_at=read.read_at if read else None,
        read_by=read.analyst.full_name if read else "",
        remarks=tuple(_remarks(member, say)),
        born=say.day(patient.birth_date) if patient.birth_date else "",
    )


def _remarks(member: QcRunMember, say: Wording) -> Iterator[str]:
    test, line = member.qc_test, specifications.line_asked(member.qc_test)
    due = qc_readings.due_on(test)
    if line is not None and line.days_to_read and test.started_at and due:
        told = N_("begun %(moment)s, to be read on %(day)s")
        yield say.say(told, moment=say.moment(test.started_at), day=say.day(due))
        for row in qc_run_members.last_reading(member)[:1]:
            day = row.days_since(test.started_at) if row.days_read is None else row.days_read
            yield say.say(N_("day %(day)s of %(last)s"), day=day, last=line.days_to_read)
    if member.results and not qc_run_members.done(member):
        yield say.word(N_("looked at, goes on"))
    if member.removal is not None:
        yield say.say(N_("taken out: %(reason)s"), reason=say.word(member.removal.reason))
    elif member.results and member.results[-1].outside_reason:
        told = member.results[-1].outside_reason
        yield say.say(N_("read outside this run: %(reason)s"), reason=told)


def _used(run: QcRun, say: Wording) -> Iterator[Used]:
    for each in run.scanned:
        remark = _in_order(each, say)
        if isinstance(each, QcRunLot):
            lot, amount = each.lot, say.value(each.quantity.normalize())
            held = f"{amount} {say.word(lot.item.unit)}"
            yield Used(lot.code, lot.item.name, lot.maker_number, held, remark)
        else:
            device = each.equipment
            yield Used(device.code, device.name, device.serial_number, remark=remark)


def _in_order(each: QcRunLot | QcRunEquipment, say: Wording) -> str:
    if each.taken_off_at is not None:
        return say.word(N_("taken off, not used"))
    if each.override_by is not None:
        words = N_("not in order: %(reason)s (%(name)s)")
        return say.say(words, reason=each.override_reason, name=each.override_by.full_name)
    return ""
