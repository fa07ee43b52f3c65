"""What two people, or a physician, are told beside a dose that may go on all the same."""

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.contraindication import Occasion
from lims.models.fill import Dose
from lims.workflows import contraindications, specifications, unknown_markers


class InjectionBarred(LimsError):
    sentence = N_(
        "The injection will be barred when %(code)s arrives: %(problem)s Speak to the clinic"
        " before it travels."
    )


def at_hand_over(session: Session, dose: Dose) -> list[LimsError]:
    """What will bar the injection of today, asked by nobody yet or found; what is not known."""
    today, sitting = clock.today(), dose.session
    found = unknown_markers.warnings(
        session, dose.patient, today, specifications.of(dose.fill.batch)
    )
    if sitting.planned_on > today:  # the contraindications are asked on the day
        return found
    barring = contraindications.missing(session, sitting.course, Occasion.INJECTION, today, sitting)
    return found + [InjectionBarred(code=dose.code, problem=each) for each in barring]
