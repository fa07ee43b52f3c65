"""Until when doses may be injected, and whether that is before the session they are for."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.course import TransplantationSession
from lims.models.fill import Dose
from lims.models.label import Label
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.workflows import containers, freezing_limits, specifications


class ExpiresFirst(LimsError):
    sentence = N_(
        "Doses filled from %(code)s now expire at %(at)s; the session %(session)s is planned for"
        " %(planned_on)s, after that."
    )


class DoseExpiresFirst(LimsError):
    sentence = N_(
        "%(code)s expires at %(at)s; its session %(session)s is planned for %(planned_on)s, after"
        " that."
    )


def expiry(session: Session, suspension: Suspension, filled_at: datetime) -> datetime:
    """When a fresh dose expires, by the specification: thawed cells sooner than fresh ones."""
    thawed = freezing_limits.unpassaged_since_thaw(session, suspension)
    name = "shelf_life_thawed_hours" if thawed else "shelf_life_hours"
    hours = specifications.limit(specifications.of(suspension.batch), name)
    return filled_at + timedelta(hours=float(hours))


def promised(session: Session, step: Step, suspension: Suspension) -> datetime:
    """What the labels say of the doses that `step` is about to fill: all of them what the first
    one said."""
    printed = session.scalars(select(Label).where(Label.step_id == step.id))
    return _soonest(expiry(session, suspension, clock.now()), printed, clock.now())


def of_fill(
    session: Session, suspension: Suspension, filled_at: datetime, codes: Sequence[str]
) -> datetime:
    """When doses expire that are filled at `filled_at`: when the labels on them say so, where
    these were printed before."""
    labels = containers.current_labels(session, codes).values()
    return _soonest(expiry(session, suspension, filled_at), labels, filled_at)


def _soonest(counted: datetime, labels: Iterable[Label], at: datetime) -> datetime:
    """A label out of use, or one that had expired by then, says nothing of this fill."""
    said = (each.expires_at for each in labels if each.status not in containers.UNUSABLE)
    return min([counted, *(each for each in said if each is not None and each > at)])


def of_filling(
    session: Session, suspension: Suspension, sitting: TransplantationSession
) -> list[LimsError]:
    """That doses filled of `suspension` now do not keep until the day of `sitting`."""
    at = expiry(session, suspension, clock.now())
    return [] if _lasts(at, sitting) else [ExpiresFirst(**_told(suspension.code, at, sitting))]


def of_dose(dose: Dose) -> list[LimsError]:
    """That a dose does not keep until the day of its session."""
    at = dose.fill.expires_at
    if at is None or _lasts(at, dose.session):
        return []
    return [DoseExpiresFirst(**_told(dose.code, at, dose.session))]


def _lasts(at: datetime, sitting: TransplantationSession) -> bool:
    return clock.day_of(at) >= sitting.planned_on


def _told(code: str, at: datetime, sitting: TransplantationSession) -> dict[str, object]:
    return {"code": code, "at": at, "session": sitting.code, "planned_on": sitting.planned_on}
