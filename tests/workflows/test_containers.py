"""Containers of a plan and their labels: printed, stuck on, printed again, void, destroyed."""

import pytest

from lims.errors import NotPermitted, Stale, WrongState
from lims.models.label import LabelStatus
from lims.models.patient import Patient
from lims.workflows import collecting, containers, isolating, label_balance, labelling, steps
from lims.workflows.codes import UnexpectedKind
from lims.workflows.command import copies_read
from lims.workflows.containers import AlreadyUsed, LabelVoid, NotPlanned, TooMany
from lims.workflows.identity import Mismatch
from lims.workflows.label_copies import OtherCopy, WhichCopy
from lims.workflows.labelling import NoLabel, NotUsedAnyMore, OtherLabel, ReasonNeeded
from tests.laboratory.cells import given_out

L = LabelStatus


@pytest.fixture
def open_step(session, at_the_bench):
    def opened(course, bench="bench"):
        return isolating.start_isolation(
            session, at_the_bench.tissue(course), vessels=2, **at_the_bench.opening(bench)
        )

    return opened


@pytest.fixture
def step(open_step, course):
    return open_step(course)


@pytest.fixture
def vessel(session, step):
    return given_out(session, step, "VE")[0]


@pytest.fixture
def printing(session, step, technician):
    def printed(*codes, **values):
        given = {
            "step": step,
            "patient_id": step.patient_id,
            "layout": "medium",
            "content_sha256": "0" * 64,
        }
        given |= {"by": technician}
        return labelling.record_printed(session, codes=codes, **given | values)

    return printed


def statuses(session, code):
    rows = session.query(labelling.Label).filter_by(subject_code=code).order_by("copy")
    return [(row.copy, row.status) for row in rows]


def test_a_printed_label_waits_to_be_stuck_on(session, printing, vessel):
    printing(vessel)

    assert statuses(session, vessel) == [(1, L.SENT)]


@pytest.mark.parametrize("what", ["card", "kit"])
def test_a_label_bears_the_patient_of_what_it_is_for(
    session, printing, physician, other_course, other_patient, what
):
    kit = collecting.order_kit(session, other_course, by=physician)
    code = other_patient.code if what == "card" else kit.code

    with pytest.raises(Mismatch):
        printing(code, step=None)


def test_a_label_scanned_into_its_container_is_applied(session, printing, step, vessel):
    printing(vessel)

    containers.take(session, step, vessel, "VE")

    assert statuses(session, vessel) == [(1, L.APPLIED)]


def test_of_a_container_whose_label_was_printed_again_the_copy_on_it_is_asked_for(
    session, printing, step
):
    codes = given_out(session, step, "VE")
    printing(*codes)
    printing(codes[1], reason="smeared")

    with pytest.raises(WhichCopy) as asked:
        containers.take_all(session, step, codes, "VE")

    assert (asked.value.field, asked.value.parameters["codes"]) == ("copies", [codes[1]])


def test_a_container_that_bears_an_old_copy_of_its_label_is_not_taken(
    session, printing, step, vessel
):
    printing(vessel)
    printing(vessel, reason="smeared")

    copies_read(session, {vessel: 1})
    with pytest.raises(OtherCopy):
        containers.take(session, step, vessel, "VE")
    copies_read(session, {vessel: 2})
    containers.take(session, step, vessel, "VE")

    assert statuses(session, vessel) == [(1, L.VOID), (2, L.APPLIED)]


def test_a_label_of_one_step_is_not_used_in_another(
    session, at_the_bench, open_step, course, step, vessel
):
    other = open_step(course, bench="second_bench")

    with pytest.raises(NotPlanned) as refused:
        containers.take(session, other, vessel, "VE")

    assert refused.value.recorded


def test_a_label_of_another_patient_stops_everything(session, open_step, other_course, vessel):
    other = open_step(other_course, bench="second_bench")

    with pytest.raises(Mismatch):
        containers.take(session, other, vessel, "VE")


def test_a_void_label_is_refused(session, printing, step, vessel, technician):
    printing(vessel)
    labelling.void_label(session, code=vessel, reason="smeared", by=technician)

    with pytest.raises(LabelVoid):
        containers.take(session, step, vessel, "VE")
    with pytest.raises(LabelVoid):
        labelling.apply_label(session, code=vessel, by=technician)


def test_a_label_scanned_back_before_the_cells_are_in_fits_its_container(
    session, step, vessel, printing, technician
):
    printing(vessel)
    labelling.apply_label(session, code=vessel, by=technician)

    assert containers.take(session, step, vessel, "VE") == vessel


