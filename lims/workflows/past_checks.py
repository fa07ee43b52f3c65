"""What is to be told beside contraindications that were asked: whose word it was, of which day."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.administration import Administration
from lims.models.contraindication import ContraindicationCheck, Occasion
from lims.models.course import TransplantationSession
from lims.models.patient import Patient
from lims.models.step import Step
from lims.workflows import markers, specifications, unknown_markers
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


def of_answers(
    session: Session, patient: Patient, check: ContraindicationCheck | None
) -> list[LimsError]:
    """Where the last answers for a session rest on the physician's word: told before it."""
    return [] if check is None else on_word_alone(session, patient, [check])[check.id]


def of_steps(
    session: Session, patient: Patient, steps: Sequence[Step]
) -> dict[int, list[LimsError]]:
    """`of_answers` as it was for each injection among `steps`, by their keys."""
    injected = [each for each in steps if isinstance(each, Administration)]
    if not injected:
        return {}
    check = ContraindicationCheck
    made = session.scalars(
        select(check)
        .where(
            check.session_id.in_({each.session_id for each in injected}),
            check.occasion == Occasion.INJECTION,
        )
        .options(joinedload(check.checked_by))
        .order_by(check.id)
    ).all()
    on_word = on_word_alone(session, patient, made)
    return {step.id: _last_before(step, made, on_word) for step in injected}


def _last_before(
    step: Administration,
    made: Sequence[ContraindicationCheck],
    on_word: Mapping[int, list[LimsError]],
) -> list[LimsError]:
    """Of the answers that the injection rested on."""
    until = step.recorded_at or step.started_at
    before = [
        each for each in made if each.session_id == step.session_id and each.checked_at <= until
    ]
    return on_word[before[-1].id] if before else []


def not_of_the_day(sitting: TransplantationSession, asked_on: date) -> list[LimsError]:
    """That answers of `asked_on` are not those of the day `sitting` is planned for."""
    if asked_on >= sitting.planned_on:
        return []
    return [NotOfTheDay(asked_on=asked_on, planned_on=sitting.planned_on)]
