"""docs/performance.md, written from the figures that are kept, and its picture of growth."""

from collections.abc import Iterator, Mapping, Sequence
from math import log10
from pathlib import Path
from typing import Any

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Circle, Drawing, PolyLine

from lims.charts import strokes
from lims.charts.strokes import ACCENT, INK, STOP, WARN, frame, line, text
from lims.labels import fonts
from tests.bench import acts, crowd, first_load, inputs, papers, report, switching
from tests.bench.pages import PAGES

PARTS = ("p50_ms", "p95_ms")
TABLE, PICTURE = "performance.md", "performance.svg"
MAIN = 100_000
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
LISTS = tuple(name for name in PAGES if name.startswith(("Patients", "Vials", "Search", "Box")))
AIM_MS: dict[str, tuple[float, ...]] = {
    "Scan to page, redirect included": (8, 15),
    acts.HARVEST: (15,),
    acts.PLACE: (15,),
    switching.SWITCH: (2_000,),
    papers.DRAWN[0]: (10,),
    papers.DRAWN[1]: (120,),
    papers.DRAWN[2]: (300,),
    **dict.fromkeys(LISTS, (20,)),
}
"""The median, and of some the 95th percentile, that are aimed at."""
AIMS = {
    acts.HARVEST: "besides the disk",
    acts.PLACE: "besides the disk",
    crowd.PAGES_AT_ONCE: "≥ 250 a second on PostgreSQL",
    crowd.COMMANDS_AT_ONCE: "≥ 50 a second on SQLite, ≥ 100 on PostgreSQL",
    papers.VERIFY: "1,000,000 entries ≤ 120 s, ≤ 300 MB",
}
"""Of those that are not of one's own time; what was reached stands below the table."""
SUPPOSED_MS = 8 / 15
"""The page of one query, where a scan takes the 8 ms and the 15 such pages that are aimed at."""
GROWING = ("Scan to page, redirect included", "Batch", "Vials, deep page", acts.PLACE)
"""Drawn against the number of vials."""
COLOURS = (ACCENT, STOP, WARN, INK)
WIDTH, HEIGHT = 507, 230
LEFT, RIGHT, BOTTOM, TOP = 44, 10, 30, 186

HEAD = """# How fast it answers

Written by `make bench` from its own figures ([{json}]({json})); nothing here is typed by hand.
A laboratory is loaded with whole genealogies and their audit trail (one patient's story told by
the workflows, and copies of it, which `lims verify` finds whole), then asked over HTTP on loopback
through waitress as `lims serve` serves it, by one client and warm, and in process by Flask's own
test client. Milliseconds: the median (p50) and the 95th percentile; ✗ marks what misses its aim.
*Ratio* is to a page of Flask with one indexed query, measured the same way in the same run;
*queries* are those of one page or act, signing in included. Papers are timed from the database to
the last byte, a first paint from asking for the page, in a browser that was never there; beside its
aim stands what was sent to it by then, compressed.
PostgreSQL is served by one process a core.

```sh
make bench                 # 100,000 vials, both databases: loaded once, kept in /tmp/lims-bench
make bench SIZE=1000000    # or 10000
make bench ONLY='Batch' DATABASE=sqlite    # KEEP=1 writes its figures down too
```
"""


def write(kept: Mapping[str, Any], docs: Path) -> None:
    (docs / TABLE).write_text("\n".join(_page(kept, docs)) + "\n")
    (docs / PICTURE).write_text(picture(kept))


def _page(kept: Mapping[str, Any], docs: Path) -> Iterator[str]:
    yield HEAD.format(json="performance.json")
    sizes = sorted({run["size"] for run in kept.values()}, key=lambda size: (size != MAIN, size))
    for size in sizes:
        yield from _of_size([run for run in kept.values() if run["size"] == size], size)
    yield "## Growth\n"
    yield f"![The median of four rounds against the number of vials]({PICTURE})\n"
    yield "In process, as times the page of one query in the same run; solid SQLite, dashed"
    yield "PostgreSQL. Both axes are logarithmic.\n"
    yield from inputs.section(docs)


def _of_size(runs: list[dict[str, Any]], size: int) -> Iterator[str]:
    yield f"## {size:,} vials\n"
    for run in runs:
        loaded = f", loaded in {run['loaded_in_s']:.0f} s" if run["loaded_in_s"] else ""
        yield (
            f"- {NAMES[run['dialect']]}, {run['day']}: {run['loaded']['patients']:,} patients,"
            f" {run['loaded']['entries']:,} audit entries{loaded}. Start {run['start_s']:.1f} s,"
            f" {report.memory(run)}. {run['machine']}.{_slower(run)}"
        )
    head = ["| | way |", "|---|---|"]
    for run in runs:
        head = [
            f"{head[0]} {NAMES[run['dialect']]} p50 | p95 | ratio |",
            f"{head[1]}---:|---:|---:|",
        ]
    yield "\n" + f"{head[0]} queries | aim |\n{head[1]}---:|---|"
    of = [{(f["name"], f["way"]): f for f in run["figures"]} for run in runs]
    for key in dict.fromkeys(key for figures in of for key in figures):
        found = [figures.get(key) for figures in of]
        cells = " | ".join(map(_cells, found))
        queries = next((f["queries"] for f in found if f and f["queries"]), None) or ""
        yield f"| {key[0]} | {key[1]} | {cells} | {queries} | {_aim(key[0], found)} |"
    yield ""
    for run in runs:
        for lacking in run.get("lacking", ()):
            yield f"- {NAMES[run['dialect']]}: {lacking}"
        for figure in run["figures"]:
            if figure["note"] and not _paints(figure["name"]):
                yield f"- {NAMES[run['dialect']]}, {figure['name']}: {figure['note']}"
    yield ""


