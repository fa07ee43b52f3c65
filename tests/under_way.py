"""What else a busy laboratory is in the middle of: an open step of each kind, and what waits."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.database import Database
from lims.models.administration import OutcomeKind, Severity
from lims.models.batch import Batch
from lims.models.contraindication import Occasion
from lims.models.course import Course
from lims.models.deviation import HoldKind
from lims.models.equipment import Place, PlaceKind
from lims.models.fill import FillKind
from lims.models.patient import ConsentKind, Sex
from lims.models.sample import Sample
from lims.models.site import Joint, Side
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    consents,
    contraindication_checks,
    courses,
    feeding,
    filling,
    harvesting,
    holds,
    isolating,
    labelling,
    lots,
    observing,
    outcomes,
    patients,
    places,
    processing,
    recounting,
    sampling,
    seeding,
    sessions,
    specification_approval,
)
from lims.workflows.codes import load
from lims.workflows.planned_injections import Injection
from lims.workflows.steps import Performed
from tests.laboratory import person, supplies
from tests.laboratory.cells import counted
from tests.laboratory.clinic import CELLS, PRESCRIPTION, VOLUME_ML
from tests.laboratory.quality import GOOD
from tests.laboratory.specification import AT_ONCE, approval_of
from tests.story import WITH_COUNT, Of, Story

BENCHES = ("Bench 3", "Bench 4", "Bench 5", "Bench 6", "Bench 7", "Bench 8", "Bench 9")


def newcomers(database: Database, traveller: time_machine.Traveller) -> None:
    """Two just written down: one not asked about contraindications yet, one not declared fit whose
    second visit has two injections."""
    a_newcomer(Story(database, traveller, "ivanova"), "Kowalska Anna")
    asked = a_newcomer(Story(database, traveller, "ivanova"), "Jonaitis Petras")
    asked.does("physician", contraindication_checks.record_check, lambda s: {
        "course": load(s, asked.course, Course), "occasion": Occasion.ENROLMENT, "found": [],
    })  # fmt: skip
    asked.does("physician", sessions.plan_session, lambda s: {
        "course": load(s, asked.course, Course), "planned_on": clock.today() + timedelta(days=90),
        "injections": [
            Injection(Joint.KNEE, side, CELLS, VOLUME_ML) for side in (Side.LEFT, Side.RIGHT)
        ],
        "otherwise": "both knees hurt by now",
    })  # fmt: skip


def a_newcomer(newcomer: Story, full_name: str) -> Story:
    newcomer.name = full_name
    patient = newcomer.does("physician", patients.register_patient, lambda s: {
        "full_name": full_name, "other_name": None, "birth_date": date(1965, 3, 1),
        "sex": Sex.FEMALE, "document": None,
    })  # fmt: skip
    for kind in ConsentKind:
        newcomer.does("physician", consents.record_consent, lambda s, kind=kind: {
            "patient": load(s, patient.code, type(patient)), "kind": kind, "form_version": "1",
            "signed_on": clock.today(),
        })  # fmt: skip
    course = newcomer.does("physician", courses.order_course, lambda s: {
        "patient": load(s, patient.code, type(patient)), "prescription": PRESCRIPTION,
    })  # fmt: skip
    newcomer.does("physician", sessions.plan_session, lambda s: {
        "course": load(s, course.code, Course), "planned_on": clock.today() + timedelta(days=60),
        "injections": [Injection(Joint.KNEE, Side.LEFT, CELLS, VOLUME_ML)],
    })  # fmt: skip
    newcomer.patient, newcomer.course = patient.code, course.code
    return newcomer


def more_benches(story: Story) -> None:
    for name in BENCHES:
        story.does("administrator", places.add_place, lambda s, name=name: {
            "name": name, "kind": PlaceKind.PROCESSING_BENCH,
            "within": supplies.place(s, "clean_room"), "equipment": None,
        })  # fmt: skip


def at_every_bench(story: Story, vessels: list[str], tube_to_fill: tuple[Story, str]) -> None:
    """One step of each kind open, with the vessels of one young batch."""
    grown, uncounted, split, fed, last = vessels
    more_benches(story)
    tube = harvested(story, grown, live=700_000)
    read(story, tube)
    step, seeded_on = story.harvest([uncounted], live=600_000, vessels=1)
    [next_passage] = story.split(step, seeded_on, 1, each_ml="5")
    harvested(story, next_passage, live=None)  # from P1 on: its doublings are unknown
    step = opened(story, "bench", harvesting.start_harvest, lambda s: {
        "vessels": story.vessels(s, [split]), "next_vessels": 2, "aliquots": 2,
    })  # fmt: skip
    recorded(story, step, split, live=500_000)
    opened(story, "Bench 8", harvesting.start_harvest, lambda s: {
        "vessels": story.vessels(s, [last]), "next_vessels": 0, "aliquots": 0,
    })  # fmt: skip
    opened(story, "second_bench", feeding.start_feeding, lambda s: {
        "vessels": story.vessels(s, [fed]),
    })  # fmt: skip
    opened(story, "Bench 3", seeding.start_seeding, lambda s: {
        "suspension": load(s, tube, Suspension), "vessels": 2,
    })  # fmt: skip
    opened(story, "Bench 4", recounting.start_count, lambda s: {
        "suspension": load(s, tube, Suspension),
    })  # fmt: skip
    opened(story, "Bench 5", processing.start_processing, lambda s: {
        "sources": [load(s, tube, Suspension)],
    })  # fmt: skip
    other, full = tube_to_fill
    opened(other, "Bench 6", filling.start_filling, lambda s: {
        "suspension": load(s, full, Suspension), "kind": FillKind.DOSES, "number": 2,
        "sitting": load(s, other.course, Course).sessions[1], "comment": "in good time",
    })  # fmt: skip
    sampled(story, tube)
    waiting(story, fed)


def isolation(story: Story, tissue: str) -> None:
    opened(story, "Bench 9", isolating.start_isolation, lambda s: {
        "sample": load(s, tissue, Sample), "vessels": 2,
    })  # fmt: skip


def harvested(story: Story, vessel: str, live: int | None) -> str:
    """The tube of a harvest that is closed with nothing taken from it yet."""
    step = opened(story, "bench", harvesting.start_harvest, lambda s: {
        "vessels": story.vessels(s, [vessel]), "next_vessels": 0, "aliquots": 0,
    })  # fmt: skip
    tube = recorded(story, step, vessel, live)
    story.close("technician", step)
    return tube


def recorded(story: Story, step: str, vessel: str, live: int | None) -> str:
    story.supply(step, "trypsin", "buffer", equipment=WITH_COUNT)
    story.print_plan("technician", step)
    tube = story.planned(step, "SU")[0]
    story.does("technician", harvesting.record_harvest, lambda s: {
        "step": load(s, step, Step), "vessels": story.vessels(s, [vessel]),
        "suspension_code": tube, "volume_ml": Decimal(10),
        "count": counted(live, live // 25) if live else None, "performed": story.done(),
    })  # fmt: skip
    return tube


def opened(story: Story, bench: str, command: Callable[..., Any], of: Of) -> str:
    checking = story.proof("lead")
    step = story.does("technician", command, lambda s: {
        **of(s), "station": bench_called(s, bench), "checker": checking,
    })  # fmt: skip
    return str(step.code)


def bench_called(session: Session, name: str) -> Place:
    if name in BENCHES:
        return session.scalars(select(Place).where(Place.name == name)).one()
    return supplies.place(session, name)


def read(story: Story, tube: str) -> None:
    """Three tests of one aliquot: one to begin, one to verify, one to approve."""
    with story.database.reading() as session:
        batch = load(session, tube, Suspension).batch.code
    lines = ("viability_pct", "gram_stain")
    aliquot = story.sample(batch, tube, Suspension, "0.1", (*lines, "mycoplasma"))
    tests = story.tests(aliquot=aliquot)
    for line in lines:
        story.enter(tests[line], GOOD[line])
    story.verify(tests["gram_stain"])


def sampled(story: Story, tube: str) -> None:
    """A sampling with one label void and one not printed yet."""
    with story.database.reading() as session:
        batch = load(session, tube, Suspension).batch.code
    step = opened(story, "Bench 7", sampling.start_sampling, lambda s: {
        "batch": load(s, batch, Batch), "number": 3,
    })  # fmt: skip
    spoilt = story.planned(step, "QC")[0]
    story.print("technician", [spoilt], step)
    story.does("technician", labelling.void_label, lambda s: {"code": spoilt, "reason": "smeared"})


def waiting(story: Story, vessel: str) -> None:
    """What waits for somebody: a confirmation, a hold, a lot, an event, two specifications; and an
    outcome that may be corrected."""
    with story.database.reading() as session:
        lead = person(session, "lead").id
    story.does("technician", observing.observe_vessels, lambda s: {
        "vessels": story.vessels(s, [vessel]), "confluence_pct": Decimal(40),
        "appearance": "spindle-shaped", "performed": Performed(at=clock.now(), performer_id=lead),
    })  # fmt: skip
    story.does("qa", holds.hold_material, lambda s: {
        "record": load(s, vessel, Vessel), "kind": HoldKind.HOLD, "reason": "a doubtful medium",
    })  # fmt: skip
    story.does("technician", lots.receive_lot, lambda s: {
        "item": supplies.item(s, "buffer"), "maker_number": "BUFFER-2", "storage": "15–25 °C",
        "received_on": clock.today(), "expires_on": clock.today() + timedelta(days=300),
        "quantity": Decimal(500), "certificate_seen": False,
    })  # fmt: skip
    story.does("physician", outcomes.record_outcome, lambda s: {
        "course": load(s, story.course, Course), "kind": OutcomeKind.PAIN, "scale": "NRS",
        "score": Decimal(4), "assessed_on": clock.today(),
    })  # fmt: skip
    story.does("physician", outcomes.report_adverse_event, lambda s: {
        "course": load(s, story.course, Course), "began_at": clock.now(),
        "severity": Severity.MILD, "description": "warmth of the knee",
    })  # fmt: skip
    two_specifications(story)


def two_specifications(story: Story) -> None:
    """A newer one in force, and a draft of the next."""
    for in_force, least in ((True, "82"), (False, "85")):
        text = AT_ONCE.replace('limit = ">= 80"', f'limit = ">= {least}"')
        number = story.does(
            "qa", specification_approval.import_specification, lambda s, text=text: {"text": text}
        ).number
        if in_force:
            story.does("qa", specification_approval.approve_specification, lambda s, n=number: (
                approval_of(specification_approval.load(s, n), person(s, "qa"), s)
            ))  # fmt: skip
