"""What an aliquot is taken from: found by the label that was scanned."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.fill import Dose, Vial
from lims.models.sample import Sample
from lims.models.step import StepStatus
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import codes, containers
from lims.workflows.qc_readings import Source

SOURCES: tuple[type[Source], ...] = (Sample, Vessel, Suspension, Dose, Vial)


class HoldsNothingYet(LimsError):
    sentence = N_("%(code)s holds nothing yet. Record in %(step)s what went into it, then take it.")
    status = 409


def find_source(session: Session, scanned: str) -> Source:
    """The tissue, vessel, suspension, dose or vial whose label was scanned, locked in a command."""
    return find_sources(session, [scanned])[0]


def find_sources(session: Session, scanned: Sequence[str]) -> list[Source]:
    """`find_source` of several labels, in their order."""
    wanted = [codes.require_well_formed(each) for each in scanned]
    expected = [codes.KindWord(model.kind_of_code) for model in SOURCES]
    for code in wanted:
        if codes.KindWord(code[:2]) not in expected:
            raise codes.UnexpectedKind(code=code, found=codes.KindWord(code[:2]), expected=expected)
    _require_made(session, wanted)
    found: dict[str, Source] = {}
    for model in SOURCES:
        of_kind = [code for code in wanted if code[:2] == model.kind_of_code]
        found |= {each.code: each for each in codes.load_all(session, of_kind, model)}
    return [found[code] for code in wanted]


def _require_made(session: Session, wanted: Sequence[str]) -> None:
    """Raise where a container is labelled, and its step is still to say what went into it."""
    planned = containers.planned_as(session, wanted)
    awaited = [code for code, each in planned.items() if each.step.status is StepStatus.OPEN]
    for code in set(awaited) - containers.holding(session, awaited):
        raise HoldsNothingYet(code=code, step=planned[code].step.code)
