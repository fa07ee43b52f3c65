"""What is to be told beside contraindications that were asked: whose word it was, of which day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.course import ContraindicationCheck, Occasion, TransplantationSession
from lims.models.patient import Patient
from lims.workflows import contraindications, markers, specifications, unknown_markers
from lims.workflows.contraindication_list import MARKERS


class OnWordAlone(LimsError):
    sentence = N_(
        "No. %(number)s was answered on %(on)s on the physician's word alone (%(name)s)."
        " By then: %(gap)s"
    )


class NotOfTheDay(LimsError):
    sentence = N_(
        "Asked on %(asked_on)s, and the session is planned for %(planned_on)s: they are asked"
        " again on the day of the injection."
    )


def on_word_alone(
    session: Session, patient: Patient, checks: Sequence[ContraindicationCheck]
) -> dict[int, list[LimsError]]:
    """By the key of each check, which markers the record did not answer when it was made."""
    known = markers.results(session, patient) if checks else ()
    wanted = markers.required(specifications.current(session)) if checks else ()
    found = {}
    for check in checks:
        on = clock.day_of(check.checked_at)
        recorded = [each for each in known if each.recorded_at <= check.checked_at]
        gaps = unknown_markers.told_of(recorded, wanted, on)
        found[check.id] = [_of(check, on, gap) for gap in gaps]
    return found


def _of(check: ContraindicationCheck, on: date, gap: LimsError) -> LimsError:
    return OnWordAlone(number=MARKERS, on=on, name=check.checked_by.full_name, gap=gap)


def of_injection(session: Session, sitting: TransplantationSession) -> list[LimsError]:
    """Where the last answers for `sitting` rest on the physician's word: told before it."""
    check = contraindications.latest_check(session, sitting.course, Occasion.INJECTION, sitting)
    if check is None:
        return []
    return on_word_alone(session, sitting.patient, [check])[check.id]


def not_of_the_day(sitting: TransplantationSession, asked_on: date) -> list[LimsError]:
    """That answers of `asked_on` are not those of the day `sitting` is planned for."""
    if asked_on >= sitting.planned_on:
        return []
    return [NotOfTheDay(asked_on=asked_on, planned_on=sitting.planned_on)]
