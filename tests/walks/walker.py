"""A story told quickly: a patient of its own, nothing printed; each act still a command.

An argument that is a function is found in the command's own session: `sample=at(Sample, code)`.
"""

import itertools
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from sqlalchemy.orm import Session

from lims import clock
from lims.database import Database
from lims.demo.telling import at, each, found, named, row
from lims.models.contraindication import Occasion
from lims.models.course import Course, Grading, Indication
from lims.models.fill import Dose, Fill
from lims.models.lot import Lot
from lims.models.patient import ConsentKind, Marker, MarkerValue, Patient, Sex
from lims.models.sample import Sample
from lims.models.site import Joint, Side
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.workflows import (
    collecting,
    consents,
    containers,
    contraindication_checks,
    course_progress,
    courses,
    harvesting,
    labelling,
    markers,
    patients,
    sessions,
)
from lims.workflows.codes import load
from lims.workflows.courses import Prescription
from lims.workflows.planned_injections import Injection
from lims.workflows.signing import Proof
from tests.laboratory import person, supplies
from tests.laboratory.cells import counted
from tests.story import Story

__all__ = ["Walk", "at", "each", "named", "row"]

BORN = date(1970, 1, 1)
CELLS = 50_000_000
NOTED = {3: "legs measured"}
"""Beside an absent contraindication."""
KNEE = Injection(Joint.KNEE, Side.LEFT, CELLS, Decimal(3))
PRESCRIPTION = Prescription(
    indication=Indication.OSTEOARTHROSIS,
    grading=Grading.KELLGREN_LAWRENCE,
    grade="II",
    prescribed_cells=CELLS,
    prescribed_volume_ml=Decimal(3),
)
ABSURDLY_MANY = 1_000_000_000
"""Live cells of one harvest: enough for twenty doses without growing them for weeks."""


