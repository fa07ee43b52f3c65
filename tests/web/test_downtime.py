"""While the program is down people write on paper; afterwards it is entered with that paper."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import select, update
from wtforms.fields.core import UnboundField

from lims import clock, downtime, schema
from lims.models.batch import Batch, BatchStatus
from lims.models.batch_note import BatchNote
from lims.models.job import Job
from lims.models.step import Step
from lims.models.step_file import StepPaper
from lims.models.vessel import Vessel
from lims.records import downtime as records
from lims.web.aliquot_forms import DrawnRow
from lims.web.bench_forms import Recorded
from lims.web.culture_forms import FeedingForm, HarvestForm
from lims.web.fill_forms import FillingForm, PortionRow
from lims.web.freezing_forms import RunForm
from lims.web.isolations import IsolationForm
from lims.workflows import jobs
from lims.workflows.codes import load
from tests.labels.printed import codes_on
from tests.laboratory import supplies
from tests.web.test_culture import story  # noqa: F401 two vessels in culture
from tests.worlds import site_settings

COUNTED = {
    "method": "Counted with", "meant": "Of the tube, of a mL, in squares", "live": "Live",
    "dead": "Dead", "squares": "Squares", "dilution": "Dilution", "volume_ml": "Volume, mL",
}  # fmt: skip
SPUN = "Spins: × g, minutes"
ON_PAPER = {
    FeedingForm: (records.FEEDING, {
        "vessels": "Vessel", "medium_ml": "Volume, mL", "medium": "Medium or reagent: lot code",
        "change": "All the medium changed, or a part of it", "cabinet": "Bench, devices: codes",
    }),
    HarvestForm: (records.HARVEST, COUNTED | {
        "vessels": "Vessels harvested", "tube": "Tube: number written on it",
        "confluence_pct": "Confluence, %", "detachment_min": "Minutes",
        "detachment_c": "Temperature, °C",
    }),
    IsolationForm: (records.ISOLATION, COUNTED | {
        "tissue": None, "tissue_used_g": "Tissue, g", "enzyme_pct": "Enzyme, %",
        "digestion_min": "Digestion, minutes", "digestion_c": "Temperature, °C", "spin_g": SPUN,
        "spin_min": SPUN, "washes": "Washes", "suspension": "Tube: number written on it",
    }),
    DrawnRow: (records.SAMPLING, {
        "source": "Taken from: code", "container": "Number written on it",
        "volume_ml": "Volume, mL", "kept": "For a test, or kept aside",
    }),
    PortionRow: (records.FILLING, {
        "container": "Dose or vial: number written on it", "volume_ml": "Volume, mL",
        "planned": "For which injection",
    }),
    FillingForm: (records.FILLING, {
        "source": "From the tube: code", "vehicle_lot": "Suspended in: lot code",
        "vehicle_ml": "Taken of it, mL", "vehicle": "Suspended in: lot code",
        "appearance_good": "No particles: yes, no",
        "containers_intact": "Containers intact: yes, no", "portions": None,
    }),
    RunForm: (records.FREEZING, {
        "cryoprotectant": "Cryoprotectant: lot code", "cryoprotectant_pct": "Its share, %",
        "cryoprotectant_added_at": "Added at", "program": "Programme",
        "program_started_at": "Freezing began", "program_ended_at": "Freezing ended",
        "end_temperature_c": "Temperature at the end, °C",
        "as_programmed": "As programmed: yes, no", "curve": None, "pasted": None,
    }),
}  # fmt: skip
"""By the form of a page, the form of the kit, and in which of its boxes each field is written;
None where the kit or the machine has it."""

FORMS_FROM = 2
"""The page from which a kit bears no codes."""


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


def fields_of(form):
    """The names of what is entered in `form` beyond what every record asks."""
    every = {name for cls in form.__mro__ for name, each in vars(cls).items() if is_field(each)}
    return every - {name for cls in Recorded.__mro__ for name in vars(cls)}


def is_field(attribute):
    return isinstance(attribute, UnboundField)


@pytest.mark.parametrize("form", ON_PAPER, ids=lambda form: form.__name__)
def test_the_paper_has_a_box_for_everything_its_page_asks(form):
    paper, boxes = ON_PAPER[form]

    printed = {name for fields in (*paper.once, paper.each) for name, _width in fields}

    assert fields_of(form) == set(boxes)
    assert {box for box in boxes.values() if box} <= printed


def test_each_open_batch_has_a_kit_whose_codes_are_read(put, batch, committed):
    kit = (put() / f"{batch}.pdf").read_bytes()

    assert codes_on(kit, FORMS_FROM) >= {batch, *committed.codes}


def test_what_is_used_of_the_laboratory_is_read_from_the_kit_too(put, batch, database):
    with database.reading() as session:
        bench, cabinet = supplies.place(session, "bench"), supplies.equipment(session, "cabinet")
        used = {bench.code, cabinet.code, supplies.lot(session, "medium").code}

    assert codes_on((put() / f"{batch}.pdf").read_bytes(), FORMS_FROM) >= used


def test_a_closed_batch_has_none(put, batch, database):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
        closed = {"status": BatchStatus.CLOSED, "closed_at": clock.now()}
        connection.execute(update(Batch).values(closed))

    assert [each.name for each in put().iterdir()] == [downtime.EMPTY_RUN]


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


def sent(typist, vessel, **changed):
    """The answer to an observation done by a colleague on paper."""
    told = {"vessels": vessel, "confluence_pct": "60", "performer-login": "lead", **changed}
    form = typist.form("/vessels/observe")
    paper = BytesIO(b"%PDF-1.4 as it was written"), "feed.pdf"
    filled = form.filled({**told, "late_reason": "the program was down"})
    return typist.client.post(form.action, data={**filled, "paper": paper})


@pytest.fixture
def entered(signed_in, committed, database):
    """The page of a step that a colleague did on paper, as its typist sees it."""
    typist = signed_in("technician")
    answer = sent(typist, committed.codes[0])
    assert answer.status_code == 303, answer.text
    with database.reading() as session:
        newest = session.scalars(select(Step.code).order_by(Step.id.desc()).limit(1)).one()
    return typist, f"/steps/{newest}"


def test_a_refused_form_asks_for_its_file_again(signed_in, committed):
    answer = sent(signed_in("technician"), committed.codes[0], confluence_pct="160")

    assert answer.status_code == 422
    assert "Choose it again: a browser keeps no file." in answer.text


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
