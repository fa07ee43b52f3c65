"""Everything before and after a piece of material, to the tissue and the joint, as a tree."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.clock import day_of, midnight
from lims.errors import N_, LimsError
from lims.models.aliquot import AliquotUse
from lims.models.base import Coded
from lims.models.batch import Batch
from lims.models.course import Course, CourseStatus
from lims.models.fill import DoseStatus, FillStatus, VialStatus
from lims.models.sample import Sample, SampleStatus
from lims.models.site import Joint, Side
from lims.models.step import StepKind, StepStatus
from lims.models.suspension import SuspensionStatus
from lims.models.vessel import VesselStatus
from lims.workflows import codes, lineage

INJECTION = "ST"
STATUSES: dict[str, type[StrEnum]] = {
    "SA": SampleStatus,
    "SU": SuspensionStatus,
    "VE": VesselStatus,
    "FL": FillStatus,
    "DS": DoseStatus,
    "VL": VialStatus,
    "QC": AliquotUse,
    INJECTION: StepStatus,
}
"""What the status of each kind is a word of; of an aliquot it is what it is for."""
KINDS = codes.KIND_WORDS | {INJECTION: N_("injection")}
"""What each kind is called here."""


class Emptied(StrEnum):
    """How a dose or a vial stands that samples emptied, whatever its status was."""

    USED_UP = lineage.USED_UP


LONG_AGO = datetime.min.replace(tzinfo=UTC)


class NotMaterial(LimsError):
    sentence = N_(
        "%(code)s names no cells. Ask from tissue, a vessel, a suspension, a fill, a vial, a dose,"
        " an aliquot, an injection or a batch."
    )
    status = 404


@dataclass(frozen=True)
class Node:
    """A piece of material or an injection; `step` is where it was made, `how` that step's kind."""

    code: str
    kind: str
    passage: int | None
    status: StrEnum
    batch: str | None
    at: datetime | None
    session: str | None
    joint: Joint | None
    joint_named: str | None
    side: Side | None
    asked: bool
    step: str | None = None
    how: StepKind | None = None
    of_earlier: bool = False
    """Whether it is of a batch that earlier records tell of."""

    @property
    def has_passage(self) -> bool:
        """Cells have one, which may be unknown; tissue and an injection have none."""
        return self.kind in ("SU", "VE", "FL", "DS", "VL")


@dataclass(frozen=True)
class Edge:
    parent: str
    child: str
    step: str | None


@dataclass(frozen=True)
class Branch:
    """A piece with what came of it; `below`: that stands further down, under its last parent."""

    node: Node
    branches: tuple["Branch", ...] = ()
    below: bool = False


@dataclass(frozen=True)
class Genealogy:
    """The pieces in the order of time, and what came from what."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def sources(self) -> dict[str, list[str]]:
        """By piece, the codes of what it came from."""
        found: dict[str, list[str]] = defaultdict(list)
        for edge in self.edges:
            found[edge.child].append(edge.parent)
        return found

    def trees(self) -> tuple[Branch, ...]:
        """From each beginning down; what was pooled goes on under the last of its parents."""
        known = {node.code: node for node in self.nodes}
        children: dict[str, list[str]] = defaultdict(list)
        order = {code: place for place, code in enumerate(known)}
        for edge in sorted(self.edges, key=lambda each: order[each.child]):
            children[edge.parent].append(edge.child)
        parents = Counter(edge.child for edge in self.edges)
        first = [code for code in known if not parents[code]]

        def grown(code: str) -> Branch:
            parents[code] -= 1
            if parents[code] > 0:
                return Branch(known[code], below=True)
            return Branch(known[code], tuple(grown(child) for child in children[code]))

        return tuple(grown(code) for code in first)


def of(session: Session, asked: Coded) -> Genealogy:
    """The genealogy of a piece of material, of an injection, or of all that is in a batch."""
    if asked.kind_of_code not in STATUSES and not isinstance(asked, Batch):
        raise NotMaterial(code=asked.code)
    rows = session.execute(lineage.walked(asked)).all()
    if not rows and not isinstance(asked, Batch):
        raise NotMaterial(code=asked.code)
    edges = {_edge(row): row for row in rows if row.left is not None}
    made = {edge.child: row for edge, row in edges.items()}
    nodes = {row.code: _node(row, made.get(row.code), asked) for row in rows}
    order = list(STATUSES)
    ordered = sorted(
        _of_earlier(session, nodes.values()),
        key=lambda node: (node.at or LONG_AGO, order.index(node.kind), node.code),
    )
    places = {node.code: place for place, node in enumerate(ordered)}
    links = sorted(edges, key=lambda edge: (places[edge.parent], places[edge.child]))
    return Genealogy(tuple(ordered), tuple(links))


def _of_earlier(session: Session, nodes: Iterable[Node]) -> list[Node]:
    """Asked only of what came to be at midnight, as what nobody told the hour of."""
    found = list(nodes)
    asked = [each for each in found if each.at and each.at == midnight(day_of(each.at))]
    if not asked:
        return found
    batches = select(Batch.code).where(
        Batch.code.in_({each.batch for each in asked}), Batch.earlier.has()
    )
    tissue = select(Sample.code).where(
        Sample.code.in_({each.code for each in asked}),
        Sample.course.has(Course.status == CourseStatus.EARLIER),
    )
    earlier = set(session.scalars(batches.union(tissue)))
    return [replace(each, of_earlier=bool({each.code, each.batch} & earlier)) for each in found]


def _edge(row: Any) -> Edge:
    up = row.direction == lineage.UP
    parent, child = (row.code, row.left) if up else (row.left, row.code)
    return Edge(parent, child, row.step)


def _node(row: Any, made: Any, asked: Coded) -> Node:
    """The piece that `row` reached; `made` is the link by which it came to be."""
    return Node(
        code=row.code,
        kind=row.kind,
        passage=row.passage,
        status=_standing(row.kind, row.status),
        batch=row.batch,
        at=row.at or (made.performed_at if made else None),
        session=row.session,
        joint=Joint(row.joint) if row.joint else None,
        joint_named=row.joint_named,
        side=Side(row.side) if row.side else None,
        asked=asked.code in (row.code, row.batch),
        step=made.step if made else None,
        how=made.how if made else None,
    )


def _standing(kind: str, word: str) -> StrEnum:
    return Emptied.USED_UP if word == Emptied.USED_UP else STATUSES[kind](word)


def lines(trees: Sequence[Branch], depth: int = 0) -> Iterator[tuple[int, Branch]]:
    """The tree as one line a piece, each with how deep it stands."""
    for tree in trees:
        yield depth, tree
        yield from lines(tree.branches, depth + 1)