class Walk(Story):
    """One new patient; courses are begun by `begin`, the current one is `course`."""

    def __init__(self, database: Database, traveller: time_machine.Traveller, name: str) -> None:
        self.database, self.traveller, self.name = database, traveller, name
        self.keys = itertools.count()
        self.printed = []
        self.ids: dict[str, tuple[int, str]] = {}
        self.patient: str = self.act(
            "physician", patients.register_patient, full_name=f"{name} Walk", other_name=None,
            birth_date=BORN, sex=Sex.FEMALE, is_another_person=True,
        ).code  # fmt: skip
        self.course = ""

    # told quickly

    def act(self, login: str, command: Callable[..., Any], /, **values: Any) -> Any:
        """The person with this sign-in name gives a command."""
        return self.does(login, command, lambda session: found(session, values))

    def does(self, login: str, command: Callable[..., Any], of: Any) -> Any:
        key = f"{self.name} {next(self.keys)}"
        who = self.who(login)[0]
        return self.database.run(command, who, key=key, arguments=of, terminal="bench 1")

    def alone(self, command: Callable[..., Any], /, **values: Any) -> Any:
        """What the system does by itself."""
        return self.database.run(
            command, None, key="", arguments=lambda session: found(session, values)
        )

    def who(self, login: str) -> tuple[int, str]:
        if login not in self.ids:
            with self.database.reading() as session:
                user = person(session, login)
            self.ids[login] = user.id, user.full_name
        return self.ids[login]

    def someone(self, login: str) -> Callable[[Session], User]:
        return lambda session: session.get_one(User, self.who(login)[0])

    def badge(self, login: str) -> str:
        with self.database.reading() as session:
            return self.someone(login)(session).code

    def proof(self, login: str) -> Proof:
        return Proof(*self.who(login))

    def supply(self, step: str, *lots: str, equipment: Sequence[str] = ()) -> None:
        pass

    def bottle(self, session: Session) -> Lot | str:
        return "Sodium chloride 0.9 %"

    def print_plan(self, login: str, step: str) -> None:
        """Of a filling, whose containers go nowhere without a label; one dose more was planned."""
        if codes := [*self.planned(step, "DS")[:-1], *self.planned(step, "VL")]:
            self.labelled(step, codes)

    def print(self, login: str, codes: Sequence[str], step: str | None = None) -> None:
        pass

    def planned(self, step: str, kind: str) -> list[str]:
        """What the step gave out; tubes, vessels and aliquots are labelled when first asked for."""
        codes = super().planned(step, kind)
        with self.database.reading() as session:
            printed = containers.current_labels(session, codes)
        bare = [code for code in codes if code not in printed]
        if bare and kind in ("SU", "VE", "QC"):
            self.labelled(step, bare)
        return codes

    def labelled(self, step: str, codes: Sequence[str]) -> None:
        with self.database.reading() as session:
            patient = self.mine()(session).id
        self.act(
            "technician", labelling.record_printed, step=self.step(step), patient_id=patient,
            codes=codes, layout="walk", content_sha256=self.picture,
        )  # fmt: skip

    def step(self, code: str) -> Callable[[Session], Any]:
        return at(Step, code)

    def read(self, model: Any, code: str) -> Any:
        with self.database.reading() as session:
            return load(session, code, model)

    def bench(self, bench: str = "bench", checker: str = "lead") -> dict[str, Any]:
        """What a step at a bench is opened with."""
        return {"station": named(supplies.place, bench), "checker": self.proof(checker)}

    # the clinic

    def mine(self) -> Callable[[Session], Any]:
        return at(Patient, self.patient)

    def ordered(self) -> Callable[[Session], Any]:
        return at(Course, self.course)

    def agree(self, kind: ConsentKind = ConsentKind.PRODUCTION) -> Any:
        return self.act(
            "physician", consents.record_consent, patient=self.mine(), kind=kind,
            form_version="1", signed_on=clock.today(),
        )  # fmt: skip

    def know(self, value: MarkerValue = MarkerValue.NONREACTIVE, **also: Any) -> None:
        self.act("physician", markers.record_markers, **{
            "patient": self.mine(), "sampled_on": clock.today(),
            "valid_until": clock.today() + timedelta(days=400),
            "reason": "the laboratory's own rule", "values": dict.fromkeys(Marker, value), **also,
        })  # fmt: skip

    def order(self) -> None:
        self.course = self.act(
            "physician", courses.order_course, patient=self.mine(), prescription=PRESCRIPTION
        ).code

    def plan(self, ahead: int = 35) -> str:
        code: str = self.act(
            "physician", sessions.plan_session, course=self.ordered(),
            planned_on=clock.today() + timedelta(days=ahead), injections=[KNEE],
            reason="in two halves, should there be one that day",
        ).code  # fmt: skip
        return code

    def check(self, occasion: Occasion = Occasion.ENROLMENT, **also: Any) -> Any:
        values = {
            "course": self.ordered(),
            "occasion": occasion,
            "found": [],
            "absent": NOTED,
            **also,
        }
        return self.act("physician", contraindication_checks.record_check, **values | also)

    def declare(self) -> None:
        self.plan()
        self.check()
        self.act("physician", course_progress.declare_eligible, course=self.ordered())

    def begin(self) -> None:
        """Consents, markers, a course of one session: consented."""
        self.agree()
        self.agree(ConsentKind.USE)
        self.know()
        self.begin_course()

    def begin_course(self) -> None:
        """Another course of one session, for a patient who consented."""
        self.order()
        self.declare()

    # the laboratory

    def kit(self) -> str:
        code: str = self.act("physician", collecting.order_kit, course=self.ordered()).code
        return code

    def tissue(self) -> str:
        """Tissue received and accepted."""
        sample = self.collect()
        self.receive(sample)
        return sample

    def of(self, sample: str) -> Callable[[Session], Any]:
        return at(Sample, sample)

    def reap(self, codes: Sequence[str], volume: str = "10", live: int = ABSURDLY_MANY) -> str:
        """The tube of a harvest that is closed."""
        step = self.act(
            "technician", harvesting.start_harvest, vessels=each(Vessel, codes), **self.bench()
        ).code
        tube = self.planned(step, "SU")[0]
        self.act(
            "technician", harvesting.record_harvest, step=self.step(step),
            vessels=each(Vessel, codes), suspension_code=tube, volume_ml=Decimal(volume),
            count=counted(live, live // 25), performed=self.done(),
        )  # fmt: skip
        self.close("technician", step)
        return tube

    def cells(self, volume: str = "10") -> str:
        """Tissue to a counted harvest of P0, ready to be filled."""
        return self.reap(self.isolate(self.tissue(), vessels=2), volume)

    def batch_of(self, tube: str) -> str:
        with self.database.reading() as session:
            return load(session, tube, Suspension).batch.code

    def read_patient(self) -> int:
        with self.database.reading() as session:
            key: int = self.mine()(session).id
        return key

    def read_sessions(self) -> list[Any]:
        """The sessions of the course that take place, in order."""
        with self.database.reading() as session:
            every = self.ordered()(session).sessions
        return [planned for planned in every if planned.cancelled_reason is None]

    def filled(self, fill: str) -> Callable[[Session], Any]:
        return at(Fill, fill)

    def dose(self, dose: str) -> Callable[[Session], Any]:
        return at(Dose, dose)
