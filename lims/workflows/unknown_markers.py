"""Infection markers of which nothing valid is known on a day: outdated, awaited, never tested.

They are told wherever cells or a dose go on; whether it then goes on, the specification says.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.patient import Marker, MarkerResult, Patient
from lims.models.specification import SpecificationVersion
from lims.workflows import markers, specifications
from lims.workflows.markers import Standing
from lims.workflows.specification_text import UnknownMarkers

UNKNOWN = (Standing.OUTDATED, Standing.PENDING, Standing.MISSING)
A_DAY = timedelta(days=1)


class NeverTested(LimsError):
    sentence = N_("Infection markers without any result: %(markers)s.")
    recorded = True
    status = 409


class Awaited(NeverTested):
    sentence = N_(
        "Infection markers not known yet: %(markers)s. The result of the blood taken on"
        " %(sampled_on)s is awaited."
    )


class Outdated(NeverTested):
    sentence = N_(
        "Infection markers outdated: %(markers)s. Last known %(sampled_on)s, outdated since"
        " %(since)s."
    )


def told(
    session: Session, patient: Patient, on: date, version: SpecificationVersion | None = None
) -> list[LimsError]:
    """What is not known on `on`, the markers of one blood sample in one sentence."""
    wanted = markers.required(version or specifications.current(session))
    return told_of(markers.results(session, patient), wanted, on)


def told_of(known: Sequence[MarkerResult], wanted: Sequence[Marker], on: date) -> list[LimsError]:
    """`told` of results read already, the newest blood first."""
    groups: dict[tuple[Standing, date | None, date | None], list[Marker]] = {}
    for marker, state in markers.standing_of(known, wanted, on).items():
        if state in UNKNOWN:
            latest = _latest(known, marker, on)
            dates = (latest.sampled_on, latest.valid_until) if latest else (None, None)
            groups.setdefault((state, *dates), []).append(marker)
    return [_sentence(*key, which) for key, which in groups.items()]


def _latest(known: Sequence[MarkerResult], marker: Marker, on: date) -> MarkerResult | None:
    """The newest word on a marker by then; `known` has the newest blood first."""
    replaced = {each.replaces_id for each in known}
    return next(
        (
            each
            for each in known
            if each.marker is marker and each.id not in replaced and each.sampled_on <= on
        ),
        None,
    )


def _sentence(
    state: Standing, sampled_on: date | None, until: date | None, which: list[Marker]
) -> LimsError:
    if until is None or state is Standing.MISSING:
        return NeverTested(markers=which)
    if state is Standing.PENDING:
        return Awaited(markers=which, sampled_on=sampled_on)
    return Outdated(markers=which, sampled_on=sampled_on, since=until + A_DAY)


def barring(
    session: Session, patient: Patient, on: date, version: SpecificationVersion
) -> list[LimsError]:
    """What is not known, where `version` lets nothing go on without it."""
    return told(session, patient, on, version) if _bars(version) else []


def warnings(
    session: Session, patient: Patient, on: date, version: SpecificationVersion
) -> list[LimsError]:
    """What is not known, where `version` leaves it at a warning."""
    return [] if _bars(version) else told(session, patient, on, version)


def _bars(version: SpecificationVersion) -> bool:
    return specifications.allows(version, "unknown_markers", UnknownMarkers.REFUSE)
