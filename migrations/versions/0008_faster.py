"""What waits for somebody is found by its status, however much there is that waits for nobody."""

from alembic import op

revision = "0008"
down_revision = "0007"

BY_STATUS = ("dose", "fill", "qc_test", "sample", "step", "vessel", "vial")


def upgrade() -> None:
    for table in BY_STATUS:
        op.create_index(op.f(f"ix_{table}_status"), table, ["status"])
