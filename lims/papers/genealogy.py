"""A batch's way from the tissue to the joint, for its record."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lims.models.batch import Batch
from lims.papers.wording import headed, passage, spoken
from lims.records.genealogy import Relative
from lims.records.wording import Wording
from lims.workflows import genealogy
from lims.workflows.earlier_hours import told
from lims.workflows.genealogy import Node


def relatives(session: Session, batch: Batch, say: Wording) -> Iterator[Relative]:
    """All that the batch comes from, is and became, in the order of time."""
    found = genealogy.of(session, batch)
    sources = found.sources()
    for node in found.nodes:
        yield Relative(
            code=node.code,
            what=what(node, say),
            sources=tuple(sources.get(node.code, ())),
            state=spoken(say, node.status),
            batch=node.batch or "",
            made=f"{spoken(say, node.how)} {node.step}" if node.step else "",
            at=told(node.at, node.of_earlier) if node.at else None,
        )


def what(node: Node, say: Wording) -> str:
    """Its kind, with its passage or what it went into."""
    kind = headed(say, genealogy.KINDS[node.kind])
    if node.joint:
        return f"{kind}: {node.joint_named or spoken(say, node.joint)}, {spoken(say, node.side)}"
    return f"{kind} {passage(node.passage)}" if node.has_passage else kind
