"""What cannot be in a tube: more than any holds, more cells than fit into its volume.

A slip of the hand, as a rule: asked about before it is kept, and a deviation where it was so.
"""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.specification import SpecificationVersion
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.workflows import breaches, deviations, specifications
from lims.workflows.deviation_rules import Finding
from lims.workflows.since import require_said

RULE = "implausible"
DENSEST = "suspension_cells_max_per_ml"


class TooDense(LimsError):
    sentence = N_(
        "%(cells)s do not fit into %(volume)s: by the specification there are at most %(most)s."
    )


def found(made: Suspension) -> Iterator[Finding]:
    """What of the volume and the count of record of `made` cannot be.

    A version of the specification approved before it knew these limits asks nothing.
    """
    version = specifications.of(made.batch)
    most = specifications.known_limit(version, "suspension_volume_max_ml")
    if most is not None and made.volume_ml > most:
        yield RULE, breaches.beyond(made.code, N_("volume"), made.volume_ml, most, "mL", 3)
    most = specifications.known_limit(version, DENSEST)
    if most is None or (count := made.count) is None:
        return
    per_ml = Decimal(count.live + count.dead) / count.volume_ml
    if per_ml > most:
        yield RULE, breaches.beyond(made.code, N_("cells"), per_ml, most, "cells/mL", 0)


def too_dense(version: SpecificationVersion, cells: int, volume_ml: Decimal) -> LimsError | None:
    """That earlier records say of a container that it holds more cells than fit into any."""
    most = specifications.known_limit(version, DENSEST)
    if most is None or cells <= most * volume_ml:
        return None
    told = {"cells": Amount(cells, "cells"), "volume": Amount(volume_ml, "mL")}
    return TooDense(**told, most=Amount(most, "cells/mL"))


def judge(session: Session, step: Step, made: Suspension, by: User) -> None:
    """Ask about what `step` says of `made`; with a comment it is kept, and is a deviation."""
    told = list(found(made))
    require_said((each for _rule, each in told), step.comment)
    deviations.open_for_each(session, told, step, made, by=by)
