"""Processes that work at the bench until they are killed; what was acknowledged, a file tells.

`python -m tests.writing` imports everything once and begins one such process for each line
`address file` that it reads, and answers with its number.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.models.command_run import CommandRun
from lims.models.patient import Sex
from lims.models.user import User
from lims.workflows import lots, patients
from tests.laboratory import person, supplies

THREADS = 4
CHECKPOINT_SECONDS = 0.05


def registers(database: Database, by: int, key: str) -> None:
    """A physician registers somebody."""
    values = {
        "full_name": f"Writer {key}", "other_name": None, "birth_date": date(1970, 1, 1),
        "sex": Sex.FEMALE, "is_another_person": True,
    }  # fmt: skip
    database.run(patients.register_patient, by, key=key, arguments=lambda session: values)


def receives(database: Database, by: int, key: str) -> None:
    """A technician receives a lot."""
    database.run(
        lots.receive_lot, by, key=key,
        arguments=lambda session: {
            "item": supplies.item(session, supplies.LOTS["enzyme"][0]), "maker_number": key,
            "received_on": clock.today(), "expires_on": clock.today() + timedelta(days=99),
            "quantity": supplies.AMPLE, "storage": "2–8 °C", "certificate_seen": True,
        },
    )  # fmt: skip


WORK = (("physician", registers), ("technician", receives))


def write(url: str, acknowledged: str) -> None:
    """Work in several threads, and acknowledge each command once it has answered."""
    database = Database(url)
    told = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with database.reading() as session:
        people = [(person(session, login).id, work) for login, work in WORK]

    def works() -> None:
        for number in count():
            by, work = people[number % len(people)]
            work(database, by, key := str(uuid4()))
            os.write(told, f"{key}\n".encode())

    for _ in range(THREADS):
        threading.Thread(target=works, daemon=True).start()
    while True:  # as the worker does, and much more often
        time.sleep(CHECKPOINT_SECONDS)
        database.checkpoint()


class Bench:
    """Begins and kills such processes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.writing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )

    @contextmanager
    def at_work(self, url: str, acknowledged: Path) -> Iterator[None]:
        """From the first command acknowledged until the process is killed."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{url} {acknowledged}\n")
        self.process.stdin.flush()
        number, before = int(self.process.stdout.readline()), size(acknowledged)
        while size(acknowledged) == before:
            time.sleep(0.01)
            os.kill(number, 0)
        try:
            yield
        finally:
            os.kill(number, signal.SIGKILL)
            with suppress(ProcessLookupError):
                while True:
                    os.kill(number, 0)
                    time.sleep(0.005)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def lost(database: Database, acknowledged: Path, most: int | None = None) -> list[str]:
    """What was acknowledged, the first so many bytes of it, and is not in the database."""
    keys = acknowledged.read_bytes()[:most].decode().split()
    with database.reading() as session:
        there = set(session.scalars(select(CommandRun.idempotency_key)))
        assert session.scalars(select(User.id)).first()
    return [key for key in keys if key not in there]


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    for line in sys.stdin:
        url, acknowledged = line.split()
        if (number := os.fork()) == 0:
            write(url, acknowledged)
        print(number, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
