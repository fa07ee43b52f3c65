"""What is drawn, read in and verified: labels, a batch record, a list, the trail."""

import itertools
import subprocess
import sys
import time
from uuid import uuid4

from lims import earlier
from lims.database import Database
from lims.imports import patient_list
from lims.labels.printing import render
from lims.models.batch import Batch
from lims.models.label import RecordKind
from lims.papers import keeping
from lims.papers.keeping import Archive
from lims.papers.label_maker import Facility
from lims.papers.labels import labels_for
from lims.workflows import codes
from tests.bench.ready import Ready
from tests.bench.rounds import Bench
from tests.bench.site import Site, memory_mb
from tests.imports.sheets import as_csv
from tests.laboratory import person

FUNCTION, COMMAND = "function", "command"
ROWS = 100
"""Of the list that is imported."""
DPI = 203
MANY = 100
DRAWN = ("A label", f"{MANY} labels in one PDF", "Batch record of 40 steps")
IMPORT, VERIFY = "Import, each row", "lims verify"


def measure(bench: Bench, database: Database, site: Site, made: Ready) -> None:
    vials = [vial for vial, _, _ in made.vials]
    for name, number in zip(DRAWN, (1, MANY), strict=False):
        tries = itertools.repeat(lambda n=number: labels(database, vials[:n]))  # type: ignore[misc]
        bench.round(name, FUNCTION, tries, engine=database.engine)
    record = itertools.repeat(lambda: batch_record(database, site, made.batch))
    bench.round(DRAWN[2], FUNCTION, record, engine=database.engine)
    if bench.wanted(IMPORT):
        taken_over(bench, database, site)


def labels(database: Database, vials: list[str]) -> bytes:
    with database.reading() as session:
        found = labels_for(session, vials, Facility("Laboratory", None))  # type: ignore[arg-type]
    return render(found, found[0].stock.at(DPI))


def batch_record(database: Database, site: Site, code: str) -> bytes:
    """Gathered and drawn; what it takes to keep it is a command like any other."""
    desk = Archive(database, site.settings).desk("ru")
    with database.reading() as session:
        batch = codes.load(session, code, Batch)
        _, values = keeping.standing(session, RecordKind.BATCH, batch, desk)
    return keeping.KINDS[RecordKind.BATCH].pdf(values, desk.say)


def taken_over(bench: Bench, database: Database, site: Site) -> None:
    """A list of patients, looked at and stored; told per row."""
    mark = uuid4().hex[:8]
    rows = [
        {
            "number": f"{mark}-{number}", "full_name": f"Тест {letters(number)}",
            "birth_date": "27.02.1987", "sex": "ж", "another_person": "yes",
        }
        for number in range(ROWS)
    ]  # fmt: skip
    header = tuple(column.name for column in patient_list.COLUMNS)
    raw = as_csv(rows, header=header)
    with database.reading() as session:
        lead = person(session, "lead").id
    began = time.perf_counter()
    looked = earlier.look(database, raw, "list.csv", site.settings.time_zone)
    assert not looked.errors, [each.english() for each in looked.errors[:3]]
    ticks = [began]
    earlier.take_over(
        database, site.settings.store, looked, lead, lambda _: ticks.append(time.perf_counter())
    )
    bench.add(IMPORT, FUNCTION, [b - a for a, b in itertools.pairwise(ticks)])


def letters(number: int) -> str:
    """A name that is like no other number's."""
    return "".join(f"{'абвгдепзик'[int(digit)]}ор" for digit in f"{number:04d}")


def verified(bench: Bench, site: Site) -> None:
    """The command itself, in a process of its own, with the most memory it held."""
    if not bench.wanted(VERIFY):
        return
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "lims", "verify"], env=site.environment, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.readline()  # it speaks when all is looked at, and is there still
    _, most = memory_mb(process.pid)
    said = [first, *process.stdout]
    process.wait()
    spent = time.perf_counter() - began
    bench.add(VERIFY, COMMAND, [spent], note=f"{most:.0f} MB; {said[-1].strip()}")
