"""Where the pieces of a genealogy lie: tissue at the top, what came of it below."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

BOX, HIGH = 204, 68
"""Wide and high enough for what it is, its code and its status, and for a gloved finger."""
DOWN, BETWEEN = 30, 14
"""Room for the lines between two levels, and between two boxes of one."""
EDGE = 6


@dataclass(frozen=True)
class Tree:
    """The layout of pieces by their codes, and the lines between them; from the top left."""

    places: dict[str, tuple[float, float]]
    lines: list[str]
    """As SVG paths, from the foot of a source to the head of what came of it."""
    width: float
    height: float

    box, high = BOX, HIGH


def laid_out(codes: Sequence[str], edges: Sequence[tuple[str, str]]) -> Tree:
    """`codes` in the order of time, `edges` as (source, what came of it); both without circles.

    A piece stands one level below the last of its sources. What came of one piece stands
    together, and a piece in the middle of what came of it.
    """
    sources, children = defaultdict(list), defaultdict(list)
    for source, made in edges:
        sources[made].append(source)
        children[source].append(made)
    columns, levels = _columns(codes, sources, children), _levels(codes, sources)
    places = {
        code: (EDGE + columns[code] * (BOX + BETWEEN), float(EDGE + levels[code] * (HIGH + DOWN)))
        for code in codes
    }
    return Tree(
        places=places,
        lines=[_line(places[source], places[made]) for source, made in edges],
        width=max((x for x, _ in places.values()), default=0) + BOX + EDGE,
        height=max((y for _, y in places.values()), default=0) + HIGH + EDGE,
    )


def _levels(codes: Sequence[str], sources: dict[str, list[str]]) -> dict[str, int]:
    levels: dict[str, int] = {}

    def level(code: str) -> int:
        if code not in levels:
            levels[code] = max((level(each) + 1 for each in sources[code]), default=0)
        return levels[code]

    return {code: level(code) for code in codes}


def _columns(
    codes: Sequence[str], sources: dict[str, list[str]], children: dict[str, list[str]]
) -> dict[str, float]:
    """Each end has a column of its own; what was pooled stands under the last of its sources."""
    columns: dict[str, float] = {}
    waits = {code: len(sources[code]) for code in codes}
    free = 0

    def stand(code: str) -> None:
        nonlocal free
        own = []
        for made in children[code]:
            waits[made] -= 1
            if waits[made] == 0:
                stand(made)
                own.append(columns[made])
        if own:
            columns[code] = (own[0] + own[-1]) / 2
        else:
            columns[code] = free
            free += 1

    for code in codes:
        if not sources[code]:
            stand(code)
    return columns


def _line(source: tuple[float, float], made: tuple[float, float]) -> str:
    x1, y1 = source[0] + BOX / 2, source[1] + HIGH
    x2, y2 = made[0] + BOX / 2, made[1]
    turn = y2 - DOWN / 2
    return f"M{x1},{y1}V{turn}H{x2}V{y2}"
