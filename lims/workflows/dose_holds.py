"""What holds one dose until quality decides: of its batch's deviations, and of its own way."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement

from lims.errors import N_, LimsError
from lims.models.deviation import Deviation
from lims.models.fill import Dose
from lims.workflows import deviations

ON_ITS_WAY = "cold_chain"
"""The rule that holds the one dose it is about, whatever its grade."""


class DeviationHolds(LimsError):
    sentence = N_(
        "Deviation %(deviation)s holds %(code)s: %(title)s. Quality decides it before the dose is"
        " given out."
    )
    recorded = True
    status = 409


def on_its_way() -> ColumnElement[bool]:
    """Of deviations in a query those about harm to one dose on its way, which hold that dose."""
    return Deviation.rule == ON_ITS_WAY


def holding(found: Iterable[Deviation], dose: Dose) -> list[Deviation]:
    """Those that hold `dose`: what holds all of its batch, and harm on its own way."""
    undecided = deviations.blocking(found)
    own = undecided_about(undecided, dose, ON_ITS_WAY)
    return [each for each in undecided if each.grade in deviations.HOLDING or each in own]


def held_by(dose: Dose, reported: Iterable[Deviation], known: datetime) -> list[LimsError]:
    """Of the deviations of its batch those that held it by then, undecided until now."""
    return [
        DeviationHolds(code=dose.code, deviation=deviation.code, title=deviation.title)
        for deviation in holding(reported, dose)
        if deviation.reported_at <= known
    ]


def undecided_about(found: Iterable[Deviation], dose: Dose, rule: str) -> list[Deviation]:
    """Of its batch's deviations those that `rule` opened about a dose and that nobody decided."""
    of_rule = [deviation for deviation in deviations.blocking(found) if deviation.rule == rule]
    return [each for each in of_rule if dose.id in {row.dose_id for row in each.subjects}]
