"""Telling a story: each act a command of its own, given by its person at its time.

An argument that is a function is found in the command's own session: `sample=at(Sample, code)`.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.clock import Held
from lims.config import Settings
from lims.database import Database
from lims.demo import week
from lims.models.step import PlannedContainer, Step
from lims.models.terminal import Terminal
from lims.models.user import User
from lims.papers import sheets
from lims.papers.wording import wording_of
from lims.workflows import entered_codes, labelling
from lims.workflows.codes import load
from lims.workflows.command import by_scanner
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed

BETWEEN = timedelta(seconds=25)
"""From one act to the next of the same person."""
TECHNICIANS = ("technician", "colleague")
TISSUES_A_DAY = 2
SECOND = "second"
"""Who checks what a technician does: the lead, and the other technician where no work is."""
TURN = timedelta(days=2)
"""For so long one of them works, then the other; on the last day the first, whom visitors are."""
KINDS_PRINTED = ("SU", "VE", "QC", "DS", "VL")

RECEPTION, CRYOBANK = "Reception", "Cryobank"
SECOND_BENCH = "Clean room, bench 2"
TERMINAL_OF = {
    "technician": "Clean room, bench 1",
    "lead": RECEPTION,
    "analyst": "QC room",
    "keeper": CRYOBANK,
    "physician": "Clinic",
}
"""By sign-in name, if they stand nowhere else; who is not named signs in at a desk of their own."""

Found = Callable[[Session], Any]
Codes = Callable[[Session], Iterable[str]]
Arguments = Callable[[Session], Mapping[str, Any]]


def at(model: Any, code: str) -> Found:
    """The record with this code, locked by the command that is given it."""
    return lambda session: load(session, code, model)


def each(model: Any, codes: Sequence[str]) -> Found:
    return lambda session: [load(session, code, model) for code in codes]


def row(model: Any, key: int) -> Found:
    """A record that has no code."""
    return lambda session: session.get_one(model, key, with_for_update=True)


def named(finder: Callable[[Session, str], Any], name: str) -> Found:
    """Something of the laboratory by its well-known name: `named(supplies.place, "bench")`."""
    return lambda session: finder(session, name)


def found(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: of(session) if callable(of) else of for name, of in values.items()}


@dataclass(frozen=True)
class Laboratory:
    """Where all of it happens, and the clock on its wall."""

    database: Database
    settings: Settings
    clock: Held
    last_day: date
    """The day at whose end all is told: by it the roster runs."""
    tissues: Counter[date] = field(default_factory=Counter)
    """How many are isolated on a day: there is one bench for it."""

    def day_for_tissue(self, wanted: date) -> date:
        """That day or the last before on which people work, and the bench is free for it."""
        day = week.not_after(wanted)
        if self.tissues[day] >= TISSUES_A_DAY:
            return self.day_for_tissue(day - week.A_DAY)
        self.tissues[day] += 1
        return day

    def on_duty(self, login: str) -> str:
        """Who that is today: the technicians take turns."""
        if login not in (TECHNICIANS[0], SECOND):
            return login
        if login == SECOND and week.is_worked(clock.today()):
            return "lead"
        turn = (self.last_day - clock.today()) // TURN
        return TECHNICIANS[(turn + (login == SECOND)) % len(TECHNICIANS)]


class Teller:
    """Gives commands as whoever would give them."""

    def __init__(self, laboratory: Laboratory, name: str) -> None:
        self.laboratory, self.name = laboratory, name
        self.database = laboratory.database
        self._keys = itertools.count()
        self._terminals: dict[str, str] = {}
        self._people: dict[str, tuple[int, str]] = {}
        self.between = BETWEEN
        self.elsewhere: dict[str, str | None] = {}
        """At which other terminal, or none, people work just now."""

    def act(self, login: str | None, command: Callable[..., Any], /, **values: Any) -> Any:
        """What the person with this sign-in name has done; of None, what the program does."""
        return self.run(login, command, lambda session: found(session, values))

    def run(self, login: str | None, command: Callable[..., Any], arguments: Arguments) -> Any:
        key = f"{self.name} {next(self._keys)}" if login else ""
        made = self.database.run(
            command, self.person(login)[0] if login else None, key=key,
            arguments=arguments, terminal=self.terminal(login),
        )  # fmt: skip
        self.laboratory.clock.shift(self.between)
        return made

    def enter(
        self, login: str, command: Callable[..., Any], codes: Codes, /, *,
        typed: bool = False, **values: Any,
    ) -> Any:  # fmt: skip
        """`act`, at a form that took `codes`: scanned, or all of them typed by hand."""

        def arguments(session: Session) -> dict[str, Any]:
            read = list(codes(session))
            entered_codes.of_form(session, read)
            by_scanner(session, () if typed else read)
            return found(session, values)

        return self.run(login, command, arguments)

    def person(self, login: str) -> tuple[int, str]:
        """(id, full name)"""
        login = self.laboratory.on_duty(login)
        if login not in self._people:
            with self.database.reading() as session:
                who = session.scalars(select(User).where(User.login == login)).one()
            self._people[login] = who.id, who.full_name
        return self._people[login]

    def terminal(self, login: str | None) -> str | None:
        """The code of the terminal this person works at; None before it is registered."""
        name = (TERMINAL_OF | self.elsewhere).get(login or "")
        if name and name not in self._terminals:
            with self.database.reading() as session:
                code = session.scalar(select(Terminal.code).where(Terminal.name == name))
            if code is not None:
                self._terminals[name] = code
        return self._terminals.get(name or "")

    @contextmanager
    def at_terminal(self, name: str | None, *logins: str) -> Iterator[None]:
        """So long these people work at the terminal with this name, or at a desk."""
        self.elsewhere = dict.fromkeys(logins, name)
        yield
        self.elsewhere = {}

    def proof(self, login: str) -> Proof:
        """That this person gave a password: the demonstration has no hands to type one."""
        return Proof(*self.person(login))

    def wait(self, **span: float) -> None:
        self.laboratory.clock.shift(timedelta(**span))

    def through(self, story: Iterable[datetime]) -> None:
        """All of a story at once: no other goes on meanwhile."""
        for later in story:
            self.laboratory.clock.at = max(self.laboratory.clock.at, later)

    def done(self) -> Performed:
        return Performed(at=clock.now())

    def read(self, model: Any, code: str, what: str) -> Any:
        """What an attribute of the record with this code says now."""
        with self.database.reading() as session:
            return getattr(load(session, code, model), what)

    def planned(self, step: str, kind: str) -> list[str]:
        """The codes of this kind that a step gave out, in order."""
        query = (
            select(PlannedContainer.container_code)
            .join(Step, Step.id == PlannedContainer.step_id)
            .where(Step.code == step, PlannedContainer.kind == kind)
            .order_by(PlannedContainer.id)
        )
        with self.database.reading() as session:
            return list(session.scalars(query))

    def print_plan(self, login: str, step: str) -> None:
        """The labels of everything a step planned, a sheet for each kind of paper."""
        for kind in KINDS_PRINTED:
            if codes := self.planned(step, kind):
                self.print(login, codes, step)

    def print(self, login: str, codes: Sequence[str], step: str | None = None) -> None:
        """One sheet of labels, kept as every sheet is."""
        with self.database.reading() as session:
            settings = self.laboratory.settings
            say = wording_of(settings.default_language, settings.time_zone).word
            sheet = sheets.sheet(session, settings, codes, say, demonstration=True)
        of_step = at(Step, step) if step else None
        self.act(login, labelling.record_printed, **sheet.noted(), step=of_step)
