"""The walk along the links, both ways from what is asked, as one recursive statement."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    String,
    and_,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from lims.models.administration import Administration
from lims.models.aliquot import Aliquot
from lims.models.batch import Batch, BatchSample
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, Fill, Vial
from lims.models.retrieval import BatchVial
from lims.models.sample import Sample
from lims.models.sampled import WAITING
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import drawn
from lims.workflows.links import kind_of, links

UP, DOWN = "up", "down"
"""Towards the tissue, towards the joint."""
USED_UP = "used_up_by_testing"
"""How a dose or a vial stands that was drawn whole."""


def walked(asked: Any) -> Select[Any]:
    """A row for each link travelled from `asked`, and one for each piece it begins at."""
    nodes, link = _nodes(asked.patient_id), links(asked.patient_id)
    way = _walk(asked, nodes, link)
    node, other = aliased(nodes, name="reached"), aliased(nodes, name="left")
    return (
        select(
            way.c.direction,
            node.c.code,
            node.c.kind,
            node.c.passage,
            node.c.status,
            node.c.at,
            node.c.joint,
            node.c.joint_named,
            node.c.side,
            Batch.code.label("batch"),
            TransplantationSession.code.label("session"),
            other.c.code.label("left"),
            Step.code.label("step"),
            Step.kind.label("how"),
            Step.performed_at,
        )
        .select_from(way)
        .join(node, and_(node.c.kind == way.c.kind, node.c.id == way.c.id))
        .outerjoin(other, and_(other.c.kind == way.c.from_kind, other.c.id == way.c.from_id))
        .outerjoin(Batch, Batch.id == node.c.batch_id)
        .outerjoin(TransplantationSession, TransplantationSession.id == node.c.session_id)
        .outerjoin(Step, Step.id == way.c.step_id)
    )


def _walk(asked: Any, nodes: CTE, link: CTE) -> CTE:
    """From what is asked up and down along the links, each travelled once."""
    ways = union_all(
        select(
            cast(UP, String).label("direction"),
            link.c.child_kind.label("from_kind"),
            link.c.child_id.label("from_id"),
            link.c.parent_kind.label("to_kind"),
            link.c.parent_id.label("to_id"),
            link.c.step_id,
        ),
        select(
            cast(DOWN, String),
            link.c.parent_kind,
            link.c.parent_id,
            link.c.child_kind,
            link.c.child_id,
            link.c.step_id,
        ),
    ).cte("way")
    both = union_all(
        select(cast(UP, String).label("direction")), select(cast(DOWN, String))
    ).subquery("both")
    walk = (
        select(
            both.c.direction,
            nodes.c.kind,
            nodes.c.id,
            cast(null(), String).label("from_kind"),
            cast(null(), BigInteger).label("from_id"),
            cast(null(), BigInteger).label("step_id"),
        )
        .select_from(nodes.join(both, true()))
        .where(_begins(asked, nodes, both.c.direction))
        .cte("walk", recursive=True)
    )
    return walk.union(
        select(
            walk.c.direction, ways.c.to_kind, ways.c.to_id, walk.c.kind, walk.c.id, ways.c.step_id
        ).join(
            ways,
            and_(
                ways.c.direction == walk.c.direction,
                ways.c.from_kind == walk.c.kind,
                ways.c.from_id == walk.c.id,
            ),
        )
    )


def _begins(asked: Any, nodes: CTE, direction: ColumnElement[str]) -> ColumnElement[bool]:
    """A batch begins at all that was made in it, and at the tissue and vials that went into it."""
    named: ColumnElement[bool] = nodes.c.code == asked.code
    if not isinstance(asked, Batch):
        return named
    tissue = select(BatchSample.sample_id).where(BatchSample.batch_id == asked.id)
    vials = select(BatchVial.vial_id).where(BatchVial.batch_id == asked.id)
    went_in = or_(
        and_(nodes.c.kind == kind_of(Sample), nodes.c.id.in_(tissue)),
        and_(nodes.c.kind == kind_of(Vial), nodes.c.id.in_(vials)),
    )
    made: ColumnElement[bool] = nodes.c.batch_id == asked.id
    return or_(made, and_(direction == UP, went_in))


def _nodes(patient_id: int) -> CTE:
    """Every piece of one patient's material, and every injection, in the same columns."""
    kinds = (each.where(whose == patient_id) for each, whose in _kinds())
    return union_all(*kinds).cte("node")


def _kinds() -> Iterator[tuple[Select[Any], Any]]:
    collected = case((Sample.collected_at.is_(None), Sample.received_at), else_=Sample.collected_at)
    yield _node(Sample, at=collected), Sample.patient_id
    for cells, at in ((Suspension, None), (Vessel, Vessel.seeded_at), (Fill, Fill.filled_at)):
        own = {"passage": cells.passage, "batch_id": cells.batch_id}
        yield _node(cells, at=at, **own), cells.patient_id
    for each in (Dose, Vial):
        filled = {"passage": Fill.passage, "batch_id": Fill.batch_id, "at": Fill.filled_at}
        planned = {"session_id": Dose.session_id} if each is Dose else {}
        of_fill = and_(Fill.id == each.fill_id, Fill.patient_id == each.patient_id)
        stands = _standing(each)
        yield _node(each, status=stands, **filled, **planned).where(of_fill), each.patient_id
    taken = {"batch_id": Aliquot.batch_id, "at": Aliquot.taken_at, "status": Aliquot.use}
    yield _node(Aliquot, **taken), Aliquot.patient_id
    done = Administration
    injected = {"batch_id": done.batch_id, "at": done.performed_at, "session_id": done.session_id}
    into = {"joint": done.joint, "joint_named": done.joint_named, "side": done.side}
    yield _node(done, **into, **injected), done.patient_id


def _standing(container: type[Dose] | type[Vial]) -> ColumnElement[str]:
    """Its status; of one that tests emptied before it went anywhere, that."""
    status = cast(container.status, String)
    gone = and_(status.in_(WAITING), ~drawn.not_emptied(container))
    return case((gone, literal(USED_UP, String)), else_=status)


EMPTY: dict[str, TypeEngine[Any]] = {
    "passage": BigInteger(),
    "batch_id": BigInteger(),
    "at": DateTime(timezone=True),
    "session_id": BigInteger(),
    "joint": String(),
    "joint_named": String(),
    "side": String(),
}
"""What not every kind has."""


def _node(model: Any, *, status: Any = None, **known: Any) -> Select[Any]:
    """A closed set's word travels as text: each kind has a set of its own."""
    optional = [
        (cast(known[name], String) if name in ("joint", "side") else known[name]).label(name)
        if known.get(name) is not None
        else cast(null(), empty).label(name)
        for name, empty in EMPTY.items()
    ]
    word = cast(model.status if status is None else status, String).label("status")
    return select(
        kind_of(model).label("kind"),
        model.id.label("id"),
        model.code.label("code"),
        word,
        *optional,
    )
