"""The page from tissue to joint, its JSON, and the way to it from the pages of material."""

import pytest
from sqlalchemy import select

from lims.models.sample import Sample
from lims.models.vessel import Vessel
from tests.laboratory import clinic
from tests.laboratory.treatment import treating


def story(database, stage):
    """One with an injected dose: the codes in it."""
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
        injection = treatment.inject(treatment.at_the_clinic(dose))
        one = treatment.session.scalars
        return {
            "samples": one(select(Sample.code)).one(),
            "vessels": one(select(Vessel.code)).first(),
            "batches": dose.fill.batch.code,
            "suspensions": dose.fill.withdrawal.suspension.code,
            "fills": dose.fill.code,
            "doses": dose.code,
            "injection": injection.code,
        }


@pytest.fixture
def database(committed):
    return committed.database


def test_the_page_leads_from_any_piece_to_every_other(signed_in, codes):
    page = signed_in("auditor").open(f"/genealogy/{codes['doses']}").text

    assert "Injection: knee, left" in page
    for noun in ("samples", "vessels", "suspensions", "doses"):
        assert f'href="/{noun}/{codes[noun]}"' in page


def test_the_piece_asked_for_is_marked(signed_in, codes):
    page = signed_in("auditor").open(f"/genealogy/{codes['vessels']}").text

    (asked,) = [line for line in page.splitlines() if 'class="asked"' in line]
    assert codes["vessels"] in asked


def test_of_a_batch_no_piece_is_marked_as_the_one_looked_from(signed_in, codes):
    auditor = signed_in("auditor")

    pages = [auditor.open(f"/genealogy/{codes[noun]}").text for noun in ("vessels", "batches")]

    assert [page.count("seen from here") for page in pages] == [1, 0]


def test_other_programs_read_the_same_as_json(signed_in, codes):
    told = signed_in("auditor").open(f"/genealogy/{codes['samples']}.json").json

    joint = next(node for node in told["nodes"] if node["code"] == codes["injection"])
    assert (joint["joint"], joint["side"], joint["how"]) == ("knee", "left", "administration")
    assert {"parent": codes["doses"], "child": codes["injection"], "step": codes["injection"]} in (
        told["edges"]
    )


@pytest.mark.parametrize("noun", ["samples", "vessels", "batches", "suspensions", "fills", "doses"])
def test_the_page_of_each_piece_leads_there(signed_in, codes, noun):
    page = signed_in("technician").open(f"/{noun}/{codes[noun]}").text

    assert f'href="/genealogy/{codes[noun]}"' in page


def test_who_may_not_see_production_is_not_led_there(signed_in, codes):
    physician = signed_in("physician")

    assert "/genealogy/" not in physician.open(f"/doses/{codes['doses']}").text
    assert physician.open(f"/genealogy/{codes['doses']}").status_code == 403


def test_what_names_no_cells_is_said_to_name_none(signed_in, database):
    with database.reading() as session:
        course = clinic.course(session, "ivanova").code

    answer = signed_in("auditor").open(f"/genealogy/{course}")

    assert answer.status_code == 404
    assert "names no cells" in answer.text
