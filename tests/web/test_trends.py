"""The pages of the trends: for whom, and that each value leads to its batch."""

import pytest

from tests.laboratory import clinic
from tests.laboratory.treatment import treating


def story(database, stage):
    """A released dose; the code of its batch."""
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
        return dose.fill.batch.code


@pytest.fixture
def database(committed):
    return committed.database


@pytest.mark.parametrize("login", ["qa", "lead", "auditor"])
def test_quality_the_lead_and_the_auditor_see_each_figure(signed_in, login):
    page = signed_in(login).open("/trends/").text

    assert 'href="/trends/viability_pct"' in page


@pytest.mark.parametrize("login", ["technician", "physician"])
def test_others_do_not(signed_in, login):
    assert signed_in(login).open("/trends/").status_code == 403


def test_a_value_leads_to_its_batch_from_the_picture_and_from_the_table(signed_in, codes):
    page = signed_in("qa").open("/trends/viability_pct").text.partition("<main")[2]
    picture, _, rest = page.partition("</svg>")

    assert f'href="/batches/{codes}"' in picture
    assert f'href="/batches/{codes}"' in rest


def test_a_figure_that_nobody_measures_has_no_page(signed_in):
    assert signed_in("qa").open("/trends/luck").status_code == 404


def test_before_the_first_batches_nothing_is_drawn(signed_in):
    page = signed_in("qa").open("/trends/viability_pct?after=1").text

    assert "None of these batches has a value of it yet." in page
