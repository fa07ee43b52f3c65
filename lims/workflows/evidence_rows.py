"""What hangs on the steps, the tubes and the patients behind fills, read in one look-up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam
from sqlalchemy.orm import Session, joinedload

from lims.models.fill import Disposition, Fill
from lims.models.patient import MarkerResult
from lims.models.specification import SpecificationLimit, SpecificationPolicy, SpecificationTest
from lims.models.step import IdentityCheck
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.workflows import made_shown
from lims.workflows.abreast import abreast, give, read
from lims.workflows.fill_lineage import Filled

SAID: dict[str, Any] = {
    "tests": SpecificationTest,
    "limits": SpecificationLimit,
    "policies": SpecificationPolicy,
}
"""What a version is asked for of a fill."""


@dataclass(frozen=True)
class EvidenceRows:
    typed: Sequence[IdentityCheck]
    """Codes that no scanner read."""
    tubes: Sequence[Suspension]
    """Those made in the steps."""
    counts: Sequence[CellCount]
    """Those of the steps, and of the tubes behind."""
    taken: Sequence[Withdrawal]
    markers: Sequence[MarkerResult]


def read_all(
    session: Session, fills: Sequence[Fill], filled: Sequence[Filled], steps: Collection[int]
) -> EvidenceRows:
    """What hangs on `fills`, on `steps` and on the lineage of `filled`; the fills get their
    decisions by it, the versions what they say. The lots and the labels, which are most of all
    rows, are read by themselves: each row of lists read together is as wide as all of them."""
    by_key = {fill.id: fill for fill in fills}
    versions = {
        fill.batch.specification_version_id: fill.batch.specification_version for fill in fills
    }
    typed, tubes, counts, taken, markers, decisions, *said = read(
        session,
        _asked(),
        steps=list(steps),
        tubes=list({key for one in filled for key in one.walked.tubes}),
        patients=list({fill.patient_id for fill in fills}),
        fills=list(by_key),
        versions=list(versions),
    )
    give(by_key, "dispositions", decisions, "fill_id")
    for name, parts in zip(SAID, said, strict=True):
        in_order = sorted(parts, key=lambda part: part.position)
        give(versions, name, in_order, "specification_version_id")
    return EvidenceRows(typed, tubes, counts, taken, markers)


@cache
def _asked() -> Select[Any]:
    """Put together once."""
    steps, tubes, patients, fills, versions = (
        bindparam(name, type_=BigInteger, expanding=True)
        for name in ("steps", "tubes", "patients", "fills", "versions")
    )
    made, counted, taken = made_shown.made_in_steps(steps)
    behind = CellCount.suspension_id.in_(tubes)
    return abreast(
        (IdentityCheck, IdentityCheck.step_id.in_(steps) & IdentityCheck.typed),
        made,
        (CellCount, counted[1] | behind),
        taken,
        (MarkerResult, MarkerResult.patient_id.in_(patients)),
        (Disposition, Disposition.fill_id.in_(fills)),
        *((part, part.specification_version_id.in_(versions)) for part in SAID.values()),
    ).options(
        *made_shown.WITH_VESSEL,
        joinedload(CellCount.suspension),
    )
