"""A joint that is none of those listed is said in words, wherever an injection is told."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.models.site import Joint
from lims.workflows import corrections, genealogy, sessions
from tests.workflows.test_courses import INJECTION, plan

JAW = replace(INJECTION, joint=Joint.OTHER, joint_named="jaw")


@pytest.fixture
def dose(treatment, course):
    (released,) = treatment.released(course)
    return treatment.at_the_clinic(released)


@pytest.fixture
def mend(session, treatment):
    def mend(step, field, value, **more):
        return corrections.correct_step(
            session, step, field=field, value=value, reason="read again", version=step.version,
            comment="so it was", by=treatment.physician, **more,
        )  # fmt: skip

    return mend


def said(refused):
    return type(refused.value.parameters["problem"]).__name__


def test_another_joint_is_planned_in_words(session, course, physician):
    spaced = replace(JAW, joint_named="  jaw ")

    assert sessions.as_planned(plan(session, course, physician, injections=[spaced])) == [JAW]


@pytest.mark.parametrize(
    ("joint", "words", "problem"),
    [
        ("other", None, "JointUnnamed"),
        ("other", "  ", "JointUnnamed"),
        ("hip", "jaw", "JointListed"),
    ],
)
def test_words_and_the_joint_chosen_fit_together(session, course, physician, joint, words, problem):
    injection = replace(INJECTION, joint=Joint(joint), joint_named=words)

    with pytest.raises(FieldError) as refused:
        plan(session, course, physician, injections=[injection])

    assert (refused.value.field, said(refused)) == ("injections", problem)


@pytest.mark.parametrize("words", ["NULL", "''"])
def test_the_database_itself_asks_which_joint_it_is(session, course, words):
    row = course.sessions[0].administrations[0]
    change = f"UPDATE planned_administration SET joint = 'other', joint_named = {words}"

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"{change} WHERE id = :id"), {"id": row.id})


def test_the_database_refuses_another_joint_put_in_without_words(session, course):
    row = course.sessions[0].administrations[0]
    columns = "patient_id, session_id, side, volume_ml, cells, version"

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            text(
                f"INSERT INTO planned_administration (joint, {columns})"
                f" SELECT 'other', {columns} FROM planned_administration WHERE id = :id"
            ),
            {"id": row.id},
        )


def test_two_other_joints_are_two(session, course, physician):
    both = [JAW, replace(JAW, joint_named="toe")]

    assert plan(session, course, physician, injections=both)


def test_one_other_joint_is_one_however_it_is_written(session, course, physician):
    with pytest.raises(FieldError) as refused:
        plan(session, course, physician, injections=[JAW, replace(JAW, joint_named="Jaw")])

    assert "Jaw, left: 2 injections" in refused.value.english()


def test_an_injection_into_another_named_joint_is_not_as_planned(session, treatment, dose):
    treatment.inject(dose, joint=Joint.OTHER, joint_named="jaw")

    told = [each.description for each in session.scalars(select(Deviation))]
    assert any("jaw, left" in str(each) for each in told)


def test_the_tree_of_a_batch_tells_the_joint_in_words(session, treatment, dose):
    treatment.inject(dose, joint=Joint.OTHER, joint_named="jaw")

    found = genealogy.of(session, dose)
    assert [each.joint_named for each in found.nodes if each.joint] == ["jaw"]


def test_a_joint_corrected_to_another_is_named_with_it(treatment, dose, mend):
    step = treatment.inject(dose)

    with pytest.raises(FieldError):
        mend(step, "joint", Joint.OTHER)
    assert mend(step, "joint", Joint.OTHER, joint_named="jaw").joint_named == "jaw"
    assert mend(step, "joint_named", "toe").joint_named == "toe"


def test_a_joint_corrected_to_one_that_is_listed_loses_its_words(treatment, dose, mend):
    step = treatment.inject(dose, joint=Joint.OTHER, joint_named="jaw")

    assert mend(step, "joint", Joint.KNEE).joint_named is None


def test_words_are_corrected_of_another_joint_alone(treatment, dose):
    step = treatment.inject(dose)

    assert "joint_named" not in corrections.correctable_columns(step)
