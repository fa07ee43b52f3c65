"""What each task takes of a person, counted by tests/web/test_inputs.py, beside the figures."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FIGURES = "inputs.json"
HEAD = """## Inputs per task

What a person does for each of these, until it is recorded. A *field* is a number or a word typed
into one field, a *password* the sign-in name and password of one person. Counted in a browser by
`tests/web/test_inputs.py`, which writes this table with `LIMS_WRITE_INPUTS=1`.

| task | scans | fields | clicks | passwords | at most |
|---|---:|---:|---:|---:|---|"""


@dataclass(frozen=True)
class Task:
    name: str
    scans: int
    fields: int
    clicks: int
    passwords: int
    most: str
    """What it may take at most."""


def keep(tasks: Sequence[Task], docs: Path) -> None:
    told = json.dumps([asdict(task) for task in tasks], indent=1, ensure_ascii=False)
    (docs / FIGURES).write_text(told + "\n")


def section(docs: Path) -> Iterator[str]:
    """The table, where they were ever counted."""
    if not (docs / FIGURES).exists():
        return
    yield HEAD
    for each in json.loads((docs / FIGURES).read_text()):
        yield "| " + " | ".join(str(value) for value in asdict(Task(**each)).values()) + " |"
    yield ""
