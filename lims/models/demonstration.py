"""That a database is a demonstration: invented people, passwords that anybody may read."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims import clock
from lims.models.base import Base
from lims.models.types import closed


class Filling(StrEnum):
    BEGUN = "begun"
    """Written before anything else is: what is half made never looks like a real one."""
    DONE = "done"


class Demonstration(Base):
    """Of which stage the filling is known; without any row the records are of real patients."""

    __tablename__ = "demonstration"
    __table_args__ = (CheckConstraint("batches > 0", name="batches_positive"),)

    filling: Mapped[Filling] = closed(Filling, unique=True)
    batches: Mapped[int]
    """How many it holds once it is filled."""
    at: Mapped[datetime] = mapped_column(default=clock.now)
