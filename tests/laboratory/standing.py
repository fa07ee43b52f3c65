"""What many tests begin with is made once: a scene stands in a database of its own, and the next
test whose first act is the same begins there.

A scene is an act of the people of tests/laboratory, told by who does it and what they are given.
It is kept when it is asked for the second time, so that what one test alone does costs no copy.
"""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import time_machine
from sqlalchemy import Dialect, Engine, Pool, event, inspect, make_url
from sqlalchemy.orm import ORMExecuteState, Session

from lims.database import Database
from lims.models.base import Base

Act = TypeVar("Act", bound=Callable[..., Any])
Told = tuple[Any, ...]
PLAIN = (str, int, float, Decimal, Enum, date, timedelta, type(None))


class Copies(Protocol):
    """A server that copies databases nobody is connected to."""

    shared: Database
    fresh: Callable[[str], str]


class Scenes:
    """Those of one server that stand, each with the address of its database and what came of it.

    One engine serves them all: what it has compiled in one is not compiled again in another. Each
    has its own connections, which stay open: a new one would learn the whole schema anew.
    """

    def __init__(self, server: Copies) -> None:
        self.server = server
        self.asked: Counter[Told] = Counter()
        self.standing: dict[Told, tuple[str, Any]] = {}
        self.here = self.begun = address_of(server.shared)
        self.database = Database(self.here)
        self.pools: dict[str, Pool] = {}
        event.listen(self.database.engine, "do_connect", self._connect)

    def _connect(self, dialect: Dialect, _record: Any, given: list[Any], named: Any) -> None:
        arguments, how = dialect.create_connect_args(make_url(self.here))
        given[:] = arguments
        named.update(how)

    def address(self, told: Told) -> str:
        return self.standing[told][0] if told else self.begun

    def enter(self, address: str) -> Engine:
        engine = self.database.engine
        if address not in self.pools:
            self.pools[address] = engine.pool.recreate()
        engine.pool, self.here = self.pools[address], address
        return engine

    def let_go(self, address: str) -> None:
        """Leave nobody connected to `address`, and everything in its one file."""
        self.enter(address)
        self.database.checkpoint()
        self.pools[address].dispose()
        if address == self.begun:
            self.server.shared.engine.dispose()

    def end(self) -> None:
        for pool in self.pools.values():
            pool.dispose()


class Stage:
    """Where the test of one session stands: in the scene `told`, until it does anything else."""

    def __init__(self, scenes: Scenes, session: Session) -> None:
        self.scenes, self.session = scenes, session
        self.told: Told = ()
        self.left = self.making = False

    @property
    def empty(self) -> bool:
        session = self.session
        pending = session.new or session.dirty or session.deleted
        return not (self.left or pending or time_machine.escape_hatch.is_travelling())

    def look(self, statement: ORMExecuteState) -> None:
        self.left = self.left or not (self.making or statement.is_select)

    def leave(self, *_: Any) -> None:
        self.left = self.left or not self.making

    def play(self, act: Told, play: Callable[[], Any]) -> Any:
        told = (*self.told, act)
        if told in self.scenes.standing:
            address, kept = self.scenes.standing[told]
            self._enter(told, address)
            return again(self.session, kept)
        self.scenes.asked[told] += 1
        return self._make(told, play) if self.scenes.asked[told] == 2 else play()

    def _make(self, told: Told, play: Callable[[], Any]) -> Any:
        self.end()
        self.scenes.let_go(before := self.scenes.address(self.told))
        address = self.scenes.server.fresh(before)
        self._enter((), address)
        self.making = True
        made = play()
        self.session.commit()
        self.making = False
        self.told = told
        self.scenes.standing[told] = (address, kept(made))
        return made

    def _enter(self, told: Told, address: str) -> None:
        self.end()
        self.session.bind = self.scenes.enter(address)
        self.told = told

    def end(self) -> None:
        """Undo what the test did in the scene."""
        self.session.rollback()


def address_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def stage(scenes: Scenes, session: Session) -> Generator[Stage, None, None]:
    """Let the people of the laboratory find their scenes while the test lasts."""
    found = session.info["stage"] = Stage(scenes, session)
    event.listen(session, "after_flush", found.leave)
    event.listen(session, "do_orm_execute", found.look)
    yield found
    found.end()


def scene(act: Act) -> Act:
    """An act that need not be done again where it is the first of a test."""

    @wraps(act)
    def play(people: Any, *given: Any, **named: Any) -> Any:
        found: Stage | None = people.session.info.get("stage")
        if found is None or found.making or not found.empty:
            return act(people, *given, **named)
        told = (act.__qualname__, said(people), said(given), said(named))
        return found.play(told, lambda: act(people, *given, **named))

    return cast(Act, play)


def said(value: Any) -> Any:
    """`value` as a part of a key: rows by their identity, people by who they are."""
    if isinstance(value, Base) and inspect(value).persistent:
        return type(value).__name__, inspect(value).identity
    if isinstance(value, Session):
        return None
    if isinstance(value, list | tuple):
        return tuple(map(said, value))
    if isinstance(value, dict):
        return tuple((name, said(each)) for name, each in sorted(value.items()))
    if is_dataclass(value):
        return tuple(said(getattr(value, each.name)) for each in fields(value))
    return repr(value) if isinstance(value, PLAIN) else object()


def kept(made: Any) -> Any:
    """What came of a scene, by the identities of its rows."""
    if isinstance(made, Base):
        return type(made), inspect(made).identity
    if isinstance(made, list | tuple):
        return [kept(each) for each in made]
    assert made is None, f"a scene gives rows, not {made!r}"
    return None


def again(session: Session, kept: Any) -> Any:
    """The rows of `kept`, as they stand."""
    if isinstance(kept, tuple):
        return session.get_one(*kept)
    return kept and [again(session, each) for each in kept]
