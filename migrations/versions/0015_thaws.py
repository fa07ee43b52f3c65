"""What came of thaws is found among everything that was ever in a tube."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_index(op.f("ix_suspension_origin"), "suspension", ["origin"])
