"""Readings of a tank by hand: when it was looked at, what it showed, what that leads to."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.on_paper import ReadingOnPaper
from lims.models.specification import SpecificationVersion
from lims.models.storage import StorageReading, Tank
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, on_paper, readings_before, specifications, tank_contents
from lims.workflows.command import because, command
from lims.workflows.cryobank import OutOfUse
from lims.workflows.deviation_rules import Finding
from lims.workflows.due import entered
from lims.workflows.on_paper import NOTHING, EnteredFromPaper, OnPaper
from lims.workflows.performing import require_timely
from lims.workflows.since import require_said

WARM, LOW = "tank_warm", "tank_low"
"""The rules by which a reading opens a deviation."""
READ_EVERY = "reading_interval_hours"
"""The limit of the specification for how long a tank may go unread."""


class NothingRead(LimsError):
    sentence = N_("Enter the temperature or the level of nitrogen.")


class TooWarm(LimsError):
    sentence = N_("%(temperature)s °C: warmer than %(limit)s °C.")


class GettingWarm(LimsError):
    sentence = N_("%(temperature)s °C: getting warm, above %(limit)s °C.")


class LevelLow(LimsError):
    sentence = N_("Level of nitrogen %(level)s %%: below %(limit)s %%.")


class InTank(LimsError):
    """What a reading said, and of what: for the deviation that it opens."""

    sentence = N_("%(code)s %(name)s: %(problem)s %(standing)s vials stand in it.")


class CorrectedAlready(LimsError):
    sentence = N_("This reading of %(code)s was corrected already. Correct the newer one.")
    status = 409


class ReadingMissing(LimsError):
    sentence = N_("No reading since %(at)s; it was due at %(due)s.")


class NeverRead(LimsError):
    sentence = N_("Nobody has recorded a reading yet.")


@command(Permission.RECORD_READING)
def record_reading(
    session: Session,
    tank: Tank,
    *,
    observed_at: datetime,
    temperature_c: Decimal | None,
    level_pct: Decimal | None,
    refilled: bool,
    by: User,
    late_reason: str | None = None,
    comment: str | None = None,
    told: OnPaper = NOTHING,
) -> StorageReading:
    """Record what a tank showed; outside the limits it opens a deviation about the tank."""
    version = specifications.current(session)
    if tank.retired_at is not None:
        raise OutOfUse(code=tank.code)
    if temperature_c is None and level_pct is None:
        raise NothingRead()
    require_timely(
        observed_at, late_reason, specifications.whole_limit(version, "late_entry_minutes")
    )
    reader = on_paper.performer(session, told, Permission.RECORD_READING, by)
    reading = StorageReading(
        tank_id=tank.id,
        observed_at=observed_at,
        recorded_by_id=by.id,
        temperature_c=temperature_c,
        level_pct=level_pct,
        refilled=refilled,
        late_reason=late_reason or None,
        comment=comment or None,
    )
    _keep(session, tank, reading, version, by)
    if told:
        kept = ReadingOnPaper(reading_id=reading.id, read_by_id=reader.id, sha256=told.sha256)
        session.add(kept)
        session.flush()
    if told and late_reason:
        late = EnteredFromPaper(code=tank.code, at=observed_at, reason=late_reason)
        _open_deviation(session, tank, reading, "late", late, by)
    return reading


@command(Permission.RECORD_READING)
def correct_reading(
    session: Session,
    wrong: StorageReading,
    *,
    temperature_c: Decimal | None,
    level_pct: Decimal | None,
    refilled: bool,
    reason: str,
    by: User,
) -> StorageReading:
    """What the tank showed in truth at the moment of `wrong`: of several readings of one moment
    the last recorded stands, and the others stay in sight. A deviation opened is quality's."""
    because(session, reason)
    tank = session.get_one(Tank, wrong.tank_id)
    if temperature_c is None and level_pct is None:
        raise NothingRead()
    if wrong.id in readings_before.corrected(_of_moment(session, wrong)):
        raise CorrectedAlready(code=tank.code)
    reading = StorageReading(
        tank_id=tank.id,
        observed_at=wrong.observed_at,
        recorded_by_id=by.id,
        temperature_c=temperature_c,
        level_pct=level_pct,
        refilled=refilled,
        comment=reason,
    )
    return _keep(session, tank, reading, specifications.current(session), by)


