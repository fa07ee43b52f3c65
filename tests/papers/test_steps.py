"""The page of each kind of step: who, when, with what, what came out, what was changed since."""

import re
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.files import FileMissing
from lims.models.batch import Batch
from lims.models.culture import DiscardReason
from lims.models.fill import VialStatus
from lims.models.label import RecordKind
from lims.models.order import OrderKind
from lims.models.patient import Marker, MarkerValue
from lims.models.retrieval import Retrieval, Thaw
from lims.models.step import Step, StepKind, StepStatus
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.workflows import (
    discarding,
    feeding,
    issuing,
    labelling,
    markers,
    observing,
    processing,
    recounting,
    rejecting,
    seeding,
    steps,
    supplying,
)
from lims.workflows.observing import Picture
from lims.workflows.step_kinds import TAUGHT
from tests.conftest import lent
from tests.laboratory import supplies, working
from tests.laboratory.cells import counted, given_out, planned
from tests.laboratory.frozen import Bank
from tests.laboratory.ordered import Orders
from tests.laboratory.thawed import Thaws
from tests.laboratory.treatment import treating
from tests.papers import making
from tests.papers.making import Made, archive_in, person, proof, room

pytestmark = pytest.mark.printed


@pytest.fixture(scope="module", params=lent("papers"))
def busy(request, tmp_path_factory):
    """Every kind of step done at least once, by those who would do it."""
    server = request.getfixturevalue(f"{request.param}_server")
    database = Database(server.fresh())
    folder = tmp_path_factory.mktemp("steps")
    archive = archive_in(database, folder)
    with working(database) as session:
        sample = making.collected(session)
        making.cells_of(session, room(session), sample)
        batch = session.scalars(select(Batch)).one().code
    with working(database) as session:
        culture(session, room(session), archive)
    with treating(database) as treatment:
        dose, spare = treatment.released(making.clinic.course(treatment.session, "schmidt"), 2)
        markers.record_markers(
            treatment.session, dose.patient, sampled_on=clock.today(), by=treatment.physician,
            values={Marker.HIV: MarkerValue.PENDING},
        )  # fmt: skip
        treatment.inject(treatment.at_the_clinic(dose), side=dose.planned.side)
        treatment.hand_over(spare)
        issuing.return_dose(
            treatment.session, spare, why="one was enough", performed=treatment.done(),
            by=treatment.physician,
        )  # fmt: skip
        keeper, qa = treatment.room.keeper, treatment.room.qa
        rejecting.discard_dose(
            treatment.session, spare, reason="returned", proof=treatment.proof(keeper), by=keeper,
            second=treatment.proof(qa),
        )  # fmt: skip
    with working(database) as session:
        bank = Bank(session, room(session), person(session, "keeper"))
        froze(bank)
        taken_out(Orders(bank, person(session, "physician")))
    yield Made(database, archive, batch, "", "", "", "", "")
    database.engine.dispose()


def froze(bank):
    """Two vials, twenty minutes in the cryoprotectant before their program began."""
    fill = bank.filled(making.clinic.course(bank.session, "ivanova"))
    bank.freeze(fill, cryoprotectant_added_at=clock.now() - timedelta(minutes=20))


def taken_out(orders):
    """Four released vials: two, one of them drawn from, thawed in a bath too warm, one handed on,
    one destroyed."""
    course = making.clinic.course(orders.session, "ivanova")
    vials = orders.released(course, 4)
    order = orders.scheduled(orders.thaw(course, None, vials=2))
    orders.retrieve(order)
    thaws = Thaws(orders)
    orders.bank.room.sample(vials[0].fill.batch, (thaws.out(order)[0], "0.1"))
    step = thaws.begun(order)
    thaws.record(step, live=7_600_000, dead=380_000, bath_temperature_c=Decimal("39.5"))
    thaws.bench.close(step)
    for kind, leave in ((OrderKind.TRANSFER, orders.transfer), (OrderKind.DESTROY, orders.destroy)):
        order = orders.scheduled(orders.other(course.patient, kind))
        orders.retrieve(order)
        leave(order, [vial for vial in vials if vial.status is VialStatus.RETRIEVED])