def test_a_container_that_holds_material_is_refused_even_unlabelled(session, at_the_bench, course):
    tube = at_the_bench.isolate(course)

    with pytest.raises(AlreadyUsed):
        containers.take(session, tube.made_by, tube.code, "SU")


def test_a_container_of_another_kind_says_what_it_is(session, step, vessel):
    with pytest.raises(UnexpectedKind) as refused:
        containers.take(session, step, vessel, "SU")

    assert "of the kind: vessel" in refused.value.english()


def test_a_reprint_says_why(printing, vessel):
    printing(vessel)

    with pytest.raises(ReasonNeeded):
        printing(vessel, reason="  ")


def test_a_reprint_is_copy_two_and_makes_the_first_void(session, printing, vessel):
    printing(vessel)

    [label] = printing(vessel, reason="smeared")

    assert label.reprint_reason == "smeared"
    assert statuses(session, vessel) == [(1, L.VOID), (2, L.SENT)]


def test_a_sheet_made_before_another_print_is_refused(printing, vessel):
    printing(vessel, copies=[1])

    with pytest.raises(Stale):
        printing(vessel, copies=[1], reason="smeared")


def test_a_label_is_scanned_back_at_its_step_only(
    session, printing, step, vessel, open_step, course, technician
):
    printing(vessel)
    other = open_step(course, bench="second_bench")

    with pytest.raises(NotPlanned):
        labelling.apply_label(session, code=vessel, step=other, by=technician)
    labelling.apply_label(session, code=vessel, step=step, by=technician)

    assert statuses(session, vessel) == [(1, L.APPLIED)]


def test_scanning_back_another_label_is_refused(session, printing, step, vessel, technician):
    other = given_out(session, step, "VE")[1]
    printing(vessel, other)

    with pytest.raises(OtherLabel):
        labelling.apply_label(session, code=other, expected=vessel, by=technician)


def test_of_a_label_printed_again_the_copy_in_the_hand_is_asked_for(
    session, printing, vessel, technician
):
    printing(vessel)
    printing(vessel, reason="something was drawn")

    with pytest.raises(WhichCopy):
        labelling.apply_label(session, code=vessel, by=technician)
    with pytest.raises(OtherCopy):
        labelling.apply_label(session, code=vessel, copy=1, by=technician)
    labelling.apply_label(session, code=vessel, copy=2, by=technician)

    assert statuses(session, vessel) == [(1, L.VOID), (2, L.APPLIED)]


def test_a_label_never_printed_is_not_scanned_back(session, vessel, technician):
    with pytest.raises(NoLabel):
        labelling.apply_label(session, code=vessel, by=technician)


def test_each_void_copy_is_destroyed_by_its_number(session, printing, vessel, technician):
    printing(vessel)
    printing(vessel, reason="smeared")

    labelling.destroy_label(session, code=vessel, copy=1, by=technician)

    assert statuses(session, vessel) == [(1, L.DESTROYED), (2, L.SENT)]


def test_a_label_in_use_is_not_destroyed(session, printing, vessel, technician):
    printing(vessel)

    with pytest.raises(WrongState):
        labelling.destroy_label(session, code=vessel, by=technician)


def test_a_container_whose_step_is_over_gets_no_label(
    session, printing, step, vessel, technician, lead, proof_of
):
    steps.void_step(session, step, reason="no power", checker=proof_of(lead), by=technician)

    with pytest.raises(NotUsedAnyMore):
        printing(vessel)


def test_a_reprint_counts_for_the_step_of_the_first_copy(session, printing, step, vessel):
    printing(vessel)

    [second] = printing(vessel, step=None, reason="smeared")

    assert second.step_id == step.id


def test_labels_are_counted_by_their_status(session, printing, step, vessel, technician):
    printing(vessel)
    printing(vessel, reason="smeared")
    labelling.destroy_label(session, code=vessel, copy=1, by=technician)
    labelling.apply_label(session, code=vessel, copy=2, by=technician)

    assert label_balance.reconciliation(session, [step.id]) == {L.APPLIED: 1, L.DESTROYED: 1}


def test_too_many_containers_are_not_planned(session, step):
    with pytest.raises(TooMany):
        containers.plan(session, step, "VE", 201)


def test_the_clinic_prints_cards_and_kits_and_no_container_of_a_bench(
    printing, session, step, vessel, physician
):
    patient = session.get_one(Patient, step.patient_id)

    printing(patient.code, step=None, by=physician)
    with pytest.raises(NotPermitted):
        printing(vessel, by=physician)
