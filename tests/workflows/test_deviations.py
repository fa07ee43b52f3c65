"""The life of a deviation: reported, graded, investigated, decided by quality, closed."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import NotPermitted, Stale, WrongState
from lims.models.batch import Batch
from lims.models.deviation import DeviationStatus, DeviationSupply, Grade
from lims.models.sample import Sample
from lims.models.step import StepLot
from lims.permissions import Role
from lims.workflows import deviation_decisions as decisions
from lims.workflows import deviation_links as links
from lims.workflows import deviations, releasing, reviewing, roles, signing
from lims.workflows.deviation_rules import RULES
from lims.workflows.reviewing import DeviationOpen


@pytest.fixture
def batch(at_the_bench, course):
    return at_the_bench.isolate(course, close=True).batch


@pytest.fixture
def deviation(session, batch, technician):
    return deviations.report_deviation(
        session,
        title="The alarm rang",
        description="For a minute",
        subjects=[batch],
        by=technician,
    )


@pytest.fixture
def life(session, deviation, lead, qa_officer, proof_of):
    return Life(session, deviation, lead, qa_officer, proof_of)


class Life:
    """A deviation of the lead's, moved on to the status wanted."""

    def __init__(self, session, deviation, lead, qa, proof_of):
        self.session, self.deviation, self.lead, self.qa = session, deviation, lead, qa
        self.proof_of = proof_of

    def classify(self, owner=None, grade=Grade.MAJOR):
        return decisions.classify_deviation(
            self.session,
            self.deviation,
            grade=grade,
            owner=owner or self.lead,
            text="to look at",
            by=self.lead,
        )

    def move(self, command):
        return command(self.session, self.deviation, text="looked at", by=self.lead)

    def sign(self, command, by=None, **also):
        by = by or self.qa
        values = {"text": "agreed", "proof": self.proof_of(by), "by": by}
        return command(self.session, self.deviation, **values | also)

    def proposed(self):
        self.classify()
        self.move(decisions.investigate_deviation)
        return self.move(decisions.propose_decision)

    def checked(self):
        self.proposed()
        self.sign(decisions.approve_decision)
        return self.move(decisions.check_effect)

    def closed(self):
        self.checked()
        return self.sign(decisions.close_deviation)


def test_a_deviation_goes_its_whole_way(life, deviation):
    life.closed()

    assert [row.became for row in deviation.decisions] == [
        DeviationStatus.CLASSIFIED,
        DeviationStatus.INVESTIGATING,
        DeviationStatus.PROPOSED,
        DeviationStatus.APPROVED,
        DeviationStatus.CHECKING_EFFECT,
        DeviationStatus.CLOSED,
    ]


def test_the_owner_does_not_close(session, life, deviation, qa_officer):
    life.checked()
    deviation.owner_id = qa_officer.id

    with pytest.raises(decisions.OwnerDoesNotClose) as refused:
        life.sign(decisions.close_deviation)

    assert refused.value.recorded


def test_nobody_owns_what_only_they_could_close(life, qa_officer):
    with pytest.raises(decisions.NobodyToClose):
        life.classify(owner=qa_officer)


def test_a_second_officer_closes_what_the_first_owns(session, life, analyst, qa_officer):
    roles.give(session, analyst, Role.QA_OFFICER, None)

    life.classify(owner=qa_officer)

    assert life.deviation.owner_id == qa_officer.id


def test_an_owner_investigates(life, keeper):
    with pytest.raises(decisions.NotAnOwner):
        life.classify(owner=keeper)


def test_the_lead_proposes_and_quality_decides(session, life, lead):
    life.proposed()

    with pytest.raises(NotPermitted):
        life.sign(decisions.approve_decision, by=lead)


def test_nothing_is_approved_before_it_is_proposed(life):
    life.classify()

    with pytest.raises(WrongState):
        life.sign(decisions.approve_decision)


def test_a_proposal_goes_back_to_be_investigated(life, deviation):
    life.proposed()

    life.move(decisions.investigate_deviation)

    assert deviation.status is DeviationStatus.INVESTIGATING


def test_every_move_says_something(session, life, deviation, lead):
    life.classify()

    with pytest.raises(decisions.TextNeeded):
        decisions.investigate_deviation(session, deviation, text=" ", by=lead)


