"""The downtime kit of a run at QC from the database: what its page would ask for, on paper."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_
from lims.models.qc_run import QcRun, QcRunMember
from lims.papers import downtime, results
from lims.papers.heading import LATIN, Desk
from lims.papers.wording import spoken
from lims.records.blanks import Scannable
from lims.records.downtime_run import AskedTube, RunKit, run_kit
from lims.records.wording import Wording
from lims.workflows import names, qc_readings, qc_run_members, specifications
from lims.workflows.criteria import typed


def kit(session: Session, run: QcRun | None, desk: Desk) -> bytes:
    """What is asked of each tube of `run`, with room to write; of None an empty sheet. As PDF."""
    return run_kit(values(session, run, desk), desk.say)


def values(session: Session, run: QcRun | None, desk: Desk) -> RunKit:
    say = desk.say
    shared = tuple(downtime.shared(session, say))
    if run is None:
        return RunKit(site=desk.site, made_at=clock.now(), shared=shared)
    members = qc_run_members.staying(qc_run_members.of(session, run))
    return RunKit(
        site=desk.site,
        made_at=clock.now(),
        shared=shared,
        run=run.code,
        test=say.word(run.line.name),
        state=spoken(say, run.status),
        codes=tuple(_of_run(run, say)),
        tubes=tuple(_tube(each, say) for each in members),
    )


def _of_run(run: QcRun, say: Wording) -> Iterator[Scannable]:
    yield Scannable(run.code, say.word(N_("Run at QC")), run.procedure)
    station = run.stays[-1].station
    yield Scannable(station.code, station.name)
    for of_lot in run.lots:
        if of_lot.taken_off_at is None:
            lot = of_lot.lot
            yield Scannable(lot.code, lot.item.name, lot.maker_number)
    for of_device in run.equipment:
        if of_device.taken_off_at is None:
            device = of_device.equipment
            yield Scannable(device.code, device.name, device.serial_number)


def _tube(member: QcRunMember, say: Wording) -> AskedTube:
    patient, aliquot = member.patient, member.aliquot
    name = names.in_script(patient.full_name, patient.other_name, latin=say.language in LATIN)
    source = qc_readings.source_of(aliquot).code
    return AskedTube(
        tube=Scannable(aliquot.code, f"{member.position}. {name}", f"{patient.code} · {source}"),
        asked=_asked(member, say),
        read=_read(member, say),
    )


def _asked(member: QcRunMember, say: Wording) -> str:
    """By the line of its own batch, as its page says it."""
    line = specifications.line_asked(member.qc_test)
    if line is None:
        return say.word(member.qc_test.line.name)
    told = f"{say.word(line.name)}: {results.limit_of(line, say)}"
    due = qc_readings.due_on(member.qc_test)
    if due is None or not line.days_to_read:
        return told
    return f"{told} · {say.say(N_('to be read on %(day)s'), day=say.day(due))}"


def _read(member: QcRunMember, say: Wording) -> str:
    if not member.results:
        return ""
    rows = [each.result for each in member.results]
    result = say.word(typed(qc_readings.text_of(member.qc_test, rows), say.mark))
    told = N_("read: %(result)s, %(moment)s, %(name)s")
    at, by = rows[0].read_at, rows[0].analyst.full_name
    return say.say(told, result=result, moment=say.moment(at), name=by)
