"""The pages of supplies show what used them, in as many queries whatever the number of uses."""

import pytest

from tests import laboratory
from tests.laboratory import supplies, uses, working


@pytest.fixture
def used(database):
    """`used(10)`: the enzyme, the incubator and bench 1 were used in ten steps more."""

    def using(times):
        with working(database) as session:
            technician = laboratory.person(session, "technician")
            sample = uses.tissue(session)
            for _ in range(times):
                step = uses.isolation(session, sample, technician)
                step.station = supplies.place(session, "bench")
                uses.use_lot(session, step, supplies.lot(session, "enzyme"), "20")
                uses.use_equipment(session, step, supplies.equipment(session, "incubator"))
            return step.code

    return using


@pytest.fixture
def addresses(database):
    with database.reading() as session:
        return [
            "/lots/",
            "/equipment/",
            "/places/",
            "/items/",
            f"/lots/{supplies.lot(session, 'enzyme').code}",
            f"/lots/{supplies.lot(session, 'complete_medium').code}",
            f"/equipment/{supplies.equipment(session, 'incubator').code}",
            f"/places/{supplies.place(session, 'bench').code}",
            f"/places/{supplies.place(session, 'shelf').code}",
        ]


def test_a_lot_a_piece_and_a_bench_name_the_steps_that_used_them(signed_in, used, addresses):
    code = used(2)
    technician = signed_in("technician")

    for address in (addresses[4], addresses[6], addresses[7]):
        assert code in technician.open(address).text
