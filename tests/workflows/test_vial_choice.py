"""Which vials an order takes first, how many of them do, and the recovery that is counted on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lims.models.fill import Vial
from lims.workflows import courses, order_gate, recovery, sessions, vial_choice
from lims.workflows.order_gate import AgreementNeeded
from lims.workflows.recovery import Recovery
from tests.laboratory.clinic import PRESCRIPTION

HERE = Recovery(Decimal(80), Decimal(0))


def vial(cells):
    return Vial(volume_ml=Decimal(1), viable_cells=cells)


def alike(number, cells=10_000_000):
    """So many vials of as many viable cells each."""
    return [vial(cells) for _ in range(number)]


@pytest.mark.parametrize(
    ("dose", "margin", "vials"), [(10**7, 0, 2), (5 * 10**7, 0, 7), (10**8, 0, 13), (10**8, 10, 14)]
)
def test_a_dose_takes_as_many_vials_as_the_formula_says(dose, margin, vials):
    known = Recovery(Decimal(80), Decimal(margin))

    chosen = vial_choice.enough_of(alike(20), dose, known)

    assert len(chosen) == vials


def test_a_vial_that_was_not_counted_is_not_counted_on():
    unknown, known = vial(None), alike(1)

    assert vial_choice.enough_of([unknown, *known], 10**6, HERE) == known


def test_what_is_left_is_told_in_whole_doses():
    assert vial_choice.doses_in(alike(5), 3 * 10**7, HERE) == 1


@pytest.fixture
def older(orders, course):
    """A released vial of the second passage, beside one of P0."""
    young, old = orders.released(course, 1)[0], orders.released(course, 1)[0]
    old.fill.passage = 2
    old.fill.withdrawal.suspension.cumulative_doublings = Decimal("6.2")
    orders.session.flush()
    return young, old


def first(session, patient, expand):
    choices = vial_choice.in_store(session, patient.id, "thaw", expand=expand)
    return vial_choice.takeable(choices)[0]


def test_cells_given_as_they_are_come_from_the_oldest_passage(session, patient, older):
    assert first(session, patient, expand=False) is older[1]


def test_cells_to_be_expanded_come_from_the_youngest(session, patient, older):
    assert first(session, patient, expand=True) is older[0]


def test_vials_of_unknown_passage_are_taken_last(session, patient, older):
    older[1].fill.passage = None
    session.flush()

    assert first(session, patient, expand=False) is older[0]


def test_of_two_alike_the_one_filled_first_is_taken(session, orders, course, patient):
    earlier, _later = orders.released(course, 2)

    assert first(session, patient, expand=False) is earlier


def test_own_thaws_count_once_there_are_enough_of_them(session, orders, thaws, course):
    orders.released(course, 4)
    orders.released(course, 1)
    for number, live in enumerate((3_500_000, 3_600_000, 3_700_000, 4_600_000, 4_700_000)):
        assert recovery.expected(session).thaws == 0, number
        order = orders.scheduled(orders.thaw(course, None, vials=1))
        orders.retrieve(order)
        step = thaws.begun(order)
        thaws.record(step, live=live, dead=100_000)
        thaws.bench.close(step)

    known = recovery.expected(session)
    assert (known.pct, known.thaws) == (Decimal(74), 5)


@pytest.fixture
def later_order(session, orders, course, patient, physician):
    """An order of the vials of one course for a session of the next."""
    vials = orders.released(course, 1)
    second = courses.order_course(session, patient, prescription=PRESCRIPTION, by=physician)
    planned = orders.sitting(course)
    sessions.plan_session(
        session, second, planned_on=planned.planned_on + timedelta(days=1), by=physician,
        injections=sessions.as_planned(planned),
    )  # fmt: skip
    return orders.submit(orders.thaw(second, None, vials=1)), vials


def test_vials_kept_beyond_their_course_need_an_agreement(session, orders, later_order):
    order, vials = later_order

    with pytest.raises(AgreementNeeded):
        orders.check(order, vials)


def test_vials_for_a_session_of_their_own_course_need_none(session, orders, course):
    vials = orders.released(course, 1)
    order = orders.thaw(course, None, vials=1)

    assert order_gate.problems_with(session, order, vials) == []