def culture(session, made, archive):
    """Counted, washed, seeded, fed, moved, looked at and discarded."""
    bench, technician = made.bench, made.bench.technician
    harvest = session.scalars(select(Suspension).order_by(Suspension.id.desc())).first()
    done = {"performed": bench.done(), "by": technician}
    count = recounting.start_count(session, harvest, **bench.opening())
    recounting.record_count(session, count, suspension=harvest, count=counted(80_000_000), **done)
    bench.close(count)
    wash = processing.start_processing(session, [harvest], **bench.opening())
    washed = processing.record_processing(
        session, wash, sources=[harvest], operation=SuspensionOrigin.WASH,
        suspension_code=planned(session, wash, "SU")[0], volume_ml=Decimal(5),
        count=counted(79_000_000), spin=processing.Spin(400, 5), **done,
    )  # fmt: skip
    bench.close(wash)
    sow = seeding.start_seeding(session, washed, vessels=1, **bench.opening())
    seeding.record_seeding(
        session, sow, suspension=washed, sown=bench.sown(sow, "0.03"), shelf=bench.place("shelf"),
        **done,
    )  # fmt: skip
    bench.waste(sow, washed)
    bench.close(sow)
    vessels = bench.vessels(*planned(session, sow, "VE"))
    feed = feeding.start_feeding(session, vessels, **bench.opening())
    medium = supplies.lot(session, "complete_medium")
    feeding.record_feeding(
        session, feed, vessels=vessels, medium_ml=Decimal(25), full_change=True, media=[medium],
        cabinet=supplies.equipment(session, "cabinet"), **done,
    )  # fmt: skip
    bench.close(feed)
    feeding.move_vessels(session, vessels, shelf=bench.place("third_shelf"), **done)
    sha = archive.store.put(PHOTO)
    observing.observe_vessels(
        session, vessels, confluence_pct=Decimal(80), appearance="spindle-shaped",
        pictures=[Picture(sha, "image/png")], **done,
    )  # fmt: skip
    discarding.discard_vessels(
        session, vessels, why=DiscardReason.EXCESS, reason="not needed", by=technician,
        proof=proof(technician), second=proof(person(session, "keeper")),
    )  # fmt: skip


def _photo():
    out = BytesIO()
    Image.new("RGB", (64, 48), "#7a8f96").save(out, "PNG")
    return out.getvalue()


PHOTO = _photo()


@pytest.fixture
def page(busy, kept):
    """`page(kind)`: the text of the first step of that kind, or of the last one."""

    def of(kind, which=0):
        with busy.database.reading() as session:
            query = select(Step.code).where(Step.kind == kind).order_by(Step.id)
            code = session.scalars(query).all()[which]
        return kept(busy, RecordKind.STEP, code)[1].replace("\u202f", " ")

    return of


