"""A laboratory with so many vials, each with all that its cells went through, and the whole trail.

The workflows tell one patient's story (life.py); the others are copies of it, spread over ten
years, whose audit entries are chained anew. Memory does not grow with them.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, select

from lims.config import Settings
from lims.database import Database
from lims.models.audit import AuditHead
from lims.models.base import table_of
from lims.models.command_run import CodeSerial
from lims.workflows.names import search_name
from tests.bench import life, targets
from tests.bench.copies import ENTRY, Press, Serials, Which
from tests.bench.pattern import Reader
from tests.bench.targets import Target

YEARS = timedelta(days=3650)
"""Over which patients came."""
AT_ONCE = 10
"""Copies held in memory together."""
FAMILIES = (
    "Абрамчук", "Борисевич", "Василевская", "Гайдукевич", "Давыденко", "Ермакович", "Зеленко",
    "Игнатович", "Казакевич", "Левкович", "Новик", "Орлова", "Петрович", "Радкевич", "Савицкая",
    "Тарасевич", "Ушакова", "Хацкевич", "Шевчук", "Щербакова", "Юркевич", "Яковлева", "Bauer",
    "Cohen", "Dubois", "Fischer", "Garcia", "Haddad", "Jansen", "Kowalska", "Lehmann", "Moreau",
    "Novak", "Olsen", "Petrov", "Quinn", "Rossi", "Silva", "Tanaka",
)  # fmt: skip
GIVEN = (
    "Анна", "Борис", "Вера", "Галина", "Дмитрий", "Елена", "Жанна", "Зоя", "Игорь", "Кирилл",
    "Лидия", "Максим", "Нина", "Олег", "Павел", "Раиса", "Светлана", "Тамара", "Фёдор", "Юлия",
    "Adam", "Clara", "Emma", "Felix", "Hugo", "Irene", "Julia", "Karl", "Luca", "Marta",
)  # fmt: skip
BORN = date(1938, 3, 1)


@dataclass(frozen=True)
class Loaded:
    patients: int
    vials: int
    entries: int


def load(settings: Settings, size: int) -> Loaded:
    """Fill the empty database of `settings` with `size` vials or a few more."""
    folder = Path(tempfile.mkdtemp(prefix="lims-pattern-"))
    try:
        told = life.tell(folder)
        database = Database(settings.database_url)
        if database.is_sqlite:
            shutil.copy(folder / "lims.sqlite", str(make_url(settings.database_url).database))
        shutil.copytree(folder / "files", settings.data_dir / "files", dirs_exist_ok=True)
        loaded = _filled(database, told, ceil(size / life.VIALS) - 1)
        database.engine.dispose()
        return loaded
    finally:
        shutil.rmtree(folder)


def _filled(database: Database, told: life.Told, patients: int) -> Loaded:
    pattern = Database(told.url)
    first = {table: number + 1 for table, number in targets.highest(pattern.engine).items()}
    with pattern.engine.connect() as connection:
        patient = Reader(connection, told.settled, told.treated).pattern()
        tank = Reader(connection, told.treated, told.furnished).pattern()
        head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
        known = connection.execute(select(table_of(CodeSerial))).all()
    pattern.engine.dispose()
    serials = Serials({(row.kind, row.year): row.last for row in known})
    tanks = Press(tank, first, serials)
    lives = Press(patient, first, serials)
    chain = Chain(head.seq, head.hash)
    with targets.filling(database, told.url) as target:
        chain.write(target, tanks, _tanks(ceil(patients * life.VIALS / life.POSITIONS)))
        lives.first |= {t: n for t, n in tanks.after(chain.copies).items() if t in lives.first}
        lives.first["position"] = first["position"]
        chain.write(target, lives, _patients(patients))
    targets.close(database, chain.seq, chain.hash, serials.last)
    return Loaded(patients + 1, (patients + 1) * life.VIALS, chain.seq)


@dataclass
class Chain:
    """The last entry that was written, and how many copies were written of the last pattern."""

    seq: int
    hash: str
    copies: int = 0

    def write(self, target: Target, press: Press, copies: Iterator[Which]) -> None:
        self.copies = 0
        held: dict[str, list[tuple[Any, ...]]] = {}
        for which in copies:
            values = press.values(which)
            for table, rows in press.rows(values):
                held.setdefault(table, []).extend(rows)
            entries = list(press.chained(values, self.seq, self.hash))
            held.setdefault("audit_entry", []).extend(entries)
            self.seq, self.hash = entries[-1][0], entries[-1][-1]
            self.copies += 1
            if self.copies % AT_ONCE == 0:
                _insert(target, press, held)
        _insert(target, press, held)


def _insert(target: Target, press: Press, held: dict[str, list[tuple[Any, ...]]]) -> None:
    for table, rows in held.items():
        target.insert(table, ENTRY if table == "audit_entry" else press.columns[table], rows)
    held.clear()


def _tanks(number: int) -> Iterator[Which]:
    for copy in range(number):
        yield Which(copy, YEARS, {})


def _patients(number: int) -> Iterator[Which]:
    for copy in range(number):
        days = round(YEARS.days * (number - copy) / number)
        name = f"{FAMILIES[copy % len(FAMILIES)]} {GIVEN[copy // len(FAMILIES) % len(GIVEN)]}"
        born = BORN + timedelta(days=copy * 7 % 20_000)
        yield Which(
            copy,
            timedelta(days=days),
            {
                "full_name": name,
                "search_name": search_name(name),
                "birth_date": born.isoformat(),
            },
        )
