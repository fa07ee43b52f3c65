"""A label says what its container holds; one that does not is told, and stands in the way."""

from decimal import Decimal

import pytest

from lims.models.fill import DoseStatus
from lims.workflows import agenda_bench, containers, dose_gate, labelling, rejecting, reviewing
from lims.workflows.label_contents import Contents, OutOfDate, out_of_date

PLANNED = Contents(Decimal(3), 51_000_000)


@pytest.fixture
def fill(treatment, course):
    """Two syringes of 3 mL; 0.1 mL of the second was drawn for its tests."""
    return treatment.filled(course, 2)


@pytest.fixture
def printed(session, technician):
    """`printed(dose, contents)` prints its label anew, sticks it on, destroys the one before."""

    def stuck_on(dose, contents=None):
        before = containers.current_label(session, dose.code).copy
        labelling.record_printed(
            session, patient_id=dose.patient_id, codes=[dose.code], layout="dose", by=technician,
            content_sha256="0" * 64, contents=contents and [contents], reason="asked for",
        )  # fmt: skip
        labelling.apply_label(session, code=dose.code, copy=before + 1, by=technician)
        labelling.destroy_label(session, code=dose.code, copy=before, by=technician)

    return stuck_on


@pytest.fixture
def told(session):
    """What is told of the labels of these doses."""
    return lambda *doses: out_of_date(
        doses, containers.copies_of(session, [dose.code for dose in doses])
    )


@pytest.fixture
def waiting(session):
    """The codes of what waits at the bench to be labelled anew."""
    return lambda: [row.code for row in session.execute(agenda_bench.labels_to_stick_on())]


def test_a_label_that_says_what_was_filled_is_left_alone(fill, printed, told):
    printed(fill.doses[0], PLANNED)

    assert told(fill.doses[0]) == []


@pytest.mark.parametrize("contents", [Contents(Decimal(2), None), Contents(None, 50_900_000)])
def test_a_label_by_the_plan_is_out_of_date_where_something_else_was_filled(
    fill, printed, told, contents
):
    printed(fill.doses[0], contents)

    (problem,) = told(fill.doses[0])

    assert isinstance(problem, OutOfDate)
    assert problem.english().endswith("Print a new label, stick it on and destroy the old one.")


def test_a_label_is_out_of_date_once_something_was_drawn(fill, printed, told):
    printed(fill.doses[1], PLANNED)

    (problem,) = told(fill.doses[1])

    assert "says 3 mL; 51000000 cells, and it holds 2.9 mL; 49300000 cells" in problem.english()


def test_a_label_that_leaves_its_contents_open_says_nothing_untrue(fill, printed, told):
    printed(fill.doses[1])

    assert told(fill.doses[1]) == []


def test_a_new_label_with_what_is_left_settles_it(fill, printed, told):
    dose = fill.doses[1]
    printed(dose, PLANNED)

    printed(dose, Contents(dose.left_ml(), dose.left_cells()))

    assert told(dose) == []


def test_until_then_the_fill_is_not_reviewed(session, fill, printed):
    printed(fill.doses[1], PLANNED)

    (missing,) = reviewing.missing_for_review(session, fill)

    assert (type(missing), missing.parameters["code"]) == (OutOfDate, fill.doses[1].code)


def test_until_then_the_dose_is_not_handed_over(session, treatment, fill, printed):
    treatment.release(fill)
    dose = fill.doses[0]
    printed(dose, Contents(Decimal(2), 34_000_000))

    found = dose_gate.problems_with(session, dose, dose.session)

    assert [type(each) for each in found] == [OutOfDate]


def test_a_label_that_has_left_the_house_is_not_asked_for_anew(treatment, fill, printed, told):
    treatment.release(fill)
    dose = fill.doses[0]
    treatment.hand_over(dose)
    printed(dose, Contents(Decimal(2), None))

    assert told(dose) == []


def test_a_vial_is_asked_for_a_label_until_it_is_frozen(bank, course, printed, told):
    fill = bank.filled(course)
    vial = fill.vials[0]
    printed(vial, Contents(vial.volume_ml + 1, vial.viable_cells))

    before = told(vial)
    bank.freeze(fill)

    assert ([type(each) for each in before], told(vial)) == ([OutOfDate], [])


def test_what_tests_used_up_needs_no_label_and_bars_no_review(
    session, treatment, fill, printed, told
):
    emptied = fill.doses[1]
    treatment.room.sample(fill.batch, (emptied, str(emptied.left_ml())))
    printed(emptied, PLANNED)

    assert emptied.is_used_up
    assert told(emptied) == []
    assert emptied.code not in str(
        [each.parameters for each in reviewing.missing_for_review(session, fill)]
    )


def test_what_tests_used_up_may_lie_without_a_label(session, treatment, fill, technician):
    emptied = fill.doses[1]
    treatment.room.sample(fill.batch, (emptied, str(emptied.left_ml())))

    labelling.void_label(session, code=emptied.code, reason="used up", by=technician)
    labelling.destroy_label(session, code=emptied.code, by=technician)

    assert reviewing.missing_for_review(session, fill) == []


def test_an_emptied_syringe_is_no_dose_to_release(session, treatment, fill):
    full, emptied = fill.doses
    treatment.room.sample(fill.batch, (emptied, "2.9"))

    treatment.release(fill)

    assert fill.to_give == [full]
    assert [full.status, emptied.status] == [DoseStatus.AVAILABLE, DoseStatus.QUARANTINED]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("cells", [50_949_999, 50_950_000, 51_049_999, 51_050_000, 49_300_000])
def test_what_stands_in_the_way_waits_at_the_bench_and_nothing_else(
    fill, printed, told, waiting, number, cells
):
    dose = fill.doses[number]
    printed(dose, Contents(None, cells))

    assert waiting() == [problem.parameters["code"] for problem in told(dose)]


def test_a_new_label_waits_until_it_sticks(session, fill, technician, waiting):
    dose = fill.doses[1]
    held = Contents(dose.left_ml(), dose.left_cells())
    labelling.record_printed(
        session, patient_id=dose.patient_id, codes=[dose.code], layout="dose", by=technician,
        content_sha256="0" * 64, contents=[held], reason="drawn from",
    )  # fmt: skip
    before = waiting()

    labelling.apply_label(session, code=dose.code, copy=2, by=technician)

    assert (before, waiting()) == ([dose.code], [])


def test_nobody_labels_what_was_rejected(session, treatment, fill, printed, waiting, qa_officer):
    printed(fill.doses[1], PLANNED)
    before = waiting()

    proof = treatment.proof(qa_officer)
    rejecting.reject_fill(session, fill, reason="no", proof=proof, by=qa_officer)

    assert (before, waiting()) == ([fill.doses[1].code], [])


def test_a_vial_waits_for_its_label_until_it_is_frozen(bank, course, printed, waiting):
    fill = bank.filled(course)
    printed(fill.vials[0], Contents(Decimal(2), None))
    before = waiting()

    bank.freeze(fill)

    assert (before, waiting()) == ([fill.vials[0].code], [])
