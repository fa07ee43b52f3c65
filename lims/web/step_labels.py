"""The labels of a step: what is not printed yet, and what says what is not in its container."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims.errors import LimsError
from lims.models.fill import Dose, Vial
from lims.models.filling import Filling
from lims.models.step import StepStatus
from lims.papers.labels import STOCK_OF
from lims.web.current import reading_session
from lims.web.step_reading import StepRead
from lims.workflows import label_contents


@dataclass(frozen=True)
class Unprinted:
    """Containers of one kind of paper whose labels were not printed yet."""

    paper: str
    kinds: tuple[str, ...]
    codes: tuple[str, ...]


def unprinted(read: StepRead) -> list[Unprinted]:
    """By kind of paper, what the plan gave out and nobody printed yet."""
    if read.step.status not in (StepStatus.OPEN, StepStatus.RECORDED):
        return []
    groups: dict[str, list[str]] = {}
    for each in read.containers:
        if each.label is None:
            groups.setdefault(STOCK_OF[each.planned.kind].name, []).append(each.code)
    return [
        Unprinted(paper, tuple(sorted({code[:2] for code in codes})), tuple(codes))
        for paper, codes in groups.items()
    ]


def outdated(read: StepRead) -> list[LimsError]:
    """Of what was filled in the step, that whose label says what it does not hold."""
    labels = [each.label for each in read.containers if each.label is not None]
    if not isinstance(read.step, Filling) or read.step.status is StepStatus.OPEN:
        return []
    kind: Any = Vial if any(label.code.startswith("VL") for label in labels) else Dose
    wanted = select(kind).where(kind.code.in_([label.code for label in labels]))
    filled = (
        reading_session()
        .scalars(wanted.options(joinedload(kind.aliquots), joinedload(kind.fill)))
        .unique()
        .all()
    )
    return label_contents.out_of_date(filled, labels)
