"""What is planned for a session beside what its course prescribes: a dose is filled as planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from lims.errors import N_, Amount, FieldError, LimsError
from lims.models.course import Course, PlannedAdministration, TransplantationSession
from lims.models.fill import Dose
from lims.models.site import Joint, Side, joint_of
from lims.workflows import since


class Portion(Protocol):
    """An injection, planned or still to be planned."""

    @property
    def joint(self) -> Joint: ...
    @property
    def joint_named(self) -> str | None: ...
    @property
    def side(self) -> Side: ...
    @property
    def cells(self) -> int: ...
    @property
    def volume_ml(self) -> Decimal: ...


@dataclass(frozen=True)
class Prescribed:
    """The dose of one injection as a course prescribes it."""

    cells: int | None
    volume_ml: Decimal | None

    @classmethod
    def by(cls, course: Course) -> "Prescribed":
        return cls(course.prescribed_cells, course.prescribed_volume_ml)

    def is_of(self, injection: Portion) -> bool:
        """Whether `injection` holds this dose, or the earlier records do not say what it was."""
        return self.cells in (None, injection.cells) and (
            self.volume_ml in (None, injection.volume_ml)
        )


class PlannedOtherwise(LimsError):
    sentence = N_(
        "%(joint)s, %(side)s: %(cells)s in %(volume)s are planned, %(prescribed)s in"
        " %(prescribed_volume)s are prescribed. The dose is filled as planned."
    )


class FilledOtherwise(LimsError):
    sentence = N_(
        "%(code)s was filled for an injection of %(cells)s in %(volume)s, as planned; the course"
        " prescribes %(prescribed)s in %(prescribed_volume)s."
    )


class PlannedToo(StrEnum):
    """What becomes of injections planned as was prescribed when the prescription changes."""

    FOLLOW = "change_too"
    STAY = "stay_as_planned"


class NoLongerAsPrescribed(LimsError):
    sentence = N_("%(found)s Say whether the planned injections change with the prescription.")


class SayWhy(LimsError):
    sentence = N_("%(found)s Look at it again; if it is meant so, say why.")


def told(course: Course, injections: Iterable[Portion]) -> list[LimsError]:
    """Of `injections` those that are not what `course` prescribes, in the user's words."""
    return _otherwise(injections, Prescribed.by(course))


def _otherwise(injections: Iterable[Portion], wanted: Prescribed) -> list[LimsError]:
    return [
        PlannedOtherwise(joint=joint_of(each), side=each.side, **_both(each, wanted))
        for each in injections
        if not wanted.is_of(each)
    ]


def of_session(planned: TransplantationSession) -> list[LimsError]:
    """The same of a session that still stands."""
    if planned.cancelled_reason is not None:
        return []
    return told(planned.course, planned.administrations)


def of_doses(course: Course, doses: Iterable[Dose]) -> list[tuple[Dose, LimsError]]:
    """The doses that were filled for an injection which is not what `course` prescribes."""
    wanted = Prescribed.by(course)
    return [
        (dose, FilledOtherwise(code=dose.code, **_both(dose.planned, wanted)))
        for dose in doses
        if dose.planned is not None and not wanted.is_of(dose.planned)
    ]


def require_why(found: list[LimsError], why: str | None, *, field: str) -> None:
    """Raise at `field` where something differs and nobody said why."""
    if found and not (why or "").strip():
        raise FieldError(field=field, problem=SayWhy(found=since.together(found)))


def settle(course: Course, now: Prescribed, choice: PlannedToo | None) -> None:
    """Before `course` prescribes `now`: take what is planned as it was prescribed along, or leave
    it, as the physician says; raise where nobody says."""
    was = Prescribed.by(course)
    with_it = [
        each
        for planned in course.sessions
        if planned.cancelled_reason is None
        for each in planned.administrations
        if was.is_of(each) and not now.is_of(each)
    ]
    if not with_it:
        return
    if choice is None:
        problem = NoLongerAsPrescribed(found=since.together(_otherwise(with_it, now)))
        raise FieldError(field="planned_too", problem=problem)
    if choice is PlannedToo.FOLLOW and now.cells is not None and now.volume_ml is not None:
        for each in with_it:
            each.cells, each.volume_ml = now.cells, now.volume_ml


def _both(planned: Portion | PlannedAdministration, wanted: Prescribed) -> dict[str, Amount]:
    return {
        "cells": Amount(planned.cells, "cells"),
        "volume": Amount(planned.volume_ml, "mL"),
        "prescribed": _amount(wanted.cells, "cells"),
        "prescribed_volume": _amount(wanted.volume_ml, "mL"),
    }


def _amount(value: int | Decimal | None, unit: str) -> Amount:
    return Amount("–", "") if value is None else Amount(value, unit)