@pytest.mark.parametrize("kind", TAUGHT)
def test_every_kind_of_step_has_its_page(page, kind):
    text = page(kind)

    assert "SOP-" in text
    assert "performed, ST26" in text
    assert "SHA-256 of the values" in text


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (StepKind.RECEPTION, "Reception record"),
        (StepKind.ISOLATION, "Isolation record"),
        (StepKind.HANDOVER, "Issue record"),
        (StepKind.FREEZING, "Freezing record"),
        (StepKind.THAW, "Thaw record"),
        (StepKind.ADMINISTRATION, "Administration record"),
        (StepKind.FEEDING, "Step record"),
    ],
)
def test_some_kinds_have_a_title_of_their_own(page, kind, title):
    assert title in page(kind)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (StepKind.ADMINISTRATION, "on the physician's word alone"),
        (StepKind.ADMINISTRATION, "Infection markers not known yet: HIV"),
        (StepKind.COLLECTION, "surgeon Dr Volkov"),
        (StepKind.DISPATCH, "courier Medtrans"),
        (StepKind.ISOLATION, "Enzyme concentration 0.075 % 0.05–0.2 % ✓ pass"),
        (StepKind.ISOLATION, "Tissue digested well."),
        (StepKind.SEEDING, "viable cells"),
        (StepKind.SEEDING, "cells/cm² 1000–5000 cells/cm² ✓ pass"),
        (StepKind.FEEDING, "fresh medium 25 mL"),
        (StepKind.FEEDING, "MEM α with 5 % lysate"),
        (StepKind.FEEDING, "Medium changed in full yes"),
        (StepKind.MOVING, "Incubator B"),
        (StepKind.OBSERVATION, "confluence 80 %"),
        (StepKind.OBSERVATION, "spindle-shaped"),
        (StepKind.HARVEST, "viability 97.7 exactly 97.701149 % ≥ 80 % ✓ pass"),
        (StepKind.HARVEST, "cumulative doublings counted from P1 on"),
        (StepKind.COUNTING, "live cells 80 000 000 cells"),
        (StepKind.PROCESSING, "Centrifugation 400 × g"),
        (StepKind.PROCESSING, "wash, P0"),
        (StepKind.FILLING, "passage filled P0 ≤ 4 ✓ pass"),
        (StepKind.FILLING, "Containers intact and closed yes yes ✓ pass"),
        (StepKind.SAMPLING, "aliquot, testing"),
        (StepKind.FREEZING, "Cryoprotectant in the vial 10 %"),
        (StepKind.FREEZING, "start of the program 20 min ≤ 15 min ✗ fail"),
        (StepKind.FREEZING, "Temperature at the end −100 °C ≤ −80 °C ✓ pass"),
        (StepKind.FREEZING, "Cooled as programmed yes yes ✓ pass"),
        (StepKind.FREEZING, "viable cells frozen 5 000 000 cells"),
        (StepKind.FREEZING, "2 points, 4 °C to 3.5 °C in 0.5 min"),
        (StepKind.FREEZING, "Freezing outside the specification"),
        (StepKind.THAW, "time in the bath 100 s ≤ 180 s ✓ pass"),
        (StepKind.THAW, " s ≤ 90 s ✓ pass"),  # out of the cold, for as long as the test takes
        (StepKind.THAW, "Temperature of the bath 39.5 °C 36–38 °C ✗ fail"),
        (StepKind.THAW, "viability 95.2 exactly 95.238095 % ≥ 70 % ✓ pass"),
        (StepKind.THAW, "viable cells frozen 4 500 000 cells"),  # a tenth was drawn for a test
        (StepKind.THAW, "Viable cells got back of those frozen 80"),
        (StepKind.THAW, "Thaw outside the specification"),
        (StepKind.HANDOVER, "carrier Courier 4"),
        (StepKind.HANDOVER, "handed over, DS26"),
        (StepKind.RECEIPT, "Temperature 6 °C 2–8 °C ✓ pass"),
        (StepKind.RETURN, "one was enough"),
        (StepKind.ADMINISTRATION, "Joint knee"),
        (StepKind.ADMINISTRATION, "Volume injected 2.9 mL"),
        (StepKind.ADMINISTRATION, "injected by Dr. Belova"),
        (StepKind.ADMINISTRATION, "administered, ST26"),
        (StepKind.DISCARD, "Why excess"),
    ],
)
def test_a_page_tells_what_its_kind_records(page, kind, said):
    assert said in page(kind)


def test_a_batch_of_frozen_cells_tells_how_its_vials_left_the_cold(busy, kept):
    with busy.database.reading() as session:
        thaw = session.scalars(select(Thaw)).one()
        batch = session.get_one(Batch, thaw.batch_id).code
        taken = select(Retrieval).where(Retrieval.order_id == thaw.order_id)
        step, vial = session.scalars(taken).one().code, thaw.thawed[0].vial.code

    _, text = kept(busy, RecordKind.BATCH, batch)

    assert re.search(rf"Vials taken out of the cold .* {step} .* Vials thawed", text)
    assert re.search(rf"{vial} · out of the cold .* {vial} · taken out by \S+", text)


def test_a_discard_shows_the_two_who_signed_and_that_it_holds(page):
    text = page(StepKind.DISCARD)

    assert re.search(r"Ольга Сидорова discarded, VE26\w{7} .*? ✓ valid", text)
    assert re.search(r"Пётр Ўладыка discarded, VE26\w{7} .*? ✓ valid", text)


def test_an_issue_record_shows_no_signature_of_what_became_of_the_dose_later(page):
    text = page(StepKind.HANDOVER, -1)

    assert len(re.findall(r"handed over, DS26\w{7} .*? ✓ valid", text)) == 2
    assert "discarded, DS26" not in text


