"""Consents: recorded by kind and form, replaced by newer forms, withdrawn with what follows."""

from datetime import date, timedelta

import pytest

from lims import clock
from lims.errors import FieldError, Stale
from lims.models.batch import Batch
from lims.models.course import CourseStatus
from lims.models.patient import ConsentKind
from lims.workflows import consents, holds, specifications, states
from lims.workflows.codes import coded
from tests.workflows.test_courses import order, prepared

TODAY = clock.today()


@pytest.fixture
def sign(session, patient, physician):
    def signing(kind=ConsentKind.PRODUCTION, form_version="2", signed_on=None):
        return consents.record_consent(
            session,
            patient,
            kind=kind,
            form_version=form_version,
            signed_on=signed_on or clock.today(),
            by=physician,
        )

    return signing


@pytest.fixture
def withdraw(session, patient, physician):
    def withdrawing(kind=ConsentKind.PRODUCTION, **values):
        consent = consents.in_force(session, patient)[kind]
        given = {
            "version": consent.version,
            "withdrawn_on": clock.today(),
            "reason": "the patient wrote to us",
        }
        return consents.withdraw_consent(session, consent, **(given | values), by=physician)

    return withdrawing


def test_a_newer_form_takes_the_place_of_the_older(session, patient, sign):
    older = consents.in_force(session, patient)[ConsentKind.PRODUCTION]
    newer = sign()

    assert consents.in_force(session, patient)[ConsentKind.PRODUCTION] is newer
    assert older.withdrawn_on == newer.signed_on
    assert older.withdrawal_reason is None


def test_a_newer_form_stops_no_course(sign, course):
    sign()

    assert course.status == CourseStatus.CONSENTED


def test_the_same_form_is_not_signed_twice(sign):
    with pytest.raises(consents.SignedAlready):
        sign(form_version="1")


@pytest.mark.parametrize("days_ago", [-3, 30, 40_000])
def test_a_day_that_cannot_be_is_refused_beside_its_field(sign, days_ago):
    with pytest.raises(FieldError) as refusal:
        sign(signed_on=clock.today() - timedelta(days=days_ago))

    assert refusal.value.field == "signed_on"


def test_a_withdrawn_consent_is_missing(session, patient, withdraw):
    withdraw(ConsentKind.STORAGE)

    with pytest.raises(consents.ConsentMissing):
        consents.require(session, patient, ConsentKind.STORAGE)


def test_a_withdrawn_consent_to_storage_stops_no_manufacture(withdraw, course):
    withdraw(ConsentKind.STORAGE)

    assert course.status == CourseStatus.CONSENTED


def test_a_withdrawn_consent_to_production_ends_the_course_and_holds_the_batch(
    session, withdraw, course
):
    batch = states.begin(
        Batch(
            patient_id=course.patient_id,
            course_id=course.id,
            specification_version_id=specifications.current(session).id,
        )
    )
    session.add(coded(session, batch))
    session.flush()

    withdraw()

    assert course.status == CourseStatus.WITHDRAWN
    assert [hold.reason for hold in holds.open_holds(session, batch)] == ["the patient wrote to us"]


def test_a_consent_is_withdrawn_once(session, patient, withdraw, physician):
    gone = withdraw()

    with pytest.raises(consents.Withdrawn):
        consents.withdraw_consent(
            session, gone, version=gone.version, withdrawn_on=TODAY, reason="again", by=physician
        )


def test_a_consent_is_not_withdrawn_before_it_was_signed(withdraw):
    with pytest.raises(FieldError):
        withdraw(withdrawn_on=date(2000, 1, 1))


def test_a_withdrawal_from_an_old_page_is_refused(withdraw):
    with pytest.raises(Stale):
        withdraw(version=99)


def test_consent_to_production_makes_an_eligible_course_consented(
    session, patient, course, withdraw, sign, physician
):
    withdraw(ConsentKind.PRODUCTION)
    second = prepared(session, order(session, patient, physician), physician)
    assert second.status == CourseStatus.ELIGIBLE

    sign(form_version="3")

    assert second.status == CourseStatus.CONSENTED
