"""The times the contraindications were asked, as the pages of a course and a session tell them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.errors import LimsError
from lims.models.contraindication import ContraindicationCheck
from lims.models.course import TransplantationSession
from lims.models.patient import Patient
from lims.web.current import reading_session
from lims.workflows import contraindications, past_checks


@dataclass(frozen=True)
class Asked:
    """One time they were asked, with the names of what was found and what is to be told of it."""

    check: ContraindicationCheck
    named: Mapping[int, LimsError]
    remarks: Sequence[LimsError]


def made(condition: ColumnElement[bool], *, remarks_of: Patient | None = None) -> list[Asked]:
    """The times the contraindications were asked, the newest first, with what was found; with
    what the record did not answer where the patient is told."""
    query = (
        select(ContraindicationCheck)
        .where(condition)
        .options(
            joinedload(ContraindicationCheck.checked_by),
            joinedload(ContraindicationCheck.findings),
            joinedload(ContraindicationCheck.absences),
        )
        .order_by(ContraindicationCheck.id.desc())
    )
    session = reading_session()
    checks = session.scalars(query).unique().all()
    on_word = past_checks.on_word_alone(session, remarks_of, checks) if remarks_of else {}
    return [Asked(each, _named(each), on_word.get(each.id, ())) for each in checks]


def _named(check: ContraindicationCheck) -> dict[int, LimsError]:
    """By number; the rules that give the names are read where there is one to name."""
    numbers = [each.number for each in check.findings]
    numbers += [each.number for each in check.absences]
    if not numbers:
        return {}
    rules = contraindications.rules(reading_session())
    return {number: rules.named(number) for number in numbers}


def early(sitting: TransplantationSession, checks: Sequence[Asked]) -> list[LimsError]:
    """That the newest answers for a session to come are not those of its day."""
    if not checks:
        return []
    return past_checks.not_of_the_day(sitting, clock.day_of(checks[0].check.checked_at))
