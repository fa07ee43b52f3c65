"""The whole story told by the people who would do it: each act a command of its own, by its person.

Time is held and moved on by the story; labels are printed from each step's plan and read back.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.database import Database
from lims.labels import render
from lims.labels.parts import Label
from lims.models.aliquot import Aliquot, QcTest
from lims.models.batch import Batch
from lims.models.contraindication import Occasion
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Dose, Fill, FillKind
from lims.models.lot import Lot
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.step import PlannedContainer, Step
from lims.models.suspension import Purpose, Suspension
from lims.models.vessel import Vessel
from lims.papers.label_maker import Facility
from lims.papers.labels import labels_for
from lims.workflows import (
    collecting,
    contraindication_checks,
    feeding,
    filling,
    harvesting,
    isolating,
    labelling,
    observing,
    proving,
    qc_deciding,
    qc_readings,
    qc_results,
    qc_tests,
    receiving,
    sampling,
    seeding,
    signing,
    splitting,
    steps,
    supplying,
)
from lims.workflows.codes import load
from lims.workflows.filling import Portion
from lims.workflows.label_balance import LeftOver
from lims.workflows.qc_entries import Entry
from lims.workflows.sampling import Drawn
from lims.workflows.seeding import Sown
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed
from tests.labels.printed import raster, scanned
from tests.laboratory import PASSWORD, clinic, person, supplies
from tests.laboratory.cells import DIGESTION, counted, opened_before, said

Of = Callable[[Session], Mapping[str, Any]]
DPI = 300
WITH_COUNT = ("cabinet", "centrifuge", "counter")


class Story:
    """One patient's material from the tissue on; what is made is kept by its code."""

    picture = "0" * 64
    """The file of each label, of which a story only tells."""

    def __init__(self, database: Database, traveller: time_machine.Traveller, name: str) -> None:
        self.database, self.traveller, self.name = database, traveller, name
        self.keys = itertools.count()
        self.printed: list[str] = []
        """Every code that was read back from a printed label."""
        with database.reading() as session:
            self.patient = clinic.patient(session, name).code
            self.course = clinic.course(session, name).code
            self.facility = Facility("Laboratory", clock.now().tzinfo)  # type: ignore[arg-type]

    # people and time

    def does(self, login: str, command: Callable[..., Any], of: Of) -> Any:
        """The person with this sign-in name gives a command."""
        with self.database.reading() as session:
            who = person(session, login).id
        key = f"{self.name} {next(self.keys)}"
        return self.database.run(command, who, key=key, arguments=of, terminal="bench 1")

    def proof(self, login: str) -> Proof:
        return proving.prove(self.database, login, PASSWORD, "127.0.0.1")

    def wait(self, **span: float) -> None:
        self.traveller.shift(timedelta(**span))

    def done(self) -> Performed:
        return Performed(at=clock.now())

    def at_bench(
        self, login: str, command: Callable[..., Any], of: Of, *, checker: str = "lead",
        bench: str = "bench",
    ) -> Any:  # fmt: skip
        """A step opened at a bench, the line checked by a second person."""
        checking = self.proof(checker)
        return self.does(
            login,
            command,
            lambda s: {**of(s), "station": supplies.place(s, bench), "checker": checking},
        )

    # what every step needs

    def supply(self, step: str, *lots: str, equipment: Sequence[str] = ()) -> None:
        for name in lots:
            self.does("technician", supplying.use_lot, lambda s, name=name: {
                "step": load(s, step, Step), "lot": supplies.lot(s, name), "quantity": Decimal(1),
            })  # fmt: skip
        for name in equipment:
            self.does("technician", supplying.use_equipment, lambda s, name=name: {
                "step": load(s, step, Step), "item": supplies.equipment(s, name),
            })  # fmt: skip

    def planned(self, step: str, kind: str) -> list[str]:
        with self.database.reading() as session:
            query = (
                select(PlannedContainer.container_code)
                .join(Step, Step.id == PlannedContainer.step_id)
                .where(Step.code == step, PlannedContainer.kind == kind)
                .order_by(PlannedContainer.id)
            )
            return list(session.scalars(query))

    def labels(self, codes: Sequence[str]) -> list[Label]:
        with self.database.reading() as session:
            return labels_for(session, codes, self.facility)

    def print(self, login: str, codes: Sequence[str], step: str | None = None) -> None:
        """Print labels, read every one of them back from the printer's dots, note them printed."""
        for label in self.labels(codes):
            stock = label.stock.at(DPI)
            assert scanned(raster(render([label], stock), stock)) == [label.code]
            self.printed.append(label.code)
        self.does(login, labelling.record_printed, lambda s: {
            "step": load(s, step, Step) if step else None,
            "patient_id": load(s, self.patient, Patient).id,
            "codes": codes, "layout": "story", "content_sha256": self.picture,
        })  # fmt: skip

    def print_plan(self, login: str, step: str) -> None:
        codes = [
            code
            for kind in ("SU", "VE", "QC", "DS", "VL")
            for code in Story.planned(self, step, kind)
        ]
        if codes:
            self.print(login, codes, step)

    def close(self, login: str, step: str, checker: str = "lead") -> None:
        """Close a step at the bench; what was not used of its labels is destroyed."""
        proof = self.proof(checker)
        self.does(login, steps.close_step, lambda s: {
            "step": load(s, step, Step), "checker": proof, "left_over": LeftOver.DESTROYED,
            "comment": said(load(s, step, Step)),
        })  # fmt: skip

    # the stages

    def collect(self) -> str:
        """Kit, contraindications of the day, collection, courier."""
        of_course: Of = lambda s: {"course": load(s, self.course, Course)}  # noqa: E731
        sample: str = self.does("physician", collecting.order_kit, of_course).code
        self.print("physician", [sample])
        self.does("physician", contraindication_checks.record_check, lambda s: {
            **of_course(s), "occasion": Occasion.COLLECTION, "found": [],
        })  # fmt: skip
        self.does("physician", collecting.record_collection, lambda s: {
            "sample": load(s, sample, Sample), "scanned_patient": self.patient,
            "body_site": "abdomen", "surgeon": "Dr. Belova", "performed": self.done(),
        })  # fmt: skip
        self.does("physician", collecting.dispatch_sample, lambda s: {
            "sample": load(s, sample, Sample), "courier": "Courier 4", "performed": self.done(),
        })  # fmt: skip
        return sample

    def receive(self, sample: str, mass_g: str = "7.5", warmest_c: str = "6") -> None:
        self.does("technician", receiving.receive_sample, lambda s: {
            "sample": load(s, sample, Sample), "scanned_patient": self.patient,
            "mass_g": Decimal(mass_g), "container_intact": True, "performed": self.done(),
            "temperature_min_c": Decimal(3), "temperature_max_c": Decimal(warmest_c),
        })  # fmt: skip
        self.does("lead", receiving.accept_sample, lambda s: {"sample": load(s, sample, Sample)})

    def isolate(self, sample: str, vessels: int = 2, live: int = 1_500_000) -> list[str]:
        """Tissue to SVF to P0 vessels on their shelf, one label left over and destroyed."""
        step = self.at_bench("technician", isolating.start_isolation, lambda s: {
            "sample": load(s, sample, Sample), "vessels": vessels + 1,
        }).code  # fmt: skip
        self.supply(
            step, "enzyme", "medium", "buffer", equipment=("cabinet", "centrifuge", "counter")
        )
        self.print_plan("technician", step)
        tube = self.planned(step, "SU")[0]
        self.does("technician", isolating.record_isolation, lambda s: {
            "step": opened_before(load(s, step, Step)), "tissue": load(s, sample, Sample),
            "digestion": replace(DIGESTION, tissue_used_g=load(s, sample, Sample).mass_g),
            "suspension_code": tube, "volume_ml": Decimal(10),
            "count": counted(live, live // 9), "performed": self.done(),
        })  # fmt: skip
        return self.split(step, tube, vessels, each_ml=str(Decimal(10) / vessels))

    def split(
        self, step: str, tube: str, vessels: int, each_ml: str, checker: str = "lead"
    ) -> list[str]:
        codes = self.planned(step, "VE")[:vessels]
        self.does("technician", seeding.seed_vessels, lambda s: {
            "step": load(s, step, Step), "suspension": load(s, tube, Suspension),
            "sown": [Sown(code, Decimal(each_ml), "T-175", Decimal(175)) for code in codes],
            "shelf": supplies.place(s, "shelf"),
        })  # fmt: skip
        self.put_aside(step, tube)
        self.close("technician", step)
        return codes

    def put_aside(self, step: str, tube: str) -> None:
        with self.database.reading() as session:
            left = load(session, tube, Suspension).remaining_ml
        if left:
            second = self.proof("lead")
            self.does("technician", splitting.put_aside, lambda s: {
                "step": load(s, step, Step), "suspension": load(s, tube, Suspension),
                "purpose": Purpose.WASTE, "comment": "more than is needed", "second": second,
            })  # fmt: skip

    def vessels(self, session: Session, codes: Sequence[str]) -> list[Vessel]:
        return [load(session, code, Vessel) for code in codes]

    def feed(self, codes: Sequence[str]) -> None:
        step = self.at_bench("technician", feeding.start_feeding, lambda s: {
            "vessels": self.vessels(s, codes),
        }).code  # fmt: skip
        self.supply(step, "complete_medium", equipment=("cabinet",))
        self.does("technician", feeding.record_feeding, lambda s: {
            "step": load(s, step, Step), "vessels": self.vessels(s, codes),
            "medium_ml": Decimal(25), "full_change": True, "performed": self.done(),
            "comment": said(load(s, step, Step)),
        })  # fmt: skip
        self.close("technician", step)

    def look_at(self, codes: Sequence[str], confluence: int) -> None:
        self.does("technician", observing.observe_vessels, lambda s: {
            "vessels": self.vessels(s, codes), "confluence_pct": Decimal(confluence),
            "appearance": "spindle-shaped", "performed": self.done(),
        })  # fmt: skip

    def harvest(
        self, codes: Sequence[str], live: int, vessels: int = 0, volume: str = "10"
    ) -> tuple[str, str]:
        """(step, tube) of the harvest, still open to be split."""
        step = self.at_bench("technician", harvesting.start_harvest, lambda s: {
            "vessels": self.vessels(s, codes), "next_vessels": vessels, "aliquots": 0,
        }).code  # fmt: skip
        self.supply(step, "trypsin", "buffer", equipment=WITH_COUNT)
        self.print_plan("technician", step)
        tube = self.planned(step, "SU")[0]
        self.does("technician", harvesting.record_harvest, lambda s: {
            "step": load(s, step, Step), "vessels": self.vessels(s, codes), "suspension_code": tube,
            "volume_ml": Decimal(volume), "count": counted(live, live // 25),
            "confluence_pct": Decimal(80), "performed": self.done(),
        })  # fmt: skip
        return step, tube

    def sample(
        self, batch: str, source: Any, model: Any, volume: str | None, lines: Sequence[str]
    ) -> str:
        """An aliquot of `source`, in a sampling step of its own, with its tests requested."""
        step = self.at_bench("technician", sampling.start_sampling, lambda s: {
            "batch": load(s, batch, Batch), "number": 1,
        }).code  # fmt: skip
        self.print_plan("technician", step)
        aliquot = self.planned(step, "QC")[0]
        amount = Decimal(volume) if volume else None
        self.does("technician", sampling.record_sampling, lambda s: {
            "step": load(s, step, Step), "performed": self.done(),
            "drawn": [Drawn(load(s, source, model), aliquot, amount)],
        })  # fmt: skip
        self.close("technician", step)
        self.ask(aliquot, lines)
        return aliquot

    def ask(self, aliquot: str, lines: Sequence[str]) -> None:
        self.does("analyst", qc_tests.request_tests, lambda s: {
            "aliquot": load(s, aliquot, Aliquot), "lines": lines,
        })  # fmt: skip

    def tests(self, **of: str) -> dict[str, str]:
        """Line code to test code of the tests of an aliquot or of a fill."""
        with self.database.reading() as session:
            query = select(QcTest)
            if "aliquot" in of:
                query = query.join(Aliquot, Aliquot.id == QcTest.aliquot_id)
                query = query.where(Aliquot.code == of["aliquot"])
            else:
                query = query.join(Fill, Fill.id == QcTest.fill_id).where(Fill.code == of["fill"])
            return {test.line.code: test.code for test in session.scalars(query).unique()}

    def enter(self, test: str, text: str | Mapping[str, str], **read: Any) -> None:
        texts = {"": text} if isinstance(text, str) else text
        self.does("analyst", qc_results.enter_result, lambda s: {
            "test": load(s, test, QcTest), "entry": Entry(texts=texts, read_at=clock.now(), **read),
        })  # fmt: skip

    def start_test(self, test: str) -> None:
        self.does("analyst", qc_tests.start_test, lambda s: {
            "test": load(s, test, QcTest), "started_at": clock.now(),
        })  # fmt: skip

    def settle(self, test: str) -> None:
        """Verified by the keeper, approved by quality."""
        self.verify(test)
        self.decide("qa", qc_deciding.approve_result, test)

    def verify(self, test: str) -> None:
        self.decide("keeper", qc_deciding.verify_result, test)

    def decide(self, login: str, command: Callable[..., Any], test: str) -> None:
        """What the page of a result shows, signed."""
        with self.database.reading() as session:
            seen = signing.sha256_of(qc_readings.shown_of(load(session, test, QcTest)))
        proof = self.proof(login)
        self.does(login, command, lambda s: {
            "test": load(s, test, QcTest), "seen": seen, "proof": proof,
        })  # fmt: skip

    def fill(
        self, tube: str, volumes: Sequence[str], sitting: str | None = None
    ) -> tuple[str, list[str]]:
        """(fill, doses) for the session told, or for the course's first."""
        if sitting is None:
            with self.database.reading() as session:
                sitting = load(session, self.course, Course).sessions[0].code
        step = self.at_bench("technician", filling.start_filling, lambda s: {
            "suspension": load(s, tube, Suspension), "kind": FillKind.DOSES,
            "number": len(volumes) + 1, "sitting": load(s, sitting, TransplantationSession),
            "comment": "in good time",
        }).code  # fmt: skip
        self.supply(step, "vehicle", equipment=("cabinet",))
        self.print_plan("technician", step)
        doses = self.planned(step, "DS")[: len(volumes)]
        fill: str = self.does("technician", filling.record_filling, lambda s: {
            "step": load(s, step, Step), "suspension": load(s, tube, Suspension),
            "kind": FillKind.DOSES, "vehicle": self.bottle(s),
            "appearance_good": True, "containers_intact": True, "performed": self.done(),
            "portions": [
                Portion(code, Decimal(volume), self.injection(s, sitting))
                for code, volume in zip(doses, volumes, strict=True)
            ],
        }).code  # fmt: skip
        self.close("technician", step)
        return fill, doses

    def bottle(self, session: Session) -> Lot | str:
        """What doses are suspended in, scanned among the lots of the step before."""
        return supplies.lot(session, "vehicle")

    def injection(self, session: Session, sitting: str) -> Any:
        return load(session, sitting, TransplantationSession).administrations[0]

    def sitting_of(self, dose: str) -> str:
        with self.database.reading() as session:
            return load(session, dose, Dose).session.code
