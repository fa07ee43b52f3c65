"""One patient's cells from end to end, whatever anybody tries: what must hold, holds.

`LIMS_TEST_SOAK=1` (make soak) tries for much longer.
"""

import os
from contextlib import suppress
from random import Random
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
from lims.models.patient import Patient
from lims.models.step import PlannedContainer
from lims.workflows import collecting, issuing, ordering
from lims.workflows.verifying import verify
from tests.conftest import Server
from tests.walks.at_the_bank import ORDERS, OUT
from tests.walks.at_the_bench import BENCH, ENDING
from tests.walks.at_the_clinic import CLINIC
from tests.walks.at_the_freezer import FREEZER
from tests.walks.chances import Chance, Known, NothingThere
from tests.walks.in_quality_control import QUALITY
from tests.walks.invariants import Trail, broken, live, mixed
from tests.walks.proposing import Act
from tests.walks.stages import STAGES
from tests.walks.walker import Walk
from tests.walks.with_doses import DOSES, PAPERS

SOAK = "LIMS_TEST_SOAK" in os.environ
LUCK = st.randoms(use_true_random=True)
"""Seeded by what is drawn, so that a run is told again, and no likelier to be dull than chance."""
TRIES = 8
"""Until one of an area has something to be tried with."""
SETTINGS = settings(
    max_examples=300 if SOAK else 10,
    stateful_step_count=120,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


class Laboratory(RuleBasedStateMachine):
    """The furnished laboratory with one patient at some stage and another one beside."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.database = Database(server.fresh())
        self.travel = time_machine.travel(clock.now(), tick=False)
        self.walk: Walk
        self.live: dict[str, list[Known]] = {}
        self.trail = Trail()

    @initialize(luck=LUCK)
    def somebody_is_treated(self, luck: Random) -> None:
        traveller = self.travel.start()
        other = Walk(self.database, traveller, "Other")
        other.begin()
        other.isolate(other.tissue())
        self.walk = Walk(self.database, traveller, "Patient")
        self.walk.begin()
        luck.choice(STAGES)(self.walk)

    @rule(luck=LUCK)
    def at_the_clinic(self, luck: Random) -> None:
        self.somebody_tries(luck, CLINIC)

    @rule(luck=LUCK)
    def at_the_bench(self, luck: Random) -> None:
        self.somebody_tries(luck, BENCH)

    @rule(luck=LUCK)
    def at_the_end_of_a_step(self, luck: Random) -> None:
        self.somebody_tries(luck, ENDING)

    @rule(luck=LUCK)
    def in_quality_control(self, luck: Random) -> None:
        self.somebody_tries(luck, QUALITY)

    @rule(luck=LUCK)
    def with_a_dose(self, luck: Random) -> None:
        self.somebody_tries(luck, DOSES)

    @rule(luck=LUCK)
    def at_the_freezer(self, luck: Random) -> None:
        self.somebody_tries(luck, FREEZER)

    @rule(luck=LUCK)
    def at_the_bank(self, luck: Random) -> None:
        self.somebody_tries(luck, ORDERS)

    @rule(luck=LUCK)
    def out_of_the_cold(self, luck: Random) -> None:
        self.somebody_tries(luck, OUT)

    @rule(luck=LUCK)
    def on_paper(self, luck: Random) -> None:
        self.somebody_tries(luck, PAPERS)

    @rule(luck=LUCK)
    def time_passes(self, luck: Random) -> None:
        self.walk.wait(hours=luck.choice((1, 6, 25, 24 * 15)))
        self.walk.alone(issuing.expire_due)
        self.walk.alone(ordering.lapse_due)

    def somebody_tries(self, luck: Random, area: tuple[Any, ...]) -> None:
        """Refused or done; nothing else may come of it."""
        chance = Chance(luck, self.walk, self.live)
        try:
            login, command, values = self.proposed(chance, area)
            login = chance.who(login)
            self.walk.act(login, command, **values)
            note(f"{login} did {command.__name__}")
        except RuleOfTheDatabase:
            raise  # a gate is missing: no constraint is what people should run into
        except LimsError as refusal:
            note(refusal.english())

    def proposed(self, chance: Chance, area: tuple[Any, ...]) -> Act:
        """An act for which there is something; a kit is ordered where a few have nothing."""
        for _ in range(TRIES):
            propose = chance.of(area)
            with suppress(NothingThere):
                act: Act = propose(chance)
                return act
        return "physician", collecting.order_kit, {"course": self.walk.ordered()}

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
