"""Genealogy: from any piece everything before and after it, to the tissue and the joint."""

from contextlib import suppress

import pytest
from sqlalchemy import select, update

from lims import schema
from lims.models.fill import DoseStatus, VialStatus
from lims.models.sample import Sample
from lims.models.step import StepKind
from lims.models.vessel import Vessel
from lims.workflows import codes, genealogy
from lims.workflows.genealogy import NotMaterial
from tests import twins
from tests.counting import reads
from tests.laboratory.repeated import course_of_two


@pytest.fixture
def story(thaws, treatment, course):
    """Tissue, its first dose injected, vials of the same cells, two thawed for a second dose."""
    return course_of_two(thaws, treatment, course)


def kinds(found):
    return {node.kind for node in found.nodes}


def of(found, code):
    return next(node for node in found.nodes if node.code == code)


def test_a_second_dose_leads_back_over_its_vials_to_the_tissue(session, story):
    found = genealogy.of(session, story.second)

    assert of(found, session.scalars(select(Sample.code)).one()).passage is None
    assert {each.code for each in story.vials} - {each.code for each in found.nodes} == {
        story.kept.code
    }
    assert story.first.code not in {each.code for each in found.nodes}
    assert of(found, story.thawed.code).how is StepKind.THAW


def test_tissue_leads_to_both_doses_every_vial_and_the_joint(session, story):
    found = genealogy.of(session, session.scalars(select(Sample)).one())

    joint = of(found, story.injection.code)
    assert (joint.joint, joint.side, joint.session) == (
        story.injection.joint, story.injection.side, story.first.session.code,
    )  # fmt: skip
    assert of(found, story.first.code).status is DoseStatus.ADMINISTERED
    assert of(found, story.kept.code).status is VialStatus.STORED
    assert {story.first.code, story.second.code} < {each.code for each in found.nodes}
    assert kinds(found) == set(genealogy.STATUSES)


def test_what_was_pooled_goes_on_under_the_last_it_came_from(session, story):
    trees = genealogy.of(session, session.scalars(select(Sample)).one()).trees()

    seen = [each for _, each in genealogy.lines(trees) if each.node.code == story.thawed.code]
    assert [(each.below, bool(each.branches)) for each in seen] == [(True, False), (False, True)]


def test_each_piece_has_its_way_up_and_down_alone(session, story):
    vessels = session.scalars(select(Vessel).order_by(Vessel.id)).all()

    found = genealogy.of(session, vessels[0])

    assert vessels[1].code not in {each.code for each in found.nodes}
    assert {story.first.code, story.second.code} < {each.code for each in found.nodes}


def test_a_batch_has_what_was_made_in_it_what_went_into_it_and_what_came_of_it(session, story):
    found = genealogy.of(session, story.thawed.batch)

    asked = {each.code for each in found.nodes if each.asked}
    assert asked == {story.thawed.code, story.second.fill.code, story.second.code}
    assert session.scalars(select(Sample.code)).one() in {each.code for each in found.nodes}
    assert story.injection.code not in {each.code for each in found.nodes}


@pytest.mark.alike
def test_it_is_one_query_however_long_the_way(session, story):
    session.flush()

    with reads(session.get_bind()) as asked:
        genealogy.of(session, story.second)

    assert len(asked) == 1


def test_an_aliquot_leads_to_what_it_was_taken_from(session, at_the_bench, qc_room, course):
    vessels = at_the_bench.first_passage(course)
    (spent,) = qc_room.sample(vessels[0].batch, (vessels[0], "1"))

    found = genealogy.of(session, spent)

    assert [each.kind for each in found.nodes] == ["SA", "SU", "VE", "QC"]
    assert found.edges[-1].parent == vessels[0].code


def test_what_names_no_cells_has_no_genealogy(session, at_the_bench, course):
    step = at_the_bench.isolate(course).made_by

    for other in (course, step):
        with pytest.raises(NotMaterial):
            genealogy.of(session, other)


LINKS = [
    (table, column)
    for table, column, parent in twins.links()
    if parent.name in ("sample", "suspension", "vessel", "withdrawal", "fill", "dose", "vial")
    or column == "step_id"
]
"""The keys that a genealogy is read from."""
THEIRS = twins.SECOND + twins.SPARE


def pieces(session, patient):
    """Every piece of material of `patient` that one may ask from."""
    for kind, model in codes.models_by_kind().items():
        if kind == "BA" or (kind in genealogy.STATUSES and kind != genealogy.INJECTION):
            yield from session.scalars(select(model).where(model.patient_id == patient))


def test_another_patients_cells_are_never_reached_even_where_a_link_is_stored(database):
    twins.settle(database)
    with twins.unguarded(database) as connection:
        schema.drop_triggers(connection)
        for table, column in LINKS:
            own = table.c.id == twins.FIRST
            connection.execute(update(table).where(own).values({column: THEIRS}))

    with database.reading() as session:
        reached = set()
        for piece in pieces(session, twins.FIRST):
            with suppress(NotMaterial):  # what it was filled of is another's: it is no one's
                reached |= {node.code for node in genealogy.of(session, piece).nodes}
        theirs = {piece.code for piece in pieces(session, twins.SECOND)}
        bent = select(Vessel.id).where(Vessel.id == twins.FIRST, Vessel.harvested_into_id == THEIRS)
        assert session.scalars(bent).all(), "the control: the link is there"
    assert reached
    assert reached & theirs == set()
