"""One patient's course by the people who would do it: from the registration to the third dose.

Each label is read back from its dots, each step's record from its PDF.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.models.administration import OutcomeKind
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.contraindication import Occasion
from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill, FillStatus, Vial, VialStatus
from lims.models.label import RecordKind
from lims.models.patient import ConsentKind
from lims.models.site import Joint, Side
from lims.models.step import Step, StepKind
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    administering,
    aftercare,
    contraindication_checks,
    issuing,
    outcomes,
    qc_tests,
    record_steps,
    releasing,
    reviewing,
    seeding,
)
from lims.workflows.codes import load
from lims.workflows.seeding import Sown
from tests.laboratory import supplies
from tests.laboratory.quality import GOOD, SPIKED
from tests.story import Story
from tests.walks import freezing, ordering, thawing
from tests.walks.whole import NAME, READ, Whole, unsaid

OF_VIALS = {"appearance": "conforms", "label_identity": "conforms"}
OF_THE_FILL = {**OF_VIALS, "dose_pct_of_prescribed": "108"}
FRESH = "54 000 000 3"
"""Viable cells and mL in the dose of fresh cells, and in the third one, once sampled."""
THAWED = "45 900 000 3"
"""In the dose of cells used as they were thawed."""


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Whole]:
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False) as traveller:
        story = Whole(database, traveller, tmp_path)
        story.print("physician", [story.patient])
        story.begin()
        yield story


def grown(story: Story, volume: str = "10") -> tuple[str, str]:
    """(batch, tube): tissue collected, isolated, grown over two passages, harvested."""
    sample = story.collect()
    story.wait(hours=3)
    story.receive(sample)
    story.wait(hours=1)
    p0 = story.isolate(sample)
    story.wait(days=3)
    story.feed(p0)
    story.wait(days=5)
    story.look_at(p0, 85)
    step, tube = story.harvest(p0, live=600_000, vessels=2)
    p1 = story.split(step, tube, 2, each_ml="5")
    story.wait(days=6)
    step, tube = story.harvest(p1, live=9_000_000, vessels=2)
    p2 = story.split(step, tube, 2, each_ml="0.9")
    story.wait(days=6)
    with story.database.reading() as session:
        batch = load(session, p2[0], Vessel).batch.code
    medium = story.sample(batch, p2[0], Vessel, "5", ["in_process_sterility"])
    test = story.tests(aliquot=medium)["in_process_sterility"]
    story.start_test(test)
    step, tube = story.harvest(p2, live=180_000_000, volume=volume)
    story.close("technician", step)
    return batch, tube


def analysed(story: Story, batch: str, tube: str, volume: str = "1") -> None:
    """Every quick test of the suspension that is filled, read, verified and approved."""
    aliquot = story.sample(batch, tube, Suspension, volume, list(GOOD))
    for line, test in story.tests(aliquot=aliquot).items():
        spike = {"spike_recovery_pct": Decimal(101)} if line == SPIKED else {}
        story.enter(test, GOOD[line], **spike)
        story.settle(test)


def sterility_begun(story: Story, batch: str, filled: str) -> None:
    """Of a dose or a vial."""
    aliquot = story.sample(
        batch, filled, Vial if filled.startswith("VL") else Dose, "0.1", ["sterility"]
    )
    story.start_test(story.tests(aliquot=aliquot)["sterility"])


def test_a_new_patients_tissue_becomes_the_fresh_dose_that_is_injected(story: Whole) -> None:
    batch, tube = grown(story)
    analysed(story, batch, tube)
    fill, doses = story.fill(tube, ["3.1"])
    sterility_begun(story, batch, doses[0])
    checked(story, fill)
    released(story, fill, conditionally=True)
    certified(story, fill, doses[0], said="released conditionally", sterility="… still running")
    injected(story, doses[0])
    sterile(story, batch)
    released(story, fill, conditionally=False)
    certified(story, fill, doses[0], said="Decision released ", sterility="no growth ✓ pass")
    written(story, batch)
    assert story.kinds == READ.keys() - OF_FROZEN_CELLS

    with story.database.reading() as session:
        assert load(session, fill, Fill).status is FillStatus.RELEASED
        assert load(session, doses[0], Dose).status is DoseStatus.ADMINISTERED
        assert load(session, story.course, Course).status is CourseStatus.FOLLOW_UP
        assert reviewing.missing_for_release(session, load(session, fill, Fill)) == []


OF_FROZEN_CELLS = {StepKind.SEEDING, StepKind.FREEZING, StepKind.RETRIEVAL, StepKind.THAW}


@pytest.mark.sqlite_first
def test_cells_left_over_are_frozen_and_become_the_second_and_the_third_dose(
    story: Whole,
) -> None:
    second, third = story.plan(60), story.plan(90)
    batch, tube = grown(story)
    analysed(story, batch, tube)
    given(story, batch, tube, None, FRESH, OF_THE_FILL)
    vials = frozen(story, batch, tube)
    sterile(story, batch)
    written(story, batch)

    batch, tube = thawed(story, second, vials[:4], expand=False)
    analysed(story, batch, tube, "0.4")
    given(story, batch, tube, second, THAWED, {**OF_THE_FILL, "dose_pct_of_prescribed": "91.8"})
    sterile(story, batch)
    written(story, batch, *vials[:4])

    batch, tube = thawed(story, third, vials[4:], expand=True)
    tube = expanded(story, batch, tube)
    analysed(story, batch, tube)
    given(story, batch, tube, third, FRESH, OF_THE_FILL)
    sterile(story, batch)
    written(story, batch, *vials[4:])

    assert story.kinds == READ.keys()
    with story.database.reading() as session:
        assert load(session, tube, Suspension).passage == 3
        assert load(session, tube, Suspension).freeze_thaws == 1
        assert {load(session, vial, Vial).status for vial in vials} == {VialStatus.USED}
        assert load(session, story.course, Course).status is CourseStatus.FOLLOW_UP


def given(
    story: Whole, batch: str, tube: str, sitting: str | None, cells: str, looked_at: dict[str, str]
) -> None:
    """A dose filled, released on the day, injected."""
    fill, doses = story.fill(tube, ["3.1"], sitting)
    sterility_begun(story, batch, doses[0])
    checked(story, fill, looked_at)
    released(story, fill, conditionally=True)
    said = "released conditionally"
    certified(story, fill, doses[0], said=said, sterility="… still running", cells=cells)
    injected(story, doses[0])


def frozen(story: Whole, batch: str, tube: str) -> list[str]:
    """Five vials of what the dose left over, in their places, released when all is read."""
    story.agree(ConsentKind.STORAGE)
    fill, vials = freezing.vials_filled(story, tube, 5)
    sterility_begun(story, batch, vials[4])
    checked(story, fill, OF_VIALS)
    freezing.frozen(story, fill, vials)
    freezing.placed(story, vials)
    sterile(story, batch)
    released(story, fill, conditionally=False)
    assert set(vials) <= set(story.printed)
    return vials


def thawed(story: Whole, sitting: str, vials: list[str], *, expand: bool) -> tuple[str, str]:
    """(batch, tube): ordered, taken out by two, put into the bath."""
    order = ordering.drafted(story, len(vials), sitting, expand=expand)
    assert ordering.retrieved(story, ordering.scheduled(story, order)) == vials
    step = thawing.begun(story, order)
    thawing.warm(story, step, vials)
    tube = thawing.recorded(story, step, vials, each=15_300_000)
    assert tube in story.printed
    return story.batch_of(tube), tube


def expanded(story: Story, batch: str, tube: str, each_ml: str = "0.05") -> str:
    """The harvest of the next passage."""
    step = story.at_bench("technician", seeding.start_seeding, lambda s: {
        "suspension": load(s, tube, Suspension), "vessels": 2,
    }).code  # fmt: skip
    story.supply(step, "buffer", equipment=("cabinet",))
    story.print_plan("technician", step)
    vessels = story.planned(step, "VE")
    story.does("technician", seeding.record_seeding, lambda s: {
        "step": load(s, step, Step), "suspension": load(s, tube, Suspension),
        "sown": [Sown(code, Decimal(each_ml), "T-175", Decimal(175)) for code in vessels],
        "shelf": supplies.place(s, "shelf"), "performed": story.done(),
    })  # fmt: skip
    story.put_aside(step, tube)
    story.close("technician", step)
    story.wait(days=6)
    medium = story.sample(batch, vessels[0], Vessel, "5", ["in_process_sterility"])
    story.start_test(story.tests(aliquot=medium)["in_process_sterility"])
    step, made = story.harvest(vessels, live=180_000_000)
    story.close("technician", step)
    return made


def checked(story: Story, fill: str, looked_at: dict[str, str] = OF_THE_FILL) -> None:
    """What is looked at on the fill itself."""
    story.does("analyst", qc_tests.request_fill_tests, lambda s: {
        "fill": load(s, fill, Fill), "lines": list(looked_at),
    })  # fmt: skip
    for line, test in story.tests(fill=fill).items():
        if line in looked_at:
            story.enter(test, looked_at[line])
            story.settle(test)


def released(story: Story, fill: str, *, conditionally: bool) -> None:
    proof = story.proof("qa")
    command = releasing.release_conditionally if conditionally else releasing.release_fill
    story.does(
        "qa", command, lambda s: {"fill": load(s, fill, Fill), "reason": "seen", "proof": proof}
    )


def certified(
    story: Whole, fill: str, dose: str, *, said: str, sterility: str, cells: str = FRESH
) -> None:
    """Both papers that go with the fill, by what was decided and what is known by then."""
    analysis = story.paper(RecordKind.CERTIFICATE_OF_ANALYSIS, fill)
    assert unsaid(analysis, story.patient, NAME, fill, said, sterility, "<0.05 EU/mL ✓ pass") == []
    release = story.paper(RecordKind.RELEASE_CERTIFICATE, fill)
    assert unsaid(release, story.patient, NAME, f"{dose} {cells}", said) == []


def written(story: Whole, batch: str, *vials: str) -> None:
    """The batch record names what it was made of and holds each step, read by itself before."""
    text = story.paper(RecordKind.BATCH, batch)
    with story.database.reading() as session:
        own = [step.code for step in record_steps.of_batch(session, load(session, batch, Batch))]
    assert unsaid(text, story.patient, NAME, batch, *vials, *own) == []
    assert set(own) <= set(story.records)


def injected(story: Story, dose: str) -> None:
    """Handed over, received, injected on the day, and felt by the patient."""
    sitting = story.sitting_of(dose)
    mine, witness = story.proof("keeper"), story.proof("technician")
    story.does("keeper", issuing.hand_over, lambda s: {
        "dose": load(s, dose, Dose), "sitting": load(s, sitting, TransplantationSession),
        "scanned_patient": story.patient, "carrier": "Courier 4", "performed": story.done(),
        "proof": mine, "witness": witness, "temperature_c": Decimal(5),
    })  # fmt: skip
    story.wait(hours=1)
    story.does("physician", issuing.receive_dose, lambda s: {
        "dose": load(s, dose, Dose), "scanned_patient": story.patient, "intact": True,
        "performed": story.done(), "temperature_c": Decimal(6),
    })  # fmt: skip
    story.does("physician", contraindication_checks.record_check, lambda s: {
        "course": load(s, story.course, Course), "occasion": Occasion.INJECTION, "found": [],
        "transplantation_session": load(s, sitting, TransplantationSession),
    })  # fmt: skip
    proof = story.proof("physician")
    story.does("physician", administering.record_administration, lambda s: {
        "dose": load(s, dose, Dose), "scanned_patient": story.patient, "joint": Joint.KNEE,
        "side": Side.LEFT, "volume_ml": Decimal(3), "injected_by": "Dr. Belova",
        "performed": story.done(), "proof": proof, "guidance": "ultrasound",
        "comment": "the patient came early",
    })  # fmt: skip
    injected = story.done().at
    story.wait(hours=1)
    story.does("physician", aftercare.record_observation, lambda s: {
        "sitting": load(s, sitting, TransplantationSession), "began_at": injected,
        "ended_at": story.done().at,
    })  # fmt: skip
    story.does("physician", outcomes.record_outcome, lambda s: {
        "course": load(s, story.course, Course), "kind": OutcomeKind.PAIN, "scale": "NRS",
        "score": Decimal(3), "assessed_on": clock.now().date(),
    })  # fmt: skip


def sterile(story: Story, batch: str) -> None:
    """Two weeks later the cultures are read, verified and approved."""
    story.wait(days=14)
    with story.database.reading() as session:
        running = [
            test.code
            for test in session.scalars(
                select(QcTest)
                .join(Batch, Batch.id == QcTest.batch_id)
                .where(Batch.code == batch, QcTest.status == QcTestStatus.RUNNING)
            ).unique()
        ]
    for test in running:
        story.enter(test, "no growth", days_read=14)
        story.settle(test)
