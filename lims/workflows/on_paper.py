"""What was written on paper before it was entered: who did it, where another types; its paper.

A step keeps this with itself. Of an act that is no step it is kept beside what came of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, FieldError, LimsError
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.fill import Vial
from lims.models.on_paper import VialOnPaper
from lims.models.step import Step
from lims.models.storage import Placement
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, performing
from lims.workflows.signing import Proof


class PaperNeeded(FieldError):
    sentence = N_(
        "%(name)s does not confirm this here: add the paper that they wrote it on, or let them"
        " give their password."
    )


class EnteredFromPaper(LimsError):
    sentence = N_("%(code)s: done at %(at)s and entered late from paper: %(reason)s")


@dataclass(frozen=True)
class OnPaper:
    """Who did what another types: their proof or, where they are not there, who is meant by the
    paper; and the SHA-256 of its scan."""

    performer: Proof | None = None
    performer_id: int | None = None
    sha256: str | None = None

    def __bool__(self) -> bool:
        return any((self.performer, self.performer_id, self.sha256))


NOTHING = OnPaper()
"""Who types did it just now."""


def performer(session: Session, told: OnPaper, needed: Permission, by: User) -> User:
    """Who did an act that nobody confirms later: without a password the paper speaks for it."""
    person = performing.who(session, told.performer, told.performer_id, needed, by)
    if person is not by and told.performer is None and told.sha256 is None:
        raise PaperNeeded("paper", name=person.full_name)
    return person


def keep_placed(
    session: Session, vial: Vial, placement: Placement, told: OnPaper, by: User
) -> None:
    """Keep that it was not who types now that put `vial` there, or that a paper says so."""
    if told:
        entry = _of(vial, told, by, at=placement.placed_at, person_id=placement.placed_by_id)
        entry.placement_id, entry.late_reason = placement.id, placement.late_reason
        _keep(session, vial, entry, by)


def keep_discarded(
    session: Session,
    vial: Vial,
    told: OnPaper,
    by: User,
    *,
    at: datetime,
    person: User,
    late_reason: str | None,
) -> None:
    """Keep that `vial` was discarded before, by `person`, where another types it or it is late."""
    if told or late_reason:
        entry = _of(vial, told, by, at=at, person_id=person.id)
        entry.late_reason = late_reason or None
        _keep(session, vial, entry, by)


def tell_of_step(session: Session, step: Step, *worked_on: Any, by: User) -> None:
    """Tell quality of a step that was entered later than its specification allows."""
    told = {"at": step.performed_at, "reason": step.late_reason or "-"}
    found = EnteredFromPaper(code=step.code, **told)
    deviations.open_by_rule(session, "late", step, *worked_on, description=found, by=by)


def discarded(session: Session, vial: Vial) -> VialOnPaper | None:
    """How `vial` was discarded, where that was entered later or for another."""
    return session.scalars(
        select(VialOnPaper)
        .where(VialOnPaper.vial_id == vial.id, VialOnPaper.placement_id.is_(None))
        .options(joinedload(VialOnPaper.performed_by), joinedload(VialOnPaper.recorded_by))
    ).one_or_none()


def _of(vial: Vial, told: OnPaper, by: User, *, at: datetime, person_id: int) -> VialOnPaper:
    return VialOnPaper(
        patient_id=vial.patient_id,
        vial_id=vial.id,
        performed_at=at,
        performed_by_id=person_id,
        recorded_by_id=by.id,
        sha256=told.sha256,
    )


def _keep(session: Session, vial: Vial, entry: VialOnPaper, by: User) -> None:
    """What was done long before is told to quality, once for the vials of a fill."""
    session.add(entry)
    session.flush()
    if entry.late_reason:
        _tell_quality(session, vial, entry.performed_at, entry.late_reason, by)


def _tell_quality(session: Session, vial: Vial, at: datetime, reason: str, by: User) -> None:
    told = session.scalars(
        select(Deviation)
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .where(
            DeviationSubject.fill_id == vial.fill_id,
            Deviation.rule == "late",
            Deviation.status.in_(deviations.UNDECIDED),
        )
        .limit(1)
    ).one_or_none()
    if told is not None:
        return deviations.touch(session, told, vial)
    found = EnteredFromPaper(code=vial.on_the_tube, at=at, reason=reason)
    deviations.open_by_rule(session, "late", vial, description=found, by=by)
