"""An index for counting what was scanned and typed, month by month."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(op.f("ix_identity_check_checked_at"), "identity_check", ["checked_at"])
