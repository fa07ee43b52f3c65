"""An injection is a fact: recorded as it happened; what was not in order is a deviation."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.command_run import Refusal
from lims.models.course import CourseStatus
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Dose, DoseStatus
from lims.models.patient import ConsentKind
from lims.models.signature import Signature
from lims.models.site import Joint, Side
from lims.models.step import IdentityCheck
from lims.workflows import (
    administering,
    consents,
    course_progress,
    issuing,
    rejecting,
    sessions,
    signing,
)
from lims.workflows.administering import ClearanceNeeded, InjectedAlready, StopNotCleared
from lims.workflows.codes import load
from lims.workflows.signing import SamePerson, SecondNotPermitted
from tests.laboratory import clinic
from tests.laboratory.treatment import Treatment, treating


@pytest.fixture
def dose(treatment, course):
    """At the clinic, everything in order."""
    (released,) = treatment.released(course)
    return treatment.at_the_clinic(released)


@pytest.fixture
def issued(treatment, course):
    """On its way: handed over, not received."""
    (released,) = treatment.released(course)
    treatment.hand_over(released)
    treatment.ask(released)
    return released


def opened(session, dose):
    """Rule to grade of the deviations about a dose."""
    return {each.rule: each.grade for each in about(session, dose)}


def about(session, dose):
    found = session.scalars(select(Deviation).order_by(Deviation.id))
    return [each for each in found if dose.id in {row.dose_id for row in each.subjects}]


def test_an_injection_in_order_opens_nothing(session, treatment, dose):
    before = administering.problems_before(session, dose, clock.today())

    treatment.inject(dose)

    assert dose.status is DoseStatus.ADMINISTERED
    assert before == []
    assert opened(session, dose) == {}


def test_what_was_injected_is_said_to_be_injected_already(session, treatment, dose):
    treatment.inject(dose)

    problems = administering.problems_before(session, dose, clock.today())

    assert [type(each) for each in problems] == [InjectedAlready]
    with pytest.raises(InjectedAlready, match="was injected already"):
        treatment.inject(dose)


def test_the_first_injection_begins_the_treatment(treatment, dose, course):
    treatment.inject(dose)

    assert course.status is CourseStatus.TREATING


def test_an_injection_after_a_recall_begins_the_treatment_too(treatment, dose, course):
    qa = treatment.room.qa
    rejecting.recall_fill(
        treatment.session, dose.fill, reason="sterility", told="Dr. Belova",
        proof=treatment.proof(qa), by=qa,
    )  # fmt: skip
    assert course.status is CourseStatus.MANUFACTURING

    treatment.inject(dose)

    assert course.status is CourseStatus.TREATING


def test_the_follow_up_begins_when_the_last_session_left_is_cancelled(treatment, dose, course):
    treatment.inject(dose)
    last = course.sessions[1]

    sessions.cancel_session(
        treatment.session, last, version=sessions.version_of(last), reason="enough",
        by=treatment.physician,
    )  # fmt: skip

    assert course.status is CourseStatus.FOLLOW_UP


@pytest.mark.parametrize("lose", ["discard", "give_back", "expire"])
def test_a_course_whose_doses_are_lost_one_by_one_is_in_manufacture_again(treatment, course, lose):
    first, second = treatment.released(course, 2)
    losses = Losses(treatment)

    getattr(losses, lose)(first)
    before = course.status
    getattr(losses, lose)(second)

    assert (before, course.status) == (CourseStatus.DOSE_READY, CourseStatus.MANUFACTURING)


def test_the_follow_up_begins_when_the_last_dose_of_a_treatment_is_lost(treatment, course):
    first, second = treatment.released(course, 2)
    last = course.sessions[1]
    sessions.cancel_session(
        treatment.session, last, version=sessions.version_of(last), reason="enough",
        by=treatment.physician,
    )  # fmt: skip
    treatment.inject(treatment.at_the_clinic(first))
    before = course.status

    Losses(treatment).give_back(second)

    assert (before, course.status) == (CourseStatus.TREATING, CourseStatus.FOLLOW_UP)


def test_a_dose_emptied_for_its_tests_keeps_no_treatment_waiting(treatment, course):
    first, second = treatment.released(course, 2)
    treatment.room.sample(second.fill.batch, (second, "2.9"))
    last = course.sessions[1]
    sessions.cancel_session(
        treatment.session, last, version=sessions.version_of(last), reason="enough",
        by=treatment.physician,
    )  # fmt: skip

    treatment.inject(treatment.at_the_clinic(first))

    assert course.status is CourseStatus.FOLLOW_UP


def test_what_happens_to_a_dose_while_the_course_is_postponed_shows_when_it_resumes(
    treatment, course
):
    (dose,) = treatment.released(course)
    session, physician = treatment.session, treatment.physician
    course_progress.postpone_course(session, course, reason="fever", by=physician)

    Losses(treatment).discard(dose)
    course_progress.resume_course(session, course, reason="well again", by=physician)

    assert course.status is CourseStatus.MANUFACTURING


@dataclass
class Losses:
    """The ways in which a released dose is lost."""

    treatment: Treatment

    def discard(self, dose):
        qa, keeper = self.treatment.room.qa, self.treatment.room.keeper
        rejecting.discard_dose(
            self.treatment.session, dose, reason="dropped", proof=self.treatment.proof(qa), by=qa,
            second=self.treatment.proof(keeper),
        )  # fmt: skip

    def give_back(self, dose):
        self.treatment.hand_over(dose)
        issuing.return_dose(
            self.treatment.session, dose, why="fever", performed=self.treatment.done(),
            by=self.treatment.physician,
        )  # fmt: skip

    def expire(self, dose):
        """All doses of a fill expire at once: this one as if it were alone."""
        if dose is dose.fill.doses[-1]:
            with time_machine.travel(dose.fill.expires_at + timedelta(minutes=5)):
                issuing.expire_due(self.treatment.session)


def test_an_injection_is_signed_and_the_signature_ends_with_a_change(session, treatment, dose):
    step = treatment.inject(dose)
    signed = session.scalars(select(Signature).where(Signature.subject_code == step.code)).one()
    held = signing.still_valid(signed, administering.shown_at_administration(step))

    step.side = Side.RIGHT

    assert held
    assert not signing.still_valid(signed, administering.shown_at_administration(step))


def test_an_injection_after_expiry_is_recorded_with_a_critical_deviation(session, treatment, dose):
    with time_machine.travel(dose.fill.expires_at + timedelta(minutes=5)):
        issuing.expire_due(session)
        treatment.ask(dose)
        treatment.inject(dose)

    assert dose.status is DoseStatus.ADMINISTERED
    assert opened(session, dose) == {"expired": Grade.CRITICAL}


def test_an_injection_before_expiry_entered_after_it_is_not_an_expired_one(
    session, treatment, dose
):
    injected_at = clock.now()

    with time_machine.travel(dose.fill.expires_at + timedelta(minutes=5)):
        issuing.expire_due(session)
        treatment.inject(dose, performed=treatment.done(injected_at))

    assert "expired" not in opened(session, dose)


def test_an_injection_without_a_receipt_is_recorded_and_marked(session, treatment, issued):
    before = administering.problems_before(session, issued, clock.today())

    treatment.inject(issued)

    assert [type(each) for each in before] == [administering.NotReceived]
    assert opened(session, issued) == {"not_received": Grade.MINOR}


def test_an_injection_of_a_dose_received_warm_is_marked(session, treatment, issued):
    treatment.receive(issued, temperature_c=Decimal(12))

    treatment.inject(issued)

    assert opened(session, issued) == {"cold_chain": Grade.MAJOR, "fact": Grade.MAJOR}


def test_an_injection_of_a_recalled_dose_is_recorded_as_critical(session, treatment, dose):
    qa = treatment.room.qa
    rejecting.recall_fill(
        session, dose.fill, reason="sterility", told="Dr. Belova", proof=treatment.proof(qa), by=qa
    )

    treatment.inject(dose)

    assert opened(session, dose) == {"not_released": Grade.CRITICAL}


def test_an_injection_without_the_questions_of_the_day_is_marked(session, treatment, course):
    (dose,) = treatment.released(course)
    treatment.hand_over(dose)
    treatment.receive(dose)

    treatment.inject(dose)

    assert opened(session, dose) == {"fact": Grade.MAJOR}


@pytest.mark.parametrize(("days_ago", "marked"), [(0, {}), (2, {"fact": Grade.MAJOR})])
def test_an_injection_without_the_consent_to_use_on_its_day_is_marked(
    session, treatment, dose, days_ago, marked
):
    injected = treatment.done()
    use = consents.in_force(session, dose.patient)[ConsentKind.USE]
    use.signed_on = clock.today() - timedelta(days=2)
    use.withdrawn_on = clock.today() - timedelta(days=days_ago) + timedelta(days=1)
    session.flush()

    treatment.inject(dose, performed=injected)

    assert opened(session, dose) == marked


def test_a_second_syringe_for_an_injection_planned_once_is_a_deviation(session, treatment, course):
    first, second = treatment.released(course, 2)
    treatment.inject(treatment.at_the_clinic(first))

    treatment.inject(treatment.at_the_clinic(second), comment="the joint took more")

    assert opened(session, first) == {}
    assert opened(session, second) == {"dose": Grade.MAJOR}
    assert "volume 5.8 mL; planned 3 mL" in about(session, second)[0].description


@pytest.mark.parametrize("other", [{"joint": Joint.HIP}, {"side": Side.RIGHT}])
def test_another_joint_than_planned_is_marked(session, treatment, dose, other):
    treatment.inject(dose, comment="the pain has moved", **other)

    assert opened(session, dose) == {"fact": Grade.MAJOR}


def test_another_side_than_planned_is_asked_about(treatment, dose):
    with pytest.raises(
        FieldError, match=r"\(knee, right\) than was planned \(knee, left\).*say why"
    ) as asked:
        treatment.inject(dose, side=Side.RIGHT, comment=None)

    assert asked.value.field == "comment"


def test_half_a_dose_is_marked(session, treatment, dose):
    treatment.inject(dose, volume_ml=Decimal("1.5"), comment="the joint took no more")

    assert opened(session, dose) == {"dose": Grade.MAJOR}


def test_half_a_dose_is_asked_about(treatment, dose):
    with pytest.raises(FieldError, match="volume 1.5 mL; planned 3 mL.*say why") as asked:
        treatment.inject(dose, volume_ml=Decimal("1.5"), comment=None)

    assert asked.value.field == "comment"


def test_all_that_is_odd_in_an_injection_is_asked_about_at_once(treatment, dose):
    with pytest.raises(FieldError, match=r"planned \(knee, left\).*planned 3 mL"):
        treatment.inject(dose, side=Side.RIGHT, volume_ml=Decimal("1.5"), comment=None)


def test_an_injection_on_another_day_than_its_session_is_planned_for_is_asked_about(
    session, treatment, dose
):
    with pytest.raises(FieldError, match="for the session of .*say why") as asked:
        treatment.inject(dose, comment=None)
    dose.session.planned_on = clock.today()
    treatment.inject(dose, comment=None)

    assert asked.value.field == "comment"
    assert opened(session, dose) == {}


@pytest.mark.parametrize(
    ("field", "impossible"), [("volume_ml", Decimal("2.901")), ("performed_at", None)]
)
def test_what_cannot_be_true_is_refused(treatment, dose, field, impossible):
    before_filling = treatment.done(dose.fill.filled_at - timedelta(hours=1))
    wrong = {"volume_ml": impossible} if impossible else {"performed": before_filling}

    with pytest.raises(FieldError) as refused:
        treatment.inject(dose, **wrong)

    assert refused.value.field == field


def test_a_dose_never_handed_over_is_not_injected(treatment, course):
    (dose,) = treatment.released(course)

    with pytest.raises(WrongState):
        treatment.inject(dose)


def test_a_foreign_card_stops_the_injection(treatment, dose, other_patient):
    with pytest.raises(ClearanceNeeded) as stop:
        treatment.inject(dose, scanned_patient=other_patient.code)

    assert dose.status is DoseStatus.RECEIVED
    assert dose.patient.full_name in str(stop.value.parameters["expected"])
    assert other_patient.full_name in str(stop.value.parameters["found"])


def test_a_second_person_clears_the_stop_and_it_is_critical(
    session, treatment, dose, other_patient
):
    second = treatment.room.bench.technician

    step = treatment.inject(
        dose, scanned_patient=other_patient.code, second=treatment.proof(second)
    )

    check = session.scalars(select(IdentityCheck).where(IdentityCheck.step_id == step.id)).one()
    assert (check.matched, check.cleared_by_id) == (False, second.id)
    assert opened(session, dose) == {"identity": Grade.CRITICAL}


def test_who_injects_does_not_clear_the_stop(treatment, dose, other_patient):
    own = treatment.proof(treatment.physician)

    with pytest.raises(SamePerson):
        treatment.inject(dose, scanned_patient=other_patient.code, second=own)


def test_an_administrator_does_not_clear_a_stop(treatment, dose, other_patient, administrator):
    with pytest.raises(SecondNotPermitted):
        treatment.inject(
            dose, scanned_patient=other_patient.code, second=treatment.proof(administrator)
        )


def test_after_a_stop_the_right_patient_needs_a_second_person_too(session, treatment, dose):
    issuing.report_stop(
        session, dose, scanned="PT-other", at_injection=True, by=treatment.physician
    )
    with pytest.raises(StopNotCleared):
        treatment.inject(dose)

    treatment.inject(dose, second=treatment.proof(treatment.room.keeper))

    assert dose.status is DoseStatus.ADMINISTERED


def test_a_stop_at_an_injection_holds_the_other_doses(session, treatment, course):
    first, second = treatment.released(course, 2)
    treatment.at_the_clinic(first)

    issuing.report_stop(
        session, first, scanned="PT-other", at_injection=True, by=treatment.physician
    )

    problems = administering.problems_before(session, second, clock.today())
    assert "DeviationHolds" in {type(each).__name__ for each in problems}


def test_a_stop_is_remembered_when_nothing_else_is(database, proof_of):
    treatment, dose, other = at_work(database)
    proof = proof_of(treatment.physician)

    with pytest.raises(ClearanceNeeded):
        database.run(
            administering.record_administration,
            treatment.physician.id,
            key="injection",
            arguments=lambda session: {
                "dose": load(session, dose, Dose),
                "scanned_patient": other,
                "joint": Joint.KNEE,
                "side": Side.LEFT,
                "volume_ml": Decimal("2.9"),
                "injected_by": "Dr. Belova",
                "performed": treatment.done(),
                "proof": proof,
                "comment": "the patient came early",
            },
        )

    with database.reading() as session:
        remembered = session.scalars(select(Refusal)).all()
        assert [each.error for each in remembered] == ["ClearanceNeeded"]
        assert load(session, dose, Dose).status is DoseStatus.RECEIVED


def at_work(database):
    """(who treats, the code of a dose at the clinic, another patient's code), all committed."""
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
        treatment.at_the_clinic(dose)
        return treatment, dose.code, clinic.patient(treatment.session, "schmidt").code