def test_quality_signs_what_it_has_seen(life, deviation, proof_of, qa_officer):
    life.proposed()
    proof = proof_of(qa_officer)
    proof.seen = signing.sha256_of(decisions.shown_before(deviation))
    life.move(decisions.investigate_deviation)
    life.move(decisions.propose_decision)

    with pytest.raises(Stale):
        life.sign(decisions.approve_decision, proof=proof)


def test_both_signatures_hold_after_the_deviation_is_closed(life, deviation):
    life.closed()

    signed = [row for row in deviation.decisions if row.signature is not None]
    assert [decisions.still_signed(deviation, row) for row in signed] == [True, True]


@pytest.mark.parametrize(
    ("column", "value"),
    [("title", "Another"), ("description", "Another"), ("grade", Grade.MINOR)],
)
def test_a_signature_ends_with_a_change_of_what_was_signed(life, deviation, column, value):
    life.closed()

    setattr(deviation, column, value)

    signed = [row for row in deviation.decisions if row.signature is not None]
    assert [decisions.still_signed(deviation, row) for row in signed] == [False, False]


def test_a_signature_ends_with_a_change_of_the_signers_own_words(life, deviation):
    life.closed()
    approval = next(row for row in deviation.decisions if row.signature is not None)

    approval.text = "never said"

    assert not decisions.still_signed(deviation, approval)


def test_an_undecided_deviation_blocks_the_release(session, treatment, course):
    fill = treatment.filled(course)
    told = deviations.report_deviation(
        session, title="Draught", description="-", subjects=[fill], by=treatment.room.analyst
    )
    before = reviewing.missing_for_conditional(session, fill)

    treatment.room.investigate(told)

    assert [type(each) for each in before] == [DeviationOpen]
    assert reviewing.missing_for_conditional(session, fill) == []


def test_an_open_critical_deviation_blocks_the_release(session, treatment, course):
    fill = treatment.filled(course)
    deviations.open_by_rule(
        session, "contamination", fill.batch, description="seen", by=treatment.room.qa
    )

    with pytest.raises(releasing.NotReleasable, match="is not decided"):
        treatment.release(fill)


def test_a_duplicate_hands_over_what_it_is_about(
    session, deviation, at_the_bench, other_course, lead
):
    vessels = at_the_bench.first_passage(other_course)
    again = deviations.report_deviation(
        session, title="Again", description="-", subjects=vessels, by=lead
    )

    links.mark_duplicate(session, again, of=deviation, text="the same alarm", by=lead)

    assert again.status is DeviationStatus.DUPLICATE
    assert {each.id for each in vessels} <= {row.vessel_id for row in deviation.subjects}
    assert deviation in deviations.blocking(deviations.of_batch(session, vessels[0].batch))


def test_a_deviation_is_no_duplicate_of_itself(session, deviation, lead):
    with pytest.raises(links.DuplicateOfItself):
        links.mark_duplicate(session, deviation, of=deviation, text="-", by=lead)


def test_a_decided_deviation_answers_for_no_new_report(session, life, deviation, lead):
    life.closed()
    again = deviations.report_deviation(session, title="Again", description="-", by=lead)

    with pytest.raises(links.OriginalEnded):
        links.mark_duplicate(session, again, of=deviation, text="-", by=lead)


def test_a_closed_deviation_is_reopened_as_a_new_version_that_blocks_again(
    session, life, deviation, batch, qa_officer
):
    life.closed()
    assert deviations.blocking(deviations.of_batch(session, batch)) == []

    again = links.reopen_deviation(session, deviation, text="It rang again", by=qa_officer)

    assert again.reopens_id == deviation.id
    assert deviation.status is DeviationStatus.CLOSED
    assert deviations.blocking(deviations.of_batch(session, batch)) == [again]


def test_a_deviation_is_reopened_once(session, life, deviation, qa_officer):
    life.closed()
    links.reopen_deviation(session, deviation, text="again", by=qa_officer)

    with pytest.raises(links.ReopenedAlready):
        links.reopen_deviation(session, deviation, text="again", by=qa_officer)


