"""Versions of the specification with what they say, in one look-up."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from lims.models.specification import (
    SpecificationLimit,
    SpecificationPolicy,
    SpecificationRange,
    SpecificationStatus,
    SpecificationVersion,
)
from lims.workflows import abreast

SAID: dict[str, Any] = {
    "limits": SpecificationLimit,
    "policies": SpecificationPolicy,
    "ranges": SpecificationRange,
}
"""What workflows ask a version for by name; its tests are asked for where somebody judges."""


def _asking(which: ColumnElement[bool]) -> Select[Any]:
    of_these = select(SpecificationVersion.id).where(which)
    said = ((part, part.specification_version_id.in_(of_these)) for part in SAID.values())
    return abreast.abreast((SpecificationVersion, which), *said)


_APPROVED = _asking(SpecificationVersion.status == SpecificationStatus.APPROVED)
"""Put together once: most pages ask for it."""


def approved(session: Session) -> SpecificationVersion | None:
    """The version in force."""
    versions, *said = abreast.read(session, _APPROVED)
    for version in versions:
        for name, parts in zip(SAID, said, strict=True):
            if name not in version.__dict__:
                set_committed_value(version, name, sorted(parts, key=lambda part: part.position))
    return versions[0] if versions else None
