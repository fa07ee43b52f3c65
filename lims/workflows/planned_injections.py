"""The injections planned for a session: what is asked about before they are kept."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.course import Course, TransplantationSession
from lims.models.site import Joint, Side, joint_of
from lims.workflows import as_prescribed


@dataclass(frozen=True)
class Injection:
    """One injection as planned."""

    joint: Joint
    side: Side
    cells: int
    volume_ml: Decimal
    joint_named: str | None = None
    """Which joint, where it is another."""


class AnotherThatDay(LimsError):
    sentence = N_(
        "%(code)s is planned for the same day (%(day)s) and the same joint."
        " Say why there is a second one, or choose another day."
    )


class TwiceInto(LimsError):
    sentence = N_("%(joint)s, %(side)s: %(count)s injections are planned into it at one visit.")


def require_reason(
    session: Session, course: Course, day: date, injections: Sequence[Injection], reason: str | None
) -> None:
    """Raise where a joint has an injection on that day already and nobody says why."""
    if (reason or "").strip():
        return
    same_day = (
        select(TransplantationSession)
        .where(
            TransplantationSession.patient_id == course.patient_id,
            TransplantationSession.planned_on == day,
            TransplantationSession.cancelled_reason.is_(None),
        )
        .order_by(TransplantationSession.id)
    )
    joints = {goes_into(each) for each in injections}
    for other in session.scalars(same_day):
        if not joints.isdisjoint(goes_into(each) for each in other.administrations):
            raise FieldError(field="reason", problem=AnotherThatDay(code=other.code, day=day))


def goes_into(place: as_prescribed.Portion) -> tuple[str, Side]:
    """The joint and its side, to be compared: another joint by its words, however written."""
    return joint_of(place).casefold(), place.side


def require_why(
    course: Course,
    injections: Sequence[Injection],
    why: str | None,
    *,
    before: Sequence[Injection] = (),
) -> None:
    """Raise where what was not planned `before` is unusual and nobody says why it is meant so."""
    changed = [each for each in injections if each not in before]
    found = [*as_prescribed.told(course, changed), *_doubled(injections, before)]
    as_prescribed.require_why(found, why, field="otherwise")


def _doubled(injections: Sequence[Injection], before: Sequence[Injection]) -> Iterator[LimsError]:
    """The joints that more injections go into than did before, and more than one."""
    were = Counter(goes_into(each) for each in before)
    now = Counter(goes_into(each) for each in injections)
    told = {goes_into(each): each for each in injections}
    for place, count in now.items():
        if count > max(1, were[place]):
            each = told[place]
            yield TwiceInto(joint=joint_of(each), side=each.side, count=count)


def both(reason: str | None, otherwise: str | None) -> str | None:
    """Two answers of one form as the audit trail keeps them."""
    said = [each.strip() for each in (reason, otherwise) if each and each.strip()]
    return " · ".join(said) or None
