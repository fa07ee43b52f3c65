"""One patient's course by the people who would do it: from the registration to the injected dose.

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
from lims.models.course import Course, CourseStatus, Joint, Occasion, Side, TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill, FillStatus
from lims.models.label import RecordKind
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    administering,
    contraindication_checks,
    issuing,
    outcomes,
    qc_tests,
    releasing,
    reviewing,
)
from lims.workflows.codes import load
from tests.laboratory.quality import GOOD, SPIKED
from tests.walks.whole import NAME, READ, Whole, unsaid

OF_THE_FILL = {
    "appearance": "conforms",
    "label_identity": "conforms",
    "dose_pct_of_prescribed": "108",
}


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Whole]:
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False) as traveller:
        story = Whole(database, traveller, tmp_path)
        story.print("physician", [story.patient])
        story.begin()
        yield story


def grown(story: Whole) -> tuple[str, str]:
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
    step, tube = story.harvest(p2, live=180_000_000)
    story.close("technician", step)
    return batch, tube


def analysed(story: Whole, batch: str, tube: str) -> None:
    """Every quick test of the suspension that is filled, read, verified and approved."""
    aliquot = story.sample(batch, tube, Suspension, "1", list(GOOD))
    for line, test in story.tests(aliquot=aliquot).items():
        spike = {"spike_recovery_pct": Decimal(101)} if line == SPIKED else {}
        story.enter(test, GOOD[line], **spike)
        story.settle(test)


def sterility_begun(story: Whole, batch: str, dose: str) -> None:
    aliquot = story.sample(batch, dose, Dose, "0.1", ["sterility"])
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

    with story.database.reading() as session:
        assert load(session, fill, Fill).status is FillStatus.RELEASED
        assert load(session, doses[0], Dose).status is DoseStatus.ADMINISTERED
        assert load(session, story.course, Course).status is CourseStatus.FOLLOW_UP
        assert reviewing.missing_for_release(session, load(session, fill, Fill)) == []


def checked(story: Whole, fill: str) -> None:
    """What is looked at on the fill itself."""
    story.does("analyst", qc_tests.request_fill_tests, lambda s: {
        "fill": load(s, fill, Fill), "lines": list(OF_THE_FILL),
    })  # fmt: skip
    for line, test in story.tests(fill=fill).items():
        if line in OF_THE_FILL:
            story.enter(test, OF_THE_FILL[line])
            story.settle(test)


def released(story: Whole, fill: str, *, conditionally: bool) -> None:
    proof = story.proof("qa")
    command = releasing.release_conditionally if conditionally else releasing.release_fill
    story.does(
        "qa", command, lambda s: {"fill": load(s, fill, Fill), "reason": "seen", "proof": proof}
    )


def certified(story: Whole, fill: str, dose: str, *, said: str, sterility: str) -> None:
    """Both papers that go with the fill, by what was decided and what is known by then."""
    analysis = story.paper(RecordKind.CERTIFICATE_OF_ANALYSIS, fill)
    assert unsaid(analysis, story.patient, NAME, fill, said, sterility, "<0,05 EU/mL ✓ pass") == []
    release = story.paper(RecordKind.RELEASE_CERTIFICATE, fill)
    assert unsaid(release, story.patient, NAME, f"{dose} 55 800 000 3.1", said) == []


def written(story: Whole, batch: str) -> None:
    """The batch record holds each step; each kind of step was read by itself before."""
    text = story.paper(RecordKind.BATCH, batch)
    assert unsaid(text, story.patient, NAME, batch, *story.records) == []
    assert story.kinds == READ.keys()


def injected(story: Whole, dose: str) -> None:
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
    })  # fmt: skip
    story.does("physician", outcomes.record_outcome, lambda s: {
        "course": load(s, story.course, Course), "kind": OutcomeKind.PAIN, "scale": "NRS",
        "score": Decimal(3), "assessed_on": clock.now().date(),
    })  # fmt: skip


def sterile(story: Whole, batch: str) -> None:
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
