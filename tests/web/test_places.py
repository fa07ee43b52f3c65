"""The pages of places and stations."""

import pytest

from tests.laboratory import supplies


@pytest.fixture
def place(database):
    def named(name):
        with database.reading() as session:
            return supplies.place(session, name)

    return named


def test_the_administrator_enters_a_shelf_by_scanning_its_incubator(signed_in, database, place):
    administrator = signed_in("administrator")
    with database.reading() as session:
        incubator = supplies.equipment(session, "incubator").code

    answer = administrator.send(
        "/places/new",
        {
            "name": "Incubator A, shelf 3",
            "kind": "shelf",
            "within": place("clean_room").code,
            "equipment": incubator,
        },
    )

    assert answer.status_code == 303, answer.text
    assert "Laboratory · Clean room" in administrator.open(answer.location).text


def test_a_shelf_of_nothing_is_refused_at_the_field(signed_in, place):
    answer = signed_in("administrator").send(
        "/places/new", {"name": "Shelf", "kind": "shelf", "within": place("clean_room").code}
    )

    assert answer.status_code == 422
    assert "A shelf is of an incubator or a refrigerator" in answer.text
    assert 'value="Shelf"' in answer.text


def test_a_place_is_renamed(signed_in, place):
    signed_in("administrator").send(
        f"/places/{place('bench').code}/edit", {"name": "Bench 1", "reason": "as painted on it"}
    )

    assert place("bench").name == "Bench 1"


@pytest.mark.parametrize("name", ["site", "clean_room", "bench", "reception", "shelf"])
@pytest.mark.parametrize("login", ["technician", "administrator", "auditor"])
def test_every_kind_of_place_has_its_page(signed_in, place, name, login):
    answer = signed_in(login).open(f"/places/{place(name).code}")

    assert answer.status_code == 200
    assert place(name).name in answer.text


def test_a_free_bench_says_so(signed_in, place):
    page = signed_in("technician").open(f"/places/{place('bench').code}").text

    assert "material is open here" in page


def test_the_administrator_sees_nothing_of_production(signed_in, place):
    page = signed_in("administrator").open(f"/places/{place('bench').code}").text

    assert "Done here" not in page


def test_the_list_is_narrowed_by_kind(signed_in):
    page = signed_in("technician").open("/places/?kind=shelf").text

    assert "4 of 4 shown" in page


def test_the_label_is_a_pdf(signed_in, place):
    answer = signed_in("administrator").open(f"/places/{place('shelf').code}/label.pdf")

    assert answer.data.startswith(b"%PDF")