def test_lots_and_equipment_come_along(session, lot_of, equipment_of, lead, qa_officer, proof_of):
    told = deviations.report_deviation(
        session,
        title="Cloudy",
        description="-",
        subjects=[lot_of("medium"), equipment_of("incubator")],
        by=lead,
    )
    Life(session, told, lead, qa_officer, proof_of).closed()

    again = links.reopen_deviation(session, told, text="again", by=qa_officer)

    rows = session.scalars(
        select(DeviationSupply).where(DeviationSupply.deviation_id == again.id)
    ).all()
    assert {(row.lot_id, row.equipment_id) for row in rows} == {
        (lot_of("medium").id, None),
        (None, equipment_of("incubator").id),
    }


def test_a_dose_names_its_fill_and_its_batch(session, treatment, course):
    (dose,) = treatment.released(course)
    told = deviations.report_deviation(
        session, title="-", description="-", subjects=[dose], by=treatment.physician
    )

    named = {
        column: getattr(row, column)
        for row in told.subjects
        for column in deviations.SUBJECT_COLUMNS
        if getattr(row, column)
    }

    assert named == {"dose_id": dose.id, "fill_id": dose.fill_id, "batch_id": dose.fill.batch_id}


def test_a_patient_is_not_what_a_deviation_is_about(session, patient, lead):
    with pytest.raises(deviations.NotASubject):
        deviations.report_deviation(
            session, title="-", description="-", subjects=[patient], by=lead
        )


def test_every_rule_has_a_title_and_a_grade():
    assert all(title and grade in Grade for title, grade in RULES.values())


def reported(session, lead, *subjects):
    return deviations.report_deviation(
        session, title="A smell", description="-", subjects=subjects, by=lead
    )


@pytest.mark.parametrize("name", ["medium", "incubator", "cabinet"])
def test_what_is_reported_of_a_lot_or_a_device_blocks_what_was_made_with_it(
    session, treatment, course, lot_of, equipment_of, lead, technician, name
):
    fill = treatment.filled(course)
    used = lot_of("complete_medium")
    session.add(
        StepLot(patient_id=fill.patient_id, step_id=fill.made_by_id, lot_id=used.id, quantity=1)
    )
    session.flush()

    deviation = reported(session, lead, (lot_of if name == "medium" else equipment_of)(name))

    assert deviations.blocking(deviations.of_batch(session, fill.batch)) == [deviation]
    assert deviations.blocked_by(session, deviation) == [fill]


def test_what_is_reported_of_another_lot_blocks_nothing(session, treatment, course, lot_of, lead):
    fill = treatment.filled(course)

    deviation = reported(session, lead, lot_of("kit"))

    assert deviations.blocking(deviations.of_batch(session, fill.batch)) == []
    assert deviations.blocked_by(session, deviation) == []


def test_what_was_decided_before_a_batch_began_is_not_of_it(
    session, qc_room, course, equipment_of, lead
):
    deviation = reported(session, lead, equipment_of("incubator"))
    qc_room.investigate(deviation)

    with time_machine.travel(clock.now() + timedelta(days=1)):
        batch = qc_room.cells(course).batch

    assert deviations.of_batch(session, batch) == []


def test_what_was_decided_of_the_tissue_is_told_of_thawed_cells_too(
    session, orders, thaws, course, qc_room, lead
):
    order = orders.retrieved(course)
    tissue = session.scalars(select(Sample)).one()
    deviation = reported(session, lead, tissue)
    qc_room.investigate(deviation)

    with time_machine.travel(clock.now() + timedelta(days=1)):
        batch = session.get_one(Batch, thaws.begun(order).batch_id)

    assert deviation in deviations.of_batch(session, batch)


def test_what_fails_in_thawed_cells_is_told_of_the_vials_that_are_left(
    session, thaws, course, qc_room
):
    cells = thaws.thawed(course)
    frozen = thaws.sources(cells)[0].fill.batch
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.1"))
    (test,) = qc_room.ask(aliquot, "gram_stain")
    qc_room.enter(qc_room.start_test(test), "organisms seen")
    assert deviations.of_batch(session, frozen) == []

    qc_room.verify(test)

    (told,) = deviations.of_batch(session, frozen)
    assert told.told.parameters["code"] == test.code
