"""Since when material is there: nothing was done with it before. What cannot be true is refused.

What merely does not fit together is kept as it was told, once somebody has said why.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce

from lims.errors import N_, FieldError, LimsError
from lims.models.aliquot import Aliquot
from lims.models.fill import Dose, Vial
from lims.models.sample import Sample
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel

Material = Sample | Vessel | Suspension | Aliquot | Dose | Vial

A_MINUTE = timedelta(minutes=1)
"""What a form cannot tell apart: it shows the time without its seconds."""


class BeforeItWas(LimsError):
    sentence = N_("%(code)s is there since %(at)s: this cannot have been done before.")


class WhySo(LimsError):
    sentence = N_("%(found)s Look at it again; if it was so, say why in the comment.")


class Both(LimsError):
    sentence = N_("%(one)s %(other)s")


def since(material: Material) -> datetime | None:
    """When it came to be where it is worked on; None where nobody recorded that."""
    match material:
        case Sample():
            return material.received_at or material.collected_at
        case Vessel():
            return material.seeded_at
        case Suspension():
            return material.made_by.performed_at
        case Aliquot():
            return material.taken_at
        case Dose() | Vial():
            return material.fill.filled_at


def require_there(at: datetime, *worked_on: Material, field: str = "performed_at") -> None:
    """Raise at `field` where something was done with material that was not there yet."""
    for material in worked_on:
        began = since(material)
        if began is not None:
            require_after(at, material.code, began, field=field)


def require_after(at: datetime, code: str, began: datetime, field: str = "performed_at") -> None:
    """Raise at `field` unless `at` is after what is named `code` began to be there."""
    if at < to_the_minute(began):
        raise FieldError(field=field, problem=BeforeItWas(code=code, at=began))


def require_said(odd: Iterable[LimsError], comment: str | None) -> None:
    """Raise at the comment where something does not fit together and nobody said why."""
    found = list(odd)
    if found and not (comment or "").strip():
        raise FieldError(field="comment", problem=WhySo(found=together(found)))


def together(found: Sequence[LimsError]) -> LimsError:
    """Several sentences as one that says them one after another."""
    return reduce(lambda one, other: Both(one=one, other=other), found)


def to_the_minute(at: datetime) -> datetime:
    """As forms tell times: what was done in the same minute was not done before."""
    return at.replace(second=0, microsecond=0)


def is_late(step: Step, late_after: int) -> bool:
    """Whether the step was entered later than the specification's limit in minutes."""
    if step.performed_at is None or step.recorded_at is None:
        return False
    return (step.recorded_at - step.performed_at).total_seconds() > late_after * 60