def _of_moment(session: Session, reading: StorageReading) -> Sequence[StorageReading]:
    return session.scalars(
        select(StorageReading).where(
            StorageReading.tank_id == reading.tank_id,
            StorageReading.observed_at == reading.observed_at,
        )
    ).all()


def _keep(
    session: Session, tank: Tank, reading: StorageReading, version: SpecificationVersion, by: User
) -> StorageReading:
    """Store a reading that nobody has to ask about any more, and what it says of the tank."""
    found = list(_outside(reading, version))
    odd = list(readings_before.far_off(session, tank, reading, version))
    if specifications.known_limit(version, readings_before.JUMP) is None:
        odd = [problem for rule, problem in found if rule == WARM]  # a digit slipped as easily
    require_said(odd, reading.comment)
    session.add(reading)
    session.flush()
    for rule, problem in found:
        _open_deviation(session, tank, reading, rule, problem, by)
    return reading


def _outside(reading: StorageReading, version: SpecificationVersion) -> Iterator[Finding]:
    """What of a reading opens a deviation, with the rule that does."""
    for problem in problems_of(reading, version):
        if isinstance(problem, TooWarm):
            yield WARM, problem
        if isinstance(problem, LevelLow):
            yield LOW, problem


def problems_of(reading: StorageReading, version: SpecificationVersion) -> list[LimsError]:
    """What is not as it should be in one reading: the unrounded values against the limits."""
    found: list[LimsError] = []
    temperature, level = reading.temperature_c, reading.level_pct
    limit = specifications.limit(version, "storage_limit_c")
    warn = specifications.limit(version, "storage_warn_c")
    least = specifications.limit(version, "level_min_pct")
    if temperature is not None and temperature > limit:
        found.append(TooWarm(temperature=specifications.plain(temperature), limit=limit))
    elif temperature is not None and temperature > warn:
        found.append(GettingWarm(temperature=specifications.plain(temperature), limit=warn))
    if level is not None and level < least:
        found.append(LevelLow(level=specifications.plain(level), limit=least))
    return found


def _open_deviation(
    session: Session, tank: Tank, reading: StorageReading, rule: str, problem: LimsError, by: User
) -> None:
    """One a rule until quality has decided it: a warm tank is read every few minutes."""
    undecided = (
        select(Deviation.id)
        .join(DeviationSupply, DeviationSupply.deviation_id == Deviation.id)
        .where(
            DeviationSupply.equipment_id == tank.equipment_id,
            Deviation.rule == rule,
            Deviation.status.not_in(deviations.DECIDED),
        )
    )
    if session.scalar(undecided.limit(1)) is not None:
        return
    standing = tank_contents.count_standing(session, tank)
    told = InTank(code=tank.code, name=tank.name, problem=problem, standing=standing)
    deviations.open_by_rule(session, rule, tank.equipment, description=told, by=by)


def counted_from() -> ColumnElement[datetime]:
    """Of tanks in a query, the last reading; of one never read, when it was entered."""
    last = select(func.max(StorageReading.observed_at)).where(StorageReading.tank_id == Tank.id)
    return func.coalesce(last.correlate(Tank).scalar_subquery(), entered(Tank))


def due(
    session: Session, version: SpecificationVersion, tanks: Sequence[Tank]
) -> dict[int, datetime]:
    """When the next reading of each of these tanks is due, by its key."""
    interval = timedelta(hours=float(specifications.limit(version, READ_EVERY)))
    of_these = Tank.id.in_([tank.id for tank in tanks])
    began = session.execute(select(Tank.id, counted_from()).where(of_these)).all()
    return {key: at + interval for key, at in began}


def alarms_of(
    last: StorageReading | None, due: datetime, version: SpecificationVersion
) -> list[LimsError]:
    """What calls for somebody at a tank now: the last reading, or that there is none in time."""
    found = problems_of(last, version) if last is not None else []
    if due < clock.now():
        found.append(ReadingMissing(at=last.observed_at, due=due) if last else NeverRead())
    return found
