"""What is open is found by its status in the other tables of history too; and what a deviation
about a bench, or one joined to another, reaches."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"

BY_STATUS = ("batch", "course", "deviation", "vial_order")


def upgrade() -> None:
    for table in BY_STATUS:
        op.create_index(op.f(f"ix_{table}_status"), table, ["status"])
    op.create_index(op.f("ix_deviation_duplicate_of_id"), "deviation", ["duplicate_of_id"])
    op.create_index(op.f("ix_line_clearance_station_id"), "line_clearance", ["station_id"])
    in_force = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_hold_in_force", "hold", ["id"], sqlite_where=in_force, postgresql_where=in_force
    )
