"""One patient's cells from end to end, whatever anybody tries: what must hold, holds."""

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
from tests.soaking import SOAK
from tests.walks.at_the_bank import ORDERS, OUT
from tests.walks.at_the_bath import BATH
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

TRIES = 8
"""Until one has something to be tried with."""
AREAS: tuple[tuple[Any, ...], ...] = (
    CLINIC, BENCH, ENDING, QUALITY, DOSES, PAPERS, FREEZER, FREEZER, ORDERS, ORDERS, OUT, BATH,
)  # fmt: skip
ONE_IN = 20
"""How seldom nobody does anything, and time passes."""
LIVES = {"sqlite": 300 if SOAK else 4, "postgresql": 300 if SOAK else 2}
"""So many patients; PostgreSQL asks twice the time of each."""
SETTINGS = settings(
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
        server.renew()
        self.database: Database = server.own
        self.travel = time_machine.travel(clock.now(), tick=False)
        self.walk: Walk
        self.luck: Random
        """All that happens follows from its seed: chance is duller where each choice is drawn."""
        self.live: dict[str, list[Known]] = {}
        self.trail = Trail()

    @initialize(seed=st.integers(0, 2**32))
    def somebody_is_treated(self, seed: int) -> None:
        self.luck = Random(seed)
        traveller = self.travel.start()
        other = Walk(self.database, traveller, "Other")
        other.begin()
        other.isolate(other.tissue())
        self.walk = Walk(self.database, traveller, "Patient")
        self.walk.begin()
        self.luck.choice(STAGES)(self.walk)

    @rule()
    def something_happens(self) -> None:
        if self.luck.randrange(ONE_IN) == 0:
            self.time_passes()
        else:
            self.somebody_tries()

    def time_passes(self) -> None:
        self.walk.wait(hours=self.luck.choice((1, 6, 25, 24 * 15)))
        self.walk.alone(issuing.expire_due)
        self.walk.alone(ordering.lapse_due)

    def somebody_tries(self) -> None:
        """Refused or done; nothing else may come of it. No two acts are of one moment."""
        self.walk.wait(seconds=1)
        chance = Chance(self.luck, self.walk, self.live)
        try:
            login, command, values = self.proposed(chance)
            login = chance.who(login)
            self.walk.act(login, command, **values)
            note(f"{login} did {command.__name__}")
        except RuleOfTheDatabase:
            raise  # a gate is missing: no constraint is what people should run into
        except LimsError as refusal:
            note(refusal.english())

    def proposed(self, chance: Chance) -> Act:
        """An act for which there is something; a kit can always be ordered."""
        for _ in range(TRIES):
            propose = chance.of(chance.of(AREAS))
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


def test_what_must_hold_holds_whatever_anybody_tries(server: Server) -> None:
    run_state_machine_as_test(
        lambda: Laboratory(server), settings=settings(SETTINGS, max_examples=LIVES[server.dialect])
    )
