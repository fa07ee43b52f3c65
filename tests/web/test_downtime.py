"""While the program is down people write on paper; afterwards it is entered with that paper."""

from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import time_machine
from sqlalchemy import select, update

from lims import clock, downtime, schema
from lims.models.batch import Batch, BatchStatus
from lims.models.batch_note import BatchNote
from lims.models.job import Job
from lims.models.step import Step
from lims.models.step_file import StepPaper
from lims.models.vessel import Vessel
from lims.workflows import jobs
from lims.workflows.codes import load
from tests.labels.printed import scanned
from tests.web.test_culture import story  # noqa: F401 two vessels in culture
from tests.worlds import site_settings

READ_AT = 3
"""Dots to a point: what a scanner of 216 dpi sees."""


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture
def batch(committed):
    with committed.database.reading() as session:
        return load(session, committed.codes[0], Vessel).batch.code


@pytest.fixture
def put(database, tmp_path):
    """What the morning's job puts into its folder."""
    settings = site_settings("sqlite://", tmp_path)

    def put():
        downtime.print_kits(Job(), database, settings)
        return settings.downtime_dir / clock.today().isoformat()

    return put


def codes_on(pdf):
    pages = pypdfium2.PdfDocument(pdf)
    return {code for page in pages for code in scanned(page.render(scale=READ_AT).to_pil())}


def test_each_open_batch_has_a_kit_whose_codes_are_read(put, batch, committed):
    kit = (put() / f"{batch}.pdf").read_bytes()

    assert codes_on(kit) >= {batch, *committed.codes}


def test_a_closed_batch_has_none(put, batch, database):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
        closed = {"status": BatchStatus.CLOSED, "closed_at": clock.now()}
        connection.execute(update(Batch).values(closed))

    assert list(put().iterdir()) == []


def test_a_kit_is_for_whoever_may_read_the_folder_and_of_three_days(put, tmp_path):
    for day in range(5):
        with time_machine.travel(clock.now() + timedelta(days=day)):
            folder = put()

    assert len(list(folder.parent.iterdir())) == downtime.DAYS_KEPT
    assert folder.stat().st_mode & 0o077 == 0


def test_made_again_on_the_same_day_it_is_made_anew(put):
    first = put()
    (first / "scribble").write_text("old")

    assert put() == first
    assert not (first / "scribble").exists()


def test_a_folder_that_cannot_be_written_is_told(put, tmp_path):
    (tmp_path / "downtime").write_text("a file, where the folder is to be")
    with pytest.raises(downtime.NotPrinted):
        put()


def test_the_job_is_due_each_morning():
    assert "downtime" in {kind.name for kind in jobs.KINDS if kind.at is not None}


def test_the_page_of_a_batch_gives_its_kit(signed_in, batch):
    technician = signed_in("technician")

    assert f"/batches/{batch}/downtime-kit" in technician.open(f"/batches/{batch}").text
    assert technician.open(f"/batches/{batch}/downtime-kit").data.startswith(b"%PDF-")


@pytest.fixture
def entered(signed_in, committed, database):
    """The page of a step that a colleague did on paper, as its typist sees it."""
    typist = signed_in("technician")
    form = typist.form("/vessels/observe")
    answer = typist.client.post(
        form.action,
        data={
            **form.filled(
                {
                    "vessels": committed.codes[0],
                    "confluence_pct": "60",
                    "performer-login": "lead",
                    "late_reason": "the program was down",
                }
            ),
            "paper": (BytesIO(b"%PDF-1.4 as it was written"), "feed.pdf"),
        },
    )
    assert answer.status_code == 303, answer.text
    with database.reading() as session:
        newest = session.scalars(select(Step.code).order_by(Step.id.desc()).limit(1)).one()
    return typist, f"/steps/{newest}"


def test_the_paper_a_step_was_written_on_is_kept_with_it(entered, database):
    typist, page = entered
    with database.reading() as session:
        number = session.scalars(select(StepPaper.id)).one()

    assert f"{page}/papers/{number}" in typist.open(page).text
    assert typist.open(f"{page}/papers/{number}").data == b"%PDF-1.4 as it was written"


def test_who_wrote_it_and_is_not_there_confirms_it_later(entered, signed_in):
    _typist, page = entered
    lead = signed_in("lead")
    confirm = f"{page}/confirm"

    assert f'action="{confirm}"' in lead.open(page).text
    assert lead.send(page, {}, confirm).status_code == 303
    assert f'action="{confirm}"' not in lead.open(page).text


def test_a_performer_nobody_knows_is_told_beside_the_name(signed_in, committed):
    typed = {"vessels": committed.codes[0], "confluence_pct": "60", "performer-login": "nobody"}

    answer = signed_in("technician").send("/vessels/observe", typed)

    assert answer.status_code == 422
    assert "Nobody signs in as nobody" in answer.text


def test_a_note_is_left_on_the_page_of_a_batch_and_taken_over_there(signed_in, batch, database):
    page = f"/batches/{batch}"
    signed_in("technician").send(page, {"text": "the third flask is slow"}, f"{page}/notes")
    lead = signed_in("lead")
    with database.reading() as session:
        number = session.scalars(select(BatchNote.id)).one()

    assert "the third flask is slow" in lead.open(page).text
    assert batch in lead.open("/").text
    assert lead.send(page, {}, f"{page}/notes/{number}").status_code == 303
    assert f'action="{page}/notes/{number}"' not in lead.open(page).text
