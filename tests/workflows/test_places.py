"""Places lie in one another, and stations and shelves are known by their codes."""

import pytest

from lims.errors import NotPermitted, Stale
from lims.models.equipment import EquipmentStatus, PlaceKind
from lims.workflows import places, states
from lims.workflows.places import EquipmentRetired, LiesIn, ShelfOfNothing, SiteIsOutermost


@pytest.fixture
def add(session, administrator):
    def added(kind, *, within=None, equipment=None, by=administrator):
        return places.add_place(
            session, name="New place", kind=kind, within=within, equipment=equipment, by=by
        )

    return added


def test_a_bench_lies_in_a_room(add, place_of):
    bench = add(PlaceKind.PROCESSING_BENCH, within=place_of("clean_room"))

    assert [place.name for place in places.path(bench)] == ["Laboratory", "Clean room", "New place"]


@pytest.mark.parametrize(
    ("kind", "within"),
    [("room", "clean_room"), ("processing_bench", "site"), ("shelf", "bench"), ("room", None)],
)
def test_a_place_lies_where_its_kind_does(add, place_of, equipment_of, kind, within):
    with pytest.raises(LiesIn):
        add(
            PlaceKind(kind),
            within=place_of(within) if within else None,
            equipment=equipment_of("incubator"),
        )


def test_a_site_lies_in_nothing(add, place_of):
    with pytest.raises(SiteIsOutermost):
        add(PlaceKind.SITE, within=place_of("site"))


@pytest.mark.parametrize("name", ["centrifuge", None])
def test_a_shelf_is_of_what_has_shelves(add, place_of, equipment_of, name):
    with pytest.raises(ShelfOfNothing):
        add(
            PlaceKind.SHELF,
            within=place_of("clean_room"),
            equipment=equipment_of(name) if name else None,
        )


def test_a_retired_incubator_gets_no_new_shelf(session, add, place_of, equipment_of):
    states.move(session, equipment_of("incubator"), EquipmentStatus.RETIRED)

    with pytest.raises(EquipmentRetired):
        add(PlaceKind.SHELF, within=place_of("clean_room"), equipment=equipment_of("incubator"))


def test_a_place_is_renamed_under_its_code(session, place_of, administrator):
    bench = place_of("bench")
    code = bench.code

    rename(session, bench, administrator, version=bench.version)

    assert (bench.name, bench.code) == ("Bench 7", code)


def test_an_edit_of_an_older_version_is_refused(session, place_of, administrator):
    with pytest.raises(Stale):
        rename(session, place_of("bench"), administrator, version=place_of("bench").version - 1)


def test_only_who_keeps_places_adds_one(add, place_of, technician):
    with pytest.raises(NotPermitted):
        add(PlaceKind.ROOM, within=place_of("site"), by=technician)


def rename(session, place, by, *, version):
    places.edit_place(
        session,
        place,
        version=version,
        name="Bench 7",
        within=place.within,
        equipment=place.equipment,
        reason="moved",
        by=by,
    )
