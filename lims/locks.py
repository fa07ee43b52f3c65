"""Who uses the data: servers share it; a restore or an upgrade has it alone, a backup its own.
SQLite is served by one process."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lims.errors import N_, LimsError

IN_USE = "in-use.lock"
SERVING = "serving.lock"
BACKUP = "backup.lock"
FILLING = "demonstration.lock"


class Served(LimsError):
    sentence = N_(
        "The program is running on this data (%(path)s is held)."
        " Stop it first: nobody may work while this is done."
    )


class BeingReplaced(LimsError):
    sentence = N_(
        "The database is being restored or upgraded (%(path)s is held). Wait until that has ended."
    )
    status = 503


class AnotherServer(LimsError):
    sentence = N_(
        "Another server serves this database already (%(path)s is held), and SQLite is served by"
        " one. Use that one, or stop it first; PostgreSQL may be served by several."
    )


class AnotherBackup(LimsError):
    sentence = N_("Another backup is being made or restored (%(path)s is held). Wait for its end.")


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """What a server holds as long as it serves."""
    with _held(folder / IN_USE, fcntl.LOCK_SH, BeingReplaced):
        yield


@contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """What the one server of a SQLite file holds; raises AnotherServer to a second one."""
    with _held(folder / SERVING, fcntl.LOCK_EX, AnotherServer):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """What is held while the tables are replaced; raises Served while a server runs."""
    with _held(folder / IN_USE, fcntl.LOCK_EX, Served):
        yield


@contextmanager
def backing_up(folder: Path) -> Iterator[None]:
    """One backup at a time, by hand or at night."""
    with _held(folder / BACKUP, fcntl.LOCK_EX, AnotherBackup):
        yield


class AnotherFilling(LimsError):
    sentence = N_("The demonstration is being filled (%(path)s is held). Wait for its end.")


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """What is held as long as the demonstration is told: without it one that is not done is half
    made."""
    with _held(folder / FILLING, fcntl.LOCK_EX, AnotherFilling):
        yield


def is_filling(folder: Path) -> bool:
    """Whether somebody tells the demonstration now."""
    try:
        with _held(folder / FILLING, fcntl.LOCK_SH, AnotherFilling):
            return False
    except AnotherFilling:
        return True


@contextmanager
def _held(path: Path, how: int, refusal: type[LimsError]) -> Iterator[IO[bytes]]:
    """The system lets go of it when the process ends, however it ends."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal(path=path) from None
        yield file


class Turns:
    """The writers of one process to SQLite, one at a time: who ends wakes the next at once.

    SQLite's own waiting sleeps up to 100 ms between two looks and takes whoever looks first. Other
    processes still meet its lock, and so does who has waited here for `patience` seconds.
    """

    def __init__(self, patience: float) -> None:
        self._lock = threading.Lock()
        self._patience = patience

    @contextmanager
    def one(self) -> Iterator[None]:
        taken = self._lock.acquire(timeout=self._patience)
        try:
            yield
        finally:
            if taken:
                self._lock.release()
