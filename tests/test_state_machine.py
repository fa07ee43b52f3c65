"""One patient's cells from end to end, whatever anybody tries: what must hold, holds.

`LIMS_TEST_SOAK=1` (make soak) tries for much longer.
"""

import os
from typing import Any

import time_machine
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from lims import clock
from lims.database import Database, RuleOfTheDatabase
from lims.errors import LimsError
from lims.models.aliquot import Aliquot
from lims.models.course import TransplantationSession
from lims.models.patient import ConsentKind, Patient
from lims.models.step import PlannedContainer
from lims.workflows import issuing
from lims.workflows import ordering as lapsing
from lims.workflows.verifying import verify
from tests.conftest import Server
from tests.walks import freezing, ordering, specifying, thawing
from tests.walks.at_the_bank import BANK
from tests.walks.at_the_bath import BATH
from tests.walks.at_the_bench import BENCH, ENDING
from tests.walks.at_the_clinic import CLINIC
from tests.walks.at_the_freezer import FREEZER
from tests.walks.chances import Chance, Known, NothingThere
from tests.walks.in_quality_control import QUALITY
from tests.walks.invariants import Trail, broken, live, mixed
from tests.walks.releasing import decide, sterility_begun, viable
from tests.walks.releasing import releasing as decisions
from tests.walks.walker import Walk
from tests.walks.with_doses import DOSES, PAPERS

SOAK = "LIMS_TEST_SOAK" in os.environ
SETTINGS = settings(
    max_examples=300 if SOAK else 6,
    stateful_step_count=120 if SOAK else 40,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
STAGES = (
    "consented", "received", "growing", "harvested", "frozen", "filled", "released", "banked",
    "out",
)  # fmt: skip


class Laboratory(RuleBasedStateMachine):
    """The furnished laboratory with one patient at some stage and another one beside."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.database = Database(server.fresh())
        self.travel = time_machine.travel(clock.now(), tick=False)
        self.walk: Walk
        self.live: dict[str, list[Known]] = {}
        self.trail = Trail()

    @initialize(stage=st.sampled_from(STAGES))
    def somebody_is_treated(self, stage: str) -> None:
        traveller = self.travel.start()
        other = Walk(self.database, traveller, "Other")
        other.begin()
        other.isolate(other.tissue())
        self.walk = Walk(self.database, traveller, "Patient")
        self.walk.begin()
        self.reach(STAGES.index(stage))

    def reach(self, stage: int) -> None:
        walk = self.walk
        if stage == 1:
            walk.tissue()
        if stage == 2:
            walk.isolate(walk.tissue())
        if stage < 3:
            return
        if stage == 7:
            specifying.approve(walk, specifying.lenient(()))
            walk.agree(ConsentKind.STORAGE)
            ordering.released(walk, 5)
            ordering.scheduled(walk, ordering.drafted(walk, 2))
            return
        if stage == 8:
            specifying.approve(walk, specifying.lenient(()))
            walk.agree(ConsentKind.STORAGE)
            ordering.released(walk, 5)
            thawing.out(walk, 3)
            return
        specifying.approve(walk, specifying.lenient())
        tube = walk.cells(volume="20")
        if stage == 3:
            return
        if stage == 4:
            fill, codes = freezing.vials_filled(walk, tube, 4)
            freezing.frozen(walk, fill, codes)
            freezing.placed(walk, codes[:2])
            return
        viable(walk, batch := walk.batch_of(tube), tube)
        fill, doses = walk.fill(tube, ["3", "3", "3"])
        sterility_begun(walk, batch, doses[2])
        if stage == 6:
            decide(walk, decisions.release_conditionally, fill)

    @rule(data=st.data())
    def at_the_clinic(self, data: Any) -> None:
        self.somebody_tries(data, CLINIC)

    @rule(data=st.data())
    def at_the_bench(self, data: Any) -> None:
        self.somebody_tries(data, BENCH)

    @rule(data=st.data())
    def at_the_end_of_a_step(self, data: Any) -> None:
        self.somebody_tries(data, ENDING)

    @rule(data=st.data())
    def in_quality_control(self, data: Any) -> None:
        self.somebody_tries(data, QUALITY)

    @rule(data=st.data())
    def with_a_dose(self, data: Any) -> None:
        self.somebody_tries(data, DOSES)

    @rule(data=st.data())
    def at_the_freezer(self, data: Any) -> None:
        self.somebody_tries(data, FREEZER)

    @rule(data=st.data())
    def at_the_bank(self, data: Any) -> None:
        self.somebody_tries(data, BANK)

    @rule(data=st.data())
    def at_the_bath(self, data: Any) -> None:
        self.somebody_tries(data, BATH)

    @rule(data=st.data())
    def on_paper(self, data: Any) -> None:
        self.somebody_tries(data, PAPERS)

    @rule(hours=st.sampled_from((1, 6, 25, 24 * 15)))
    def time_passes(self, hours: int) -> None:
        self.walk.wait(hours=hours)
        self.walk.alone(issuing.expire_due)
        self.walk.alone(lapsing.lapse_due)

    def somebody_tries(self, data: Any, area: tuple[Any, ...]) -> None:
        """Refused or done; nothing else may come of it."""
        chance = Chance(data, self.walk, self.live)
        propose = chance.of(area)
        try:
            login, command, values = propose(chance)
            login = chance.who(login)
            self.walk.act(login, command, **values)
            note(f"{login} did {command.__name__}")
        except NothingThere:
            note(f"nothing there to {propose.__name__}")
        except RuleOfTheDatabase:
            raise  # a gate is missing: no constraint is what people should run into
        except LimsError as refusal:
            note(f"{propose.__name__}: {refusal.english()}")

    @invariant()
    def what_must_hold_holds(self) -> None:
        with self.database.reading() as session:
            connection = session.connection()
            assert list(self.trail.follow(connection)) == []
            self.live, wrong = live(connection, self.trail)
            assert wrong == []
            assert list(broken(connection)) == []
            for model in (Patient, TransplantationSession, Aliquot):
                self.live[model.__tablename__] = [
                    Known(code, "", None)
                    for code in session.scalars(select(model.code).order_by(model.id))
                ]
            self.live["planned_container"] = [
                Known(code, kind, patient)
                for code, kind, patient in session.execute(
                    select(
                        PlannedContainer.container_code,
                        PlannedContainer.kind,
                        PlannedContainer.patient_id,
                    ).order_by(PlannedContainer.id)
                )
            ]

    def teardown(self) -> None:
        self.travel.stop()
        with self.database.reading() as session:
            assert verify(session, []).is_whole
            assert list(mixed(session.connection())) == []
        self.database.engine.dispose()


def test_what_must_hold_holds_whatever_anybody_tries(server: Server) -> None:
    run_state_machine_as_test(lambda: Laboratory(server), settings=SETTINGS)
