"""Orders of frozen cells: for a thaw, a transfer, a test or their destruction."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lims import clock
from lims.models.base import Material, Tracked, Versioned, same_patient
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.types import Cells, Key, Sha256, closed
from lims.models.user import User


class OrderKind(StrEnum):
    THAW = "thaw"
    TRANSFER = "transfer"
    TEST = "test"
    DESTROY = "destroy"


class OrderStatus(StrEnum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    FULFILLED = "fulfilled"
    CLOSED = "closed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Order(Tracked, Material):
    """What is asked of a patient's frozen cells; who checked and approved it are signatures."""

    __tablename__ = "vial_order"
    kind_of_code = "RQ"
    __table_args__ = (
        same_patient("course", "course_id"),
        same_patient("transplantation_session", "session_id"),
        CheckConstraint("vials_wanted > 0", name="vials_positive"),
        CheckConstraint("viable_cells_wanted > 0", name="cells_positive"),
        CheckConstraint("kind <> 'thaw' OR session_id IS NOT NULL", name="thaw_for_a_session"),
        CheckConstraint(
            "kind <> 'transfer' OR destination IS NOT NULL", name="transfer_goes_somewhere"
        ),
        CheckConstraint(
            "kind NOT IN ('transfer', 'destroy') OR document_sha256 IS NOT NULL",
            name="rests_on_a_paper",
        ),
        CheckConstraint("(scheduled_for IS NOT NULL) OR status <> 'scheduled'", name="scheduled"),
    )

    kind: Mapped[OrderKind] = closed(OrderKind)
    course_id: Mapped[Key | None] = mapped_column(index=True)
    session_id: Mapped[Key | None] = mapped_column(index=True)
    viable_cells_wanted: Mapped[Cells | None]
    """After thaw; None where vials are asked for by number."""
    vials_wanted: Mapped[int]
    expand: Mapped[bool]
    """Whether the thawed cells are to be expanded before they are filled."""
    needed_on: Mapped[date]
    scheduled_for: Mapped[datetime | None]
    reason: Mapped[str]
    destination: Mapped[str | None]
    """The bank or the laboratory that receives the vials."""
    document: Mapped[str | None]
    """The patient's decision or the legal paper it rests on: its name, number and date."""
    document_sha256: Mapped[Sha256 | None]
    """Of that paper in the file store."""
    drafted_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    drafted_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_reason: Mapped[str | None]
    """Why it was refused or cancelled; what ended by itself says so by its status."""
    status: Mapped[OrderStatus] = closed(OrderStatus, index=True)

    patient: Mapped[Patient] = relationship(viewonly=True)
    course: Mapped[Course | None] = relationship(foreign_keys=[course_id])
    session: Mapped[TransplantationSession | None] = relationship(foreign_keys=[session_id])
    drafted_by: Mapped[User] = relationship(foreign_keys=[drafted_by_id])
    reservations: Mapped[list["Reservation"]] = relationship(
        foreign_keys="Reservation.order_id", order_by="Reservation.id", back_populates="order"
    )


class Reservation(Material, Versioned):
    """A vial kept for an order; one open reservation a vial."""

    __tablename__ = "reservation"
    __table_args__ = (
        same_patient("vial_order", "order_id"),
        same_patient("vial", "vial_id"),
        Index(
            "ux_reservation_open",
            "vial_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    order_id: Mapped[Key] = mapped_column(index=True)
    vial_id: Mapped[Key] = mapped_column(index=True)
    reserved_at: Mapped[datetime] = mapped_column(default=clock.now)
    reserved_by_id: Mapped[Key] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(foreign_keys=[order_id], back_populates="reservations")
    vial: Mapped[Vial] = relationship(foreign_keys=[vial_id])
