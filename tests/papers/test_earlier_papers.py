"""What papers say of a batch of earlier records: what the sheet tells, and nothing it does not."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from lims import clock
from lims.files import FileStore
from lims.models.fill import Fill, FillKind
from lims.models.step import Step
from lims.papers import batch as batch_papers
from lims.papers import certificates
from lims.papers.heading import Desk, Edition, head_of_trail
from lims.records.analysis import certificate_of_analysis
from lims.records.batch import batch_record
from lims.records.release import release_certificate
from lims.workflows import earlier_hours, earlier_release
from tests.imports.sheets import course as sheet_of
from tests.imports.sheets import row
from tests.laboratory.earlier import Earlier
from tests.papers.test_batch_stages import SAY
from tests.reading import text_of

OF_SHEET = {"batch": "B-1", "passage": "P1", "frozen_on": "20.05.2019", "viable_cells": ""}


@pytest.fixture
def earlier(session, lead):
    return Earlier(session, lead)


@pytest.fixture
def desk(session, tmp_path):
    return Desk("", UTC, FileStore(tmp_path), SAY)


@pytest.fixture
def edition(session):
    return Edition("RC260000013", 1, clock.now(), head_of_trail(session))


@pytest.fixture
def record(session, earlier, patient, desk, edition):
    """The record of a batch of three vials and a dose, of which one vial is in the bank still."""
    told = {"batch": "B-1", "patient": patient.code}
    rows = sheet_of("B-1", patient.code, 2019)
    dose = row("20.05.2019", "doses", out_of="H1", number=1, volume_ml="0,5")
    batch = earlier.take_over_sheet([*rows, dose | told])
    earlier.take_over_vials(patient.code, OF_SHEET)
    return batch_papers.record(session, batch, desk, edition)


def test_what_was_filled_is_what_the_sheet_tells_and_not_what_is_left(record):
    filled = [(each.quantity, each.remark) for each in record.yields if each.stage == "Filled"]

    assert [cells for cells, _ in filled] == [1_200_000, 200_000]
    assert [remark.partition(",")[0] for _, remark in filled] == ["3 × 1 mL", "1 × 0.5 mL"]


def test_an_hour_that_the_sheet_does_not_give_is_not_printed(record):
    performed = [step.performed_at for step in record.steps]

    assert performed == [date(2019, 5, 3), *performed[1:]]
    assert not any(isinstance(each, datetime) for each in performed)
    opened, *_, closed = record.milestones
    assert (opened.at, closed.at) == (date(2019, 5, 3), date(2019, 5, 20))
    assert {type(each.at) for each in record.yields} == {date}


def test_an_hour_that_the_sheet_gives_stays(session, earlier, patient):
    rows = [each | {"time": "10:20"} for each in sheet_of(patient=patient.code, year=2019)]
    batch = earlier.take_over_sheet(rows)

    (step, *_) = session.scalars(select(Step).where(Step.batch_id == batch.id))
    assert earlier_hours.performed(step) == step.performed_at


def test_midnight_of_today_is_an_hour_as_any_other():
    at = clock.midnight(date(2026, 11, 22))

    assert earlier_hours.told(at, of_earlier=False) == at


def test_nothing_of_then_is_judged_in_the_name_of_who_did_it(record):
    assert not [each for step in record.steps for each in step.readings if each.verdict]


def test_no_method_is_told_and_the_viability_is_the_sheets(record):
    told = {
        each.name.partition(" · ")[2]: each.value
        for step in record.steps
        if step.kind.startswith("Harvest P0")
        for each in step.readings
    }

    assert told["counted by"] == "not told"
    assert str(told["viability"]).startswith("95")
    assert "dead cells" not in told


def test_the_record_says_where_it_was_read_and_claims_no_absence(record):
    page = text_of(batch_record(record, SAY))

    assert "number B-1, import UP" in page
    assert record.steps[0].source.startswith("From earlier records: import UP")
    assert "not in the earlier record" in page
    assert page.split().count("none") == 2  # changed here, and noted in the trail since: known


def test_what_the_import_did_is_no_change_to_look_at_and_a_comment_is_of_who_wrote_it(record):
    assert record.audit_entries == ()
    (comment,) = (one for step in record.steps for one in step.comments if "ровно" in one.text)
    assert comment.at == date(2019, 5, 10)
    assert comment.by == "—"


def test_a_certificate_names_what_was_signed_the_tube_and_how_vials_are_kept(
    session, earlier, patient, qa_officer, proof_of, desk, edition
):
    (fill,) = earlier.take_over_vials(patient.code, {"volume_ml": ""})
    earlier_release.take_over_release(
        session, fill, reason="certificate 17/19", proof=proof_of(qa_officer), by=qa_officer
    )

    page = text_of(release_certificate(certificates.release(session, fill, desk, edition), SAY))

    assert "earlier release taken over" in page
    assert "К-17/1" in page
    assert "in the cryobank, not above −130 °C" in page
    assert "by the specification: the list gives none" in " ".join(page.split())


def test_a_certificate_of_analysis_says_where_the_results_stand_and_that_none_is_missing(
    session, record, desk, edition
):
    certificates_of = {
        fill.kind: certificates.analysis(session, fill, desk, edition)
        for fill in session.scalars(select(Fill))
    }
    page = text_of(certificate_of_analysis(certificates_of[FillKind.DOSES], SAY))

    assert "number B-1, import UP" in page
    assert "they stand in the earlier papers" in " ".join(page.split())
    assert "missing" not in page
    assert certificates_of[FillKind.DOSES].material == "doses: 1, passage P1"
    assert certificates_of[FillKind.VIALS].material == "vials: 3, passage P1: К-17/1 (VL26000001V)"


def test_doses_of_a_sheet_have_no_expiry_that_nobody_wrote(session, record):
    doses = select(Fill).where(Fill.kind == FillKind.DOSES)

    assert session.scalars(doses).one().expires_at is None
