"""Agreements are signed, paid for longer, ended; nothing becomes of unpaid cells by itself."""

from datetime import timedelta

import pytest

from lims import clock
from lims.errors import FieldError, NotPermitted, Stale
from lims.models.agreement import AfterDeath
from lims.models.course import CourseStatus
from lims.models.fill import FillKind, VialStatus
from lims.workflows import agreements, states, storage_cells
from tests.laboratory import cryobank as bank

TODAY = clock.today()
A_YEAR = timedelta(days=365)
A_DAY = timedelta(days=1)


@pytest.fixture
def agree(session, patient, keeper):
    def agreed(**changed):
        values = {
            "number": "K-12", "signed_on": TODAY - A_YEAR, "starts_on": TODAY - A_YEAR,
            "paid_until": TODAY + A_YEAR, "permitted_uses": "repeat courses",
            "after_death": AfterDeath.DESTROY, "document_sha256": "0" * 64, "by": keeper,
        }  # fmt: skip
        return agreements.record_agreement(session, patient, **(values | changed))

    return agreed


def renewed(session, agreement, paid_until, by):
    return agreements.renew_agreement(
        session, agreement, version=agreement.version, paid_until=paid_until, reason="paid", by=by
    )


def ended(session, agreement, on, by):
    return agreements.end_agreement(
        session, agreement, version=agreement.version, ended_on=on, reason="cancelled", by=by
    )


def test_a_cell_is_a_hold_cell_before_the_agreement(session, patient, agree):
    assert storage_cells.agreement_in_force(session, patient.id) is None

    agreement = agree()

    assert storage_cells.agreement_in_force(session, patient.id) is agreement


def test_the_next_agreement_takes_the_place_of_the_last(session, patient, agree):
    former = agree()

    new = agree(number="K-13", signed_on=TODAY)

    assert (former.ended_on, former.end_reason) == (TODAY, "→ K-13")
    assert agreements.of_patient(session, patient.id) == [new, former]


def test_an_agreement_is_not_recorded_twice(agree):
    agree()

    with pytest.raises(agreements.NumberTaken):
        agree()


@pytest.mark.parametrize(
    "changed", [{"paid_until": TODAY - 2 * A_YEAR}, {"signed_on": TODAY + A_DAY}]
)
def test_dates_that_cannot_be_are_refused(agree, changed):
    with pytest.raises(FieldError):
        agree(**changed)


def test_it_is_paid_until_a_later_day(session, agree, keeper):
    agreement = agree()

    renewed(session, agreement, TODAY + 2 * A_YEAR, keeper)

    assert agreement.paid_until == TODAY + 2 * A_YEAR


def test_it_is_paid_for_an_unlimited_time(session, agree, keeper):
    assert renewed(session, agree(), None, keeper).paid_until is None


@pytest.mark.parametrize("until", [TODAY + A_YEAR, TODAY])
def test_it_is_not_paid_until_an_earlier_day(session, agree, keeper, until):
    with pytest.raises(agreements.PaidAlready):
        renewed(session, agree(), until, keeper)


def test_an_older_page_does_not_renew_it(session, agree, keeper):
    agreement = agree()
    with pytest.raises(Stale):
        agreements.renew_agreement(
            session, agreement, version=agreement.version - 1, paid_until=None, reason="x",
            by=keeper,
        )  # fmt: skip


def test_it_ends_with_a_reason(session, agree, keeper):
    agreement = ended(session, agree(), TODAY, keeper)

    assert (agreement.ended_on, agreement.end_reason) == (TODAY, "cancelled")
    with pytest.raises(agreements.AgreementEnded):
        renewed(session, agreement, None, keeper)


@pytest.mark.parametrize(
    ("on", "refusal"),
    [(TODAY + A_DAY, FieldError), (TODAY - 2 * A_YEAR, agreements.EndsBeforeSigned)],
)
def test_it_ends_neither_before_it_was_signed_nor_later_than_today(
    session, agree, keeper, on, refusal
):
    with pytest.raises(refusal):
        ended(session, agree(), on, keeper)


def test_a_technician_records_no_agreement(agree, technician):
    with pytest.raises(NotPermitted):
        agree(by=technician)


def to_talk_about(session):
    return list(session.scalars(agreements.to_talk_about()))


@pytest.mark.parametrize(
    ("days_left", "asked"), [(-1, True), (10, True), (agreements.NOTICE.days, False), (400, False)]
)
def test_what_has_run_out_or_soon_will_is_listed(session, patient, keeper, agree, days_left, asked):
    cell = bank.cell(session, patient, by=keeper)
    agreement = agree(paid_until=TODAY + days_left * A_DAY)

    assert to_talk_about(session) == ([cell] if asked else [])
    assert agreements.is_overdue(agreement) is (days_left < 0)


def test_what_is_paid_for_good_is_not_listed(session, patient, keeper, agree):
    bank.cell(session, patient, by=keeper)
    agree(paid_until=None)

    assert to_talk_about(session) == []


@pytest.fixture
def frozen(session, qc_room, course, keeper):
    """A vial of a patient with a cell and no agreement."""
    vial = qc_room.fill(qc_room.cells(course), "1", kind=FillKind.VIALS).vials[0]
    states.move(session, vial, VialStatus.FREEZING)
    return bank.cell(session, vial.patient, by=keeper)


def test_vials_kept_for_a_course_need_no_agreement(session, frozen):
    assert to_talk_about(session) == []


def test_vials_kept_after_the_course_need_one(session, frozen, course):
    states.move(session, course, CourseStatus.WITHDRAWN)

    assert to_talk_about(session) == [frozen]
