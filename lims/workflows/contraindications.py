"""Contraindications: asked at enrolment, at collection and before each injection, and the gate.

A physician may override those that the specification's policy names, with a reason and a
signature. Age and infection markers are worked out anew each time the gate is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.contraindication import ContraindicationCheck, Occasion
from lims.models.course import Course, TransplantationSession
from lims.models.lot import Item
from lims.models.patient import Marker, Patient
from lims.models.specification import SpecificationVersion
from lims.workflows import days, markers, specifications, unknown_markers
from lims.workflows.contraindication_list import AGE, BY_NUMBER, LIMITS_NAMED, MARKERS, Named
from lims.workflows.markers import Standing
from lims.workflows.specification_text import MarkerPolicy


class NotChecked(LimsError):
    sentence = N_("The contraindications were not checked for this: %(occasion)s.")


class CheckedTooEarly(LimsError):
    sentence = N_(
        "The contraindications were checked on %(checked_on)s; check them again on the day"
        " (%(occasion)s)."
    )


class LastingContraindication(LimsError):
    sentence = N_("Contraindication %(number)s, lasting: %(name)s. The course cannot go on.")


class PassingContraindication(LimsError):
    sentence = N_(
        "Contraindication %(number)s, passing: %(name)s. Postpone, and check again when it is over."
    )


class LastingOverridable(LastingContraindication):
    sentence = N_(
        "Contraindication %(number)s, lasting: %(name)s. By the specification the physician may"
        " override it: ask the contraindications again, with the reason, and sign."
    )


class PassingOverridable(PassingContraindication):
    sentence = N_(
        "Contraindication %(number)s, passing: %(name)s. Postpone, and check again when it is"
        " over; or override it, as the specification lets the physician do: ask the"
        " contraindications again, with the reason, and sign."
    )


@dataclass(frozen=True)
class Rules:
    """What the specification says of contraindications."""

    version: SpecificationVersion
    limits: Mapping[str, Decimal]
    overridable: frozenset[str]
    isolates: bool
    """Whether a reactive patient is treated apart instead of being excluded."""

    @classmethod
    def of(cls, version: SpecificationVersion) -> "Rules":
        return cls(
            version=version,
            limits={name: specifications.limit(version, name) for name in LIMITS_NAMED},
            overridable=frozenset(specifications.policy_words(version, "physician_override")),
            isolates=specifications.allows(version, "positive_marker_policy", MarkerPolicy.ISOLATE),
        )

    def may_override(self, number: int) -> bool:
        return BY_NUMBER[number].key in self.overridable

    def named(self, number: int) -> Named:
        return Named(BY_NUMBER[number], self.limits)

    def age_fits(self, age: int) -> bool:
        return self.limits["age_min_years"] <= age <= self.limits["age_max_years"]


def rules(session: Session) -> Rules:
    """The rules of the specification in force."""
    return Rules.of(specifications.current(session))


def computed(
    rules: Rules,
    born: date,
    days_planned: Sequence[date],
    known: Mapping[Marker, Standing],
) -> dict[int, str]:
    """The contraindications that follow from what is recorded, each with what it follows from."""
    found: dict[int, str] = {}
    reactive = [marker for marker, state in known.items() if state == Standing.REACTIVE]
    if reactive and not rules.isolates:
        found[MARKERS] = ", ".join(reactive)
    for day in days_planned:
        if not rules.age_fits(age := days.age_on(day, born)):
            found.setdefault(AGE, f"{age} · {day.isoformat()}")
    return found


def asked_of(known: Mapping[Marker, Standing]) -> set[int]:
    """The numbers a person answers: of the markers only where what is recorded does not."""
    numbers = {each.number for each in BY_NUMBER.values() if each.asked}
    unknown = any(state in unknown_markers.UNKNOWN for state in known.values())
    return numbers | {MARKERS} if unknown else numbers


def planned_days(
    course: Course, on: date, transplantation_session: TransplantationSession | None
) -> list[date]:
    """The days on which the patient's age counts: of the injection at hand, else of all planned."""
    if transplantation_session is not None:
        return [max(on, transplantation_session.planned_on)]
    ahead = [
        each.planned_on
        for each in course.sessions
        if each.cancelled_reason is None and each.planned_on >= on
    ]
    return ahead or [on]


def latest_check(
    session: Session,
    course: Course,
    occasion: Occasion,
    transplantation_session: TransplantationSession | None = None,
) -> ContraindicationCheck | None:
    """The last time this course was asked on this occasion (of this session)."""
    query = select(ContraindicationCheck).where(
        ContraindicationCheck.course_id == course.id, ContraindicationCheck.occasion == occasion
    )
    if transplantation_session is not None:
        query = query.where(ContraindicationCheck.session_id == transplantation_session.id)
    latest = query.options(
        joinedload(ContraindicationCheck.findings), joinedload(ContraindicationCheck.checked_by)
    ).order_by(ContraindicationCheck.id.desc())
    return session.scalars(latest.limit(1)).unique().one_or_none()


def missing(
    session: Session,
    course: Course,
    occasion: Occasion,
    on: date,
    transplantation_session: TransplantationSession | None = None,
    *,
    known: Mapping[Marker, Standing] | None = None,
    checks: Sequence[ContraindicationCheck] | None = None,
) -> list[LimsError]:
    """What stands against the act on the day `on`, in the user's words; nothing when it may go.

    At collection and injection the check is of that day; at enrolment the last one counts.
    Where the caller has read them already, `known` are the patient's markers and `checks` holds
    the latest check, if there is one.
    """
    check = (
        latest_check(session, course, occasion, transplantation_session)
        if checks is None
        else next(iter(checks), None)
    )
    if check is None:
        return [NotChecked(occasion=occasion)]
    if occasion != Occasion.ENROLMENT and clock.day_of(check.checked_at) != on:
        return [CheckedTooEarly(occasion=occasion, checked_on=check.checked_at)]
    in_force = rules(session)
    patient = session.get_one(Patient, course.patient_id)
    if known is None:
        known = markers.standing(session, patient, on, in_force.version)
    planned = planned_days(course, on, transplantation_session)
    present = computed(in_force, patient.birth_date, planned, known)
    overridden = {each.number for each in check.findings if each.override_reason is not None}
    asked = asked_of(known)
    found = {each.number for each in check.findings if each.number in asked}
    return [_refusal(number, in_force) for number in sorted((found | present.keys()) - overridden)]


def _refusal(number: int, rules: Rules) -> LimsError:
    kinds: tuple[type[LimsError], type[LimsError]] = LastingContraindication, LastingOverridable
    if not BY_NUMBER[number].lasting:
        kinds = PassingContraindication, PassingOverridable
    kind = kinds[rules.may_override(number)]
    return kind(number=number, name=rules.named(number))


def antibiotics(session: Session) -> Sequence[Item]:
    """The items that contain antibiotics: what a patient's allergy is compared with."""
    return session.scalars(
        select(Item).where(Item.antibiotics.is_not(None)).order_by(Item.name)
    ).all()
