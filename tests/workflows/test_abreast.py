"""Lists of several tables are read in one look-up, each as if it had been asked for alone."""

import pytest
from sqlalchemy import false, select

from lims.models.fill import Disposition
from lims.models.specification import SpecificationLimit, SpecificationPolicy
from lims.models.user import User
from lims.workflows.abreast import abreast, give, read
from tests.counting import reads
from tests.laboratory.desk import Desk

EVERY = SpecificationLimit.id > 0, SpecificationPolicy.id > 0, User.id > 0


@pytest.fixture
def alone(session):
    def alone(model):
        return session.scalars(select(model).order_by(model.id)).unique().all()

    return alone


def test_no_list_multiplies_another_or_loses_its_order(session, alone):
    limits, policies, people = EVERY
    asked = abreast((SpecificationLimit, limits), (SpecificationPolicy, policies), (User, people))

    found = read(session, asked)

    assert found == [alone(SpecificationLimit), alone(SpecificationPolicy), alone(User)]
    assert all(found)


def test_they_are_one_query(session):
    limits, policies, _ = EVERY

    with reads(session.get_bind().engine) as queries:
        read(session, abreast((SpecificationLimit, limits), (SpecificationPolicy, policies)))

    assert len(queries) == 1


def test_a_list_without_rows_leaves_the_others_as_they_are(session, alone):
    asked = abreast((SpecificationLimit, EVERY[0]), (SpecificationPolicy, false()))

    assert read(session, asked) == [alone(SpecificationLimit), []]


def test_what_always_comes_with_a_record_hides_no_row_of_another_list(
    session, qc_room, course, alone
):
    desk = Desk(session, qc_room)
    fill = desk.ready(course)
    desk.release(fill)
    session.expire_all()

    decisions = Disposition, Disposition.fill_id == fill.id
    decided, limits = read(session, abreast(decisions, (SpecificationLimit, EVERY[0])))

    assert decided
    assert limits == alone(SpecificationLimit)


def test_what_is_given_to_its_owner_is_not_asked_for_again(session):
    version = session.scalars(select(SpecificationLimit)).first().specification_version
    known = list(version.limits)
    session.expire(version, ["limits"])

    give({version.id: version}, "limits", known, "specification_version_id")

    with reads(session.get_bind().engine) as queries:
        assert version.limits == known
    assert queries == []