def _aim(name: str, found: Sequence[Mapping[str, Any] | None]) -> str:
    if _paints(name):
        return f"≤ 100 KB: {' and '.join(figure['note'] for figure in found if figure)}"
    of = zip(("p50", "p95"), AIM_MS.get(name, ()), strict=False)
    told = [f"{what} ≤ {most:,.0f}" for what, most in of]
    return ", ".join([*told, AIMS[name]] if name in AIMS else told)


def _paints(name: str) -> bool:
    return name.startswith(first_load.PAINTS)


def _slower(run: Mapping[str, Any]) -> str:
    """How the machine compares with the one that the aims in milliseconds suppose."""
    for figure in run["figures"]:
        if (figure["name"], figure["way"]) == ("One query", "in process"):
            times = figure["p50_ms"] / SUPPOSED_MS
            return (
                f" The aims suppose a page of one query in {SUPPOSED_MS:.2f} ms: here it takes"
                f" {times:.1f} times that."
            )
    return ""


def _cells(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return " | | "
    most = (*AIM_MS.get(figure["name"], ()), None, None)
    p50, p95 = (_marked(figure[key], aim) for key, aim in zip(PARTS, most, strict=False))
    return f"{p50} | {p95} | {figure['ratio'] or ''}"


def _marked(ms: float, most: float | None) -> str:
    return f"{ms:.1f}{' ✗' if most is not None and ms > most else ''}"


def picture(kept: Mapping[str, Any]) -> str:
    """Medians in process, as times the page of one query in the same run (no hour is as fast as
    another), against the number of vials."""
    points = {
        (name, dialect): sorted(
            (run["size"], figure["ratio"])
            for run in kept.values()
            for figure in run["figures"]
            if (run["dialect"], figure["name"], figure["way"]) == (dialect, name, "in process")
            and figure["ratio"]
        )
        for name in GROWING
        for dialect in NAMES
    }
    drawing = Drawing(WIDTH, HEIGHT)
    heights = [times for each in points.values() for _, times in each] or [1.0]
    scale = Scale(min(heights), max(heights), [run["size"] for run in kept.values()])
    drawing.add(frame(LEFT, BOTTOM, WIDTH - LEFT - RIGHT, TOP - BOTTOM))
    for size in scale.sizes:
        drawing.add(text(scale.x(size), BOTTOM - 12, f"{size:,} vials", "middle"))
    for exponent in range(int(scale.low), int(scale.high) + 1):
        y = scale.y(10.0**exponent)
        drawing.add(line((LEFT, y), (WIDTH - RIGHT, y), strokes.FRAME))
        drawing.add(text(LEFT - 4, y - 2.4, f"{10**exponent:,} ×", "end"))
    measured = [name for name in GROWING if any(points[name, dialect] for dialect in NAMES)]
    for number, name in enumerate(measured):
        colour = COLOURS[number]
        at = (LEFT + 4 + number % 2 * 200, HEIGHT - 12 - number // 2 * 13)
        drawing.add(Circle(at[0], at[1] + 2.5, 2.6, fillColor=colour, strokeColor=None))
        drawing.add(text(at[0] + 7, at[1], name, "start", INK))
        for dialect in NAMES:
            _draw(drawing, [(scale.x(n), scale.y(times)) for n, times in points[name, dialect]],
                  colour, dashed=dialect == "postgresql")  # fmt: skip
    svg: str = renderSVG.drawToString(drawing)
    for font in (fonts.CONDENSED_BOLD, fonts.CONDENSED):
        svg = svg.replace(f"font-family: {font};", "font-family: 'DejaVu Sans', sans-serif;")
    return svg


class Scale:
    """Where a number of vials and a ratio lie in the frame."""

    def __init__(self, lowest: float, highest: float, sizes: Sequence[int]) -> None:
        self.low, self.high = int(log10(lowest)), int(log10(highest)) + 1
        self.least = min([4, *(int(log10(size)) for size in sizes)])
        self.sizes = [10**power for power in range(self.least, 7)]

    def x(self, size: float) -> float:
        wide = WIDTH - LEFT - RIGHT - 80
        return LEFT + 40 + wide * (log10(size) - self.least) / (6 - self.least)

    def y(self, times: float) -> float:
        return BOTTOM + (TOP - BOTTOM) * (log10(times) - self.low) / (self.high - self.low)


def _draw(
    drawing: Drawing, points: list[tuple[float, float]], colour: Any, *, dashed: bool
) -> None:
    if len(points) > 1:
        path = PolyLine([n for point in points for n in point], strokeColor=colour, strokeWidth=1.6)
        if dashed:
            path.strokeDashArray = (5, 3)
        drawing.add(path)
    for x, y in points:
        drawing.add(Circle(x, y, 2.4, fillColor=colour, strokeColor=None))