def test_a_photograph_is_printed_with_the_hash_of_the_original(page):
    assert f"SHA-256 {sha256(PHOTO).hexdigest()[:16]}" in page(StepKind.OBSERVATION)


def test_a_step_of_tissue_that_no_batch_was_made_of_yet_has_its_page(database, tmp_path, kept):
    with working(database) as session:
        sample = making.collected(session)
        code = session.scalars(select(Step.code).where(Step.kind == StepKind.RECEPTION)).one()
        tissue = sample.code
    there = Made(database, archive_in(database, tmp_path), "", "", "", "", "", "")

    _, text = kept(there, RecordKind.STEP, code)

    assert f"{tissue} · Reception record" in text
    assert "3 · Reception" in text


@pytest.fixture
def opened(database, tmp_path):
    """`opened(change)`: an open sampling step of P0, changed; its page's place and code."""

    def opening(change):
        with working(database) as session:
            made = room(session)
            cells = made.cells(making.clinic.course(session, "ivanova"))
            step = made.start(cells.batch, 2)
            change(session, step)
            return Made(database, archive_in(database, tmp_path), *[""] * 6), step.code

    return opening


def test_an_override_says_who_allowed_it_and_why(opened, kept):
    def override(session, step):
        technician, lead = person(session, "technician"), person(session, "lead")
        supplying.use_lot(
            session, step, lot=supplies.lot(session, "quarantined"), quantity=Decimal(1),
            by=technician, override=proof(lead), reason="only one left",
        )  # fmt: skip

    there, code = opened(override)
    text = kept(there, RecordKind.STEP, code)[1]

    assert "not in order: only one left (Андрей Коваленко)" in " ".join(text.split())
    assert re.search(r"DV26\w{7} A lot or equipment was used that was not in order", text)
    assert "not authorised by signature" in text


def test_equipment_out_of_calibration_says_so(opened, kept):
    def override(session, step):
        technician, lead = person(session, "technician"), person(session, "lead")
        supplying.use_equipment(
            session, step, item=supplies.equipment(session, "overdue"), by=technician,
            override=proof(lead), reason="the other is broken",
        )  # fmt: skip

    there, code = opened(override)

    assert "the other is broken (Андрей" in kept(there, RecordKind.STEP, code)[1]


def test_labels_that_do_not_balance_stand_out(opened, kept):
    def print_labels(session, step):
        by, codes = person(session, "technician"), given_out(session, step, "QC")
        values = {"patient_id": step.patient_id, "layout": "qc", "content_sha256": "0" * 64}
        labelling.record_printed(session, step=step, codes=codes, by=by, **values)
        labelling.void_label(session, code=codes[0], reason="torn", by=by)
        labelling.destroy_label(session, code=codes[0], by=by)

    there, code = opened(print_labels)

    assert "aliquot 2 0 1 1 1 ✗ not balanced" in kept(there, RecordKind.STEP, code)[1]


def test_a_step_that_was_given_up_says_so(opened, kept):
    def give_up(session, step):
        technician, lead = person(session, "technician"), person(session, "lead")
        steps.void_step(session, step, reason="wrong tube", checker=proof(lead), by=technician)

    there, code = opened(give_up)
    text = kept(there, RecordKind.STEP, code)[1]

    assert "(void: nothing was done)" in text
    assert "wrong tube" in text


def test_a_late_entry_says_why(database, tmp_path, kept):
    with working(database) as session:
        made = room(session)
        ago = clock.now() - timedelta(hours=3)
        svf = made.bench.isolate(making.clinic.course(session, "ivanova"), at=ago, close=True)
        code, status = svf.made_by.code, svf.made_by.status
    there = Made(database, archive_in(database, tmp_path), *[""] * 6)

    assert status is StepStatus.CLOSED
    assert "late: entered later" in kept(there, RecordKind.STEP, code)[1]


def test_a_missing_photograph_stops_the_paper_with_a_sentence(busy, page):
    sha = sha256(PHOTO).hexdigest()
    path = busy.archive.store.path(sha)
    kept_aside = path.with_suffix(".aside")
    path.rename(kept_aside)
    try:
        with pytest.raises(FileMissing):
            page(StepKind.OBSERVATION)
    finally:
        kept_aside.rename(path)
