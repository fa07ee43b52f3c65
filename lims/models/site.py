"""Where an injection goes: the joint, its side, and the words for one that has no word here."""

from enum import StrEnum
from typing import Protocol

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.models.types import closed


class Joint(StrEnum):
    KNEE = "knee"
    HIP = "hip"
    SHOULDER = "shoulder"
    ANKLE = "ankle"
    ELBOW = "elbow"
    WRIST = "wrist"
    OTHER = "other"


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Place(Protocol):
    """Anything that says into which joint, and how another one is called."""

    @property
    def joint(self) -> Joint: ...
    @property
    def joint_named(self) -> str | None: ...


def joint_of(place: Place) -> Joint | str:
    """As it is told: the words for another joint, where somebody said them."""
    return place.joint_named or place.joint


class Sited:
    """Something that is injected, or planned to be, into one joint."""

    joint: Mapped[Joint] = closed(Joint)
    side: Mapped[Side] = closed(Side)
    joint_named: Mapped[str | None] = mapped_column(
        CheckConstraint(
            "joint_named IS NULL OR (joint = 'other' AND joint_named <> '')",
            name="joint_named_where_other",
        )
    )
    """Which joint, where it is another; a trigger asks for it (`triggers.py`), which leaves the
    rows of versions that did not ask as they were."""
