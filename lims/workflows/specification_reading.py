"""Versions of the specification with what they say, in one look-up."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, inspect, select
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


_NAMED = bindparam("versions", type_=BigInteger, expanding=True)


def _asked() -> Select[Any]:
    those = (SpecificationVersion.status == SpecificationStatus.APPROVED) | (
        SpecificationVersion.id.in_(_NAMED)
    )
    keys = select(SpecificationVersion.id).where(those)
    said = ((part, part.specification_version_id.in_(keys)) for part in SAID.values())
    return abreast.abreast((SpecificationVersion, those), *said)


_ASKED = _asked()
"""Put together once: most pages ask for it."""


def read(
    session: Session, versions: Collection[SpecificationVersion] = ()
) -> SpecificationVersion | None:
    """The version in force, if there is one; `versions` are read with it."""
    found, *said = abreast.read(session, _ASKED, versions=[each.id for each in versions])
    for name, parts in zip(SAID, said, strict=True):
        of_version = defaultdict(list)
        for part in sorted(parts, key=lambda each: each.position):
            of_version[part.specification_version_id].append(part)
        for version in found:
            if name not in inspect(version).dict:  # what was read already says the same
                set_committed_value(version, name, of_version[version.id])
    return next((each for each in found if each.status is SpecificationStatus.APPROVED), None)
