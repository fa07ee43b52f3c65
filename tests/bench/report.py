"""What a run found: kept as JSON, told as a table, drawn against the number of vials."""

import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lims import clock
from tests.bench.loading import Loaded
from tests.bench.rounds import Figure
from tests.bench.site import Site

DOCS = Path(__file__).parents[2] / "docs"
FIGURES, TABLE = DOCS / "performance.json", DOCS / "performance.md"


@dataclass
class Run:
    """One database of one size on one machine, looked at once."""

    dialect: str
    size: int
    day: str
    machine: str
    loaded: Loaded
    loaded_in_s: float | None = None
    start_s: float = 0
    memory_mb: float = 0
    figures: list[Figure] = field(default_factory=list)

    @classmethod
    def of(cls, dialect: str, size: int, site: Site) -> "Run":
        today: date = clock.today()
        return cls(dialect, size, today.isoformat(), machine(), site.loaded, site.loaded_in_s)


def machine() -> str:
    """Processor, cores, memory, versions, and how busy it was."""
    told = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(":")[1].strip() for line in told if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{name or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB;"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version};"
        f" load {os.getloadavg()[0]:.1f} at the start"
    )


def as_text(run: Run) -> str:
    lines = [
        f"{run.dialect}, {run.loaded.vials} vials, {run.loaded.entries} entries; {run.machine}"
    ]
    lines += [f"start {run.start_s:.2f} s, at most {run.memory_mb:.0f} MB"]
    lines += [
        f"{f.name:36} {f.way:12} {f.p50_ms:9.2f} {f.p95_ms:9.2f} {f.queries or '':>4}"
        f" {f.ratio or '':>6} {f.tries:>4} {f.note}"
        for f in run.figures
    ]
    return "\n".join(lines)


def keep(run: Run, *, whole: bool) -> None:
    """Put the run among those kept, in the place of the last one like it."""
    kept: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    key = f"{run.dialect} {run.size}"
    told = asdict(run)
    if not whole and key in kept:
        new = {(f["name"], f["way"]): f for f in told["figures"]}
        old = {(f["name"], f["way"]): f for f in kept[key]["figures"]}
        told = kept[key] | {"figures": list((old | new).values())}
    kept[key] = told
    FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
