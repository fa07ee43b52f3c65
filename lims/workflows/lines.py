"""One test of a specification as it is asked, and what was read as it was entered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Stage(StrEnum):
    """When in the life of the cells a line is asked."""

    RECEPTION = "reception"
    ISOLATION = "isolation"
    IN_PROCESS = "in process"
    FINAL_CONTAINER = "final container"
    POST_THAW = "post-thaw"


class TakenFrom(StrEnum):
    """What an aliquot is taken from."""

    TISSUE = "tissue"
    SPENT_MEDIUM = "spent medium"
    SUSPENSION = "suspension"
    DOSE = "dose"
    VIAL = "vial"


class FillKind(StrEnum):
    DOSES = "doses"
    VIALS = "vials"


@dataclass(frozen=True)
class Line:
    """One test of a specification."""

    code: str
    limit: str
    name: str = ""
    stage: Stage = Stage.FINAL_CONTAINER
    taken_from: TakenFrom | None = None
    """None: nothing is taken; the thing itself or its record is looked at."""
    unit: str = ""
    method: str = ""
    places: int = 1
    """Decimal places shown; never used to compare."""
    possible: str = ""
    """The range outside which a number cannot be true."""
    days_to_read: int | None = None
    """An acceptable result read earlier is inconclusive; a failing one fails at once."""
    not_by: tuple[str, ...] = ()
    """Words in a method that never closes this line: a Gram stain does not close sterility."""
    members: tuple[str, ...] = ()
    """Tests of which at least one is measured, and every measured one must pass."""
    member_names: tuple[str, ...] = ()
    """What each of them is called, in their order; none: by its code."""
    from_passage: int | None = None
    to_passage: int | None = None
    spike_recovery_min_pct: Decimal | None = None
    spike_recovery_max_pct: Decimal | None = None
    required: bool = True
    conditional_allowed: bool = False
    """Whether a conditional release may go while this test is still running."""
    fills: tuple[FillKind, ...] = (FillKind.DOSES, FillKind.VIALS)
    """The fills whose release asks for it."""
    to_confirm: bool = False
    source: str = ""

    def called(self, member: str) -> str:
        """The name of one of the members."""
        return dict(zip(self.members, self.member_names, strict=False)).get(member, member)


@dataclass(frozen=True)
class Reading:
    """What was read, as it was entered."""

    text: str | None = None
    days_read: int | None = None
    method: str = ""
    spike_recovery_pct: Decimal | None = None
    measured: Mapping[str, str | None] = field(default_factory=dict)
    """Of a line with members: each member measured, and its result."""
