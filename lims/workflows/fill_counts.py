"""How many things stand about each fill that waits for a decision, told before it is opened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.fill import Fill
from lims.workflows import reviewing, unusual
from lims.workflows.evidence import Evidence, evidence_of_all, with_its_evidence


@dataclass(frozen=True)
class Counts:
    """As many as the page of the fill lists."""

    unusual: int
    """Without the cultures that simply run: they stand among what is open."""
    open: int
    """What stands in the way of a final release."""


def counts_of(session: Session, fills: Sequence[Fill]) -> dict[str, Counts]:
    """By code, of `fills` read `with_its_evidence`; as many look-ups for one as for many."""
    if not fills:
        return {}
    evidence = evidence_of_all(session, fills)
    return {fill.code: _counted(session, fill, evidence[fill.id]) for fill in fills}


def of_codes(session: Session, codes: Collection[str]) -> dict[str, Counts]:
    """The same of the fills with these codes."""
    if not codes:
        return {}
    named = select(Fill).where(Fill.code.in_(codes)).options(*with_its_evidence())
    return counts_of(session, session.scalars(named).unique().all())


def _counted(session: Session, fill: Fill, evidence: Evidence) -> Counts:
    told = [each for each in unusual.exceptions(session, fill, evidence) if each.asks_why]
    return Counts(len(told), len(reviewing.missing_for_release(session, fill, evidence)))
