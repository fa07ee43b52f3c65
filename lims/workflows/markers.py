"""Infection markers: what is known of a patient's blood on a day, and what a reactive one does.

A new result is a new row. A pending one is replaced by the result of the same blood; a reactive
one stands until a later result names it as replaced.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.patient import Marker, MarkerResult, MarkerValue, Patient
from lims.models.specification import SpecificationVersion
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import days, marker_reach, specifications
from lims.workflows.command import because, command
from lims.workflows.looking import once

DISEASES = {
    Marker.HIV: N_("HIV"),
    Marker.HBSAG: N_("hepatitis B"),
    Marker.ANTI_HBC: N_("hepatitis B"),
    Marker.ANTI_HCV: N_("hepatitis C"),
    Marker.SYPHILIS: N_("syphilis"),
}


class Standing(StrEnum):
    """What is known of one marker on a day."""

    NONREACTIVE = "nonreactive"
    REACTIVE = "reactive"
    PENDING = "pending"
    MISSING = "missing"
    OUTDATED = "outdated"


class NothingEntered(LimsError):
    sentence = N_("Choose the result of at least one marker.")


class EndsBeforeSampling(LimsError):
    sentence = N_("The result cannot lose its validity before the blood was taken.")


class ValidTooLong(LimsError):
    sentence = N_(
        "By the specification, blood taken on %(sampled_on)s is valid until %(most)s. Look at it"
        " again; if the laboratory says so, give the reason below."
    )


class NothingToReplace(LimsError):
    sentence = N_("There is no reactive %(marker)s to replace.")
    status = 409


class UnknownMarker(LimsError):
    sentence = N_(
        "The specification requires the marker “%(marker)s”, which is not known here;"
        " known are: %(known)s."
    )


class MarkerNotKnown(LimsError):
    sentence = N_("%(marker)s is %(standing)s: take blood and record the result, or its sampling.")


def results(session: Session, patient: Patient) -> Sequence[MarkerResult]:
    """Every result of a patient, the newest blood first."""
    return once(session, ("markers", patient.id), lambda: _results(session, patient))


def _results(session: Session, patient: Patient) -> Sequence[MarkerResult]:
    known = select(MarkerResult).where(MarkerResult.patient_id == patient.id)
    return newest_first(session.scalars(known))


def newest_first(known: Iterable[MarkerResult]) -> list[MarkerResult]:
    """By the blood, not by when its result was written down."""
    return sorted(known, key=lambda each: (each.sampled_on, each.id), reverse=True)


def required(version: SpecificationVersion) -> list[Marker]:
    """The markers that `version` asks for."""
    words = specifications.policy_words(version, "required_markers")
    known = {marker.value: marker for marker in Marker}
    for word in words:
        if word not in known:
            raise UnknownMarker(marker=word, known=", ".join(known))
    return [known[word] for word in words]


def standing(
    session: Session,
    patient: Patient,
    on: date,
    version: SpecificationVersion | None = None,
    *,
    blood_until: date | None = None,
) -> dict[Marker, Standing]:
    """What is known on `on` of each marker that `version`, or the one in force, asks for.

    Blood taken after `on` says nothing of it, unless `blood_until` lets it count as well.
    """
    wanted = required(version or specifications.current(session))
    return standing_of(results(session, patient), wanted, on, blood_until)


def standing_of(
    known: Sequence[MarkerResult],
    wanted: Sequence[Marker],
    on: date,
    blood_until: date | None = None,
) -> dict[Marker, Standing]:
    """`standing` of results read already, the newest blood first."""
    last = blood_until or on
    replaced = {result.replaces_id for result in known}
    counted = [
        result for result in known if result.id not in replaced and result.sampled_on <= last
    ]
    return {
        marker: _standing_of_one([each for each in counted if each.marker == marker], on)
        for marker in wanted
    }


def _standing_of_one(counted: Sequence[MarkerResult], on: date) -> Standing:
    if not counted:
        return Standing.MISSING
    if any(result.value == MarkerValue.REACTIVE for result in counted):
        return Standing.REACTIVE
    latest = counted[0]
    if latest.value == MarkerValue.PENDING:
        return Standing.PENDING
    return Standing.NONREACTIVE if on <= latest.valid_until else Standing.OUTDATED


def missing(session: Session, patient: Patient, on: date) -> list[LimsError]:
    """The markers of which nothing valid is known, not even that a result is awaited."""
    return not_known(standing(session, patient, on))


def not_known(known: Mapping[Marker, Standing]) -> list[LimsError]:
    """`missing` of a standing read already."""
    return [
        MarkerNotKnown(marker=marker, standing=state)
        for marker, state in known.items()
        if state in (Standing.MISSING, Standing.OUTDATED)
    ]


def for_labels(session: Session, patient: Patient, on: date) -> tuple[bool, tuple[str, ...]]:
    """For a label: whether anything is not known yet, and the diseases with reactive tests."""
    found = standing(session, patient, on)
    unknown = {Standing.PENDING, Standing.MISSING, Standing.OUTDATED}
    diseases = [DISEASES[each] for each, state in found.items() if state == Standing.REACTIVE]
    return bool(unknown & set(found.values())), tuple(dict.fromkeys(diseases))


@command(Permission.RECORD_MARKERS)
def record_markers(
    session: Session,
    patient: Patient,
    *,
    sampled_on: date,
    values: Mapping[Marker, MarkerValue],
    laboratory: str | None = None,
    valid_until: date | None = None,
    replaces_reactive: bool = False,
    reason: str | None = None,
    by: User,
) -> Patient:
    """Record what one blood sample showed.

    `replaces_reactive` says that these supersede earlier reactive results, with a reason; results
    valid longer than the specification's days need one as well.
    """
    because(session, reason)
    days.require_lived(sampled_on, born=patient.birth_date, field="sampled_on")
    if not values:
        raise NothingEntered()
    until = _until(session, sampled_on, valid_until, reason)
    earlier = results(session, patient)
    recorded = [
        MarkerResult(
            patient_id=patient.id,
            marker=marker,
            value=value,
            sampled_on=sampled_on,
            valid_until=until,
            laboratory=laboratory,
            replaces_id=_replaced(earlier, marker, sampled_on, replaces_reactive),
            recorded_by_id=by.id,
        )
        for marker, value in values.items()
    ]
    session.add_all(recorded)
    session.flush()
    found = [result.marker for result in recorded if result.value == MarkerValue.REACTIVE]
    if found:
        marker_reach.quarantine_what_was_made(session, patient, found, by=by)
    return patient


def _until(session: Session, sampled_on: date, typed: date | None, reason: str | None) -> date:
    """The last day the results count: the specification's, unless the laboratory's is typed."""
    most = sampled_on + _validity(session)
    until = typed or most
    if until < sampled_on:
        raise FieldError(field="valid_until", problem=EndsBeforeSampling())
    if until > most and not (reason or "").strip():
        told = ValidTooLong(sampled_on=sampled_on, most=most)
        raise FieldError(field="valid_until", problem=told)
    return until


def _validity(session: Session) -> timedelta:
    version = specifications.current(session)
    return timedelta(days=specifications.whole_limit(version, "marker_validity_days"))


def _replaced(
    earlier: Sequence[MarkerResult], marker: Marker, sampled_on: date, replaces_reactive: bool
) -> int | None:
    """The awaited result of the same blood, or the reactive one that is named as superseded."""
    gone = {result.replaces_id for result in earlier}
    standing_now = [each for each in earlier if each.marker == marker and each.id not in gone]
    if replaces_reactive:
        wrong = [each.id for each in standing_now if each.value == MarkerValue.REACTIVE]
        if not wrong:
            raise NothingToReplace(marker=marker)
        return wrong[0]
    awaited = [
        each.id
        for each in standing_now
        if each.value == MarkerValue.PENDING and each.sampled_on == sampled_on
    ]
    return awaited[0] if awaited else None
