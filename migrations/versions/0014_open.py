"""What is open is found by its status in the other tables of history too, and what hangs on a step,
a session, a bench or a deviation by that."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BY_STATUS = ("batch", "course", "deviation", "vial_order")
HANGING = (
    ("aliquot", "step_id"),
    ("cell_count", "step_id"),
    ("contraindication_check", "session_id"),
    ("deviation", "duplicate_of_id"),
    ("deviation", "reopens_id"),
    ("deviation_decision", "decided_at"),
    ("fill", "made_by_id"),
    ("isolation", "patient_id"),
    ("isolation", "suspension_id"),
    ("line_clearance", "station_id"),
    ("step_photo", "vessel_id"),
    ("suspension", "made_by_id"),
    ("vessel_standing", "step_id"),
)


def upgrade() -> None:
    for table in BY_STATUS:
        op.create_index(op.f(f"ix_{table}_status"), table, ["status"])
    for table, column in HANGING:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    in_force = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_hold_in_force", "hold", ["id"], sqlite_where=in_force, postgresql_where=in_force
    )
