"""What a run found: kept as JSON, from which docs/performance.md and its picture are written."""

import json
import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lims import clock
from tests.bench.loading import Loaded
from tests.bench.rounds import Figure
from tests.bench.site import Site

DOCS = Path(__file__).parents[2] / "docs"
FIGURES = "performance.json"


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
    """After all of it."""
    peak_mb: float = 0
    figures: list[Figure] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, dialect: str, size: int, site: Site) -> "Run":
        day = clock.today().isoformat()
        return cls(dialect, size, day, machine(), site.loaded, site.loaded_in_s)


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


def memory(run: Mapping[str, Any]) -> str:
    """Of a run as it is kept; looking at a password takes 64 MB for a moment."""
    return f"{run['memory_mb']:.0f} MB after all of it and {run.get('peak_mb', 0):.0f} at most"


def as_text(run: Run) -> str:
    """For the screen."""
    lines = [f"{run.dialect}, {run.loaded.vials} vials, {run.loaded.entries} entries"]
    lines += [run.machine, f"start {run.start_s:.2f} s, {memory(asdict(run))}"]
    lines += [
        f"{f.name:36} {f.way:12} {f.p50_ms:10.2f} {f.p95_ms:10.2f} {f.queries or '':>4}"
        f" {f.ratio or '':>6} {f.tries:>4} {f.note}"
        for f in run.figures
    ]
    return "\n".join(lines + run.lacking)


def kept_in(docs: Path) -> dict[str, Any]:
    """Runs by database and size; none before the first."""
    file = docs / FIGURES
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return kept


def keep(run: Run, docs: Path, *, whole: bool) -> dict[str, Any]:
    """Put the run among those kept in `docs`, in the place of the last one like it; all of them.
    Of one that was not `whole` the other figures stay."""
    kept = kept_in(docs)
    key, told = f"{run.dialect} {run.size}", asdict(run)
    if key in kept:
        before = kept[key]
        told["loaded_in_s"] = told["loaded_in_s"] or before["loaded_in_s"]
        if not whole:
            told["figures"] = _together(before["figures"], told["figures"])
    kept[key] = told
    (docs / FIGURES).write_text(
        json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    )
    return kept


def _together(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name = {(figure["name"], figure["way"]): figure for figure in (*before, *now)}
    return list(by_name.values())
