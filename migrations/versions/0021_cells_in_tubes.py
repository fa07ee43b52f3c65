"""Tubes that hold cells are found at once; a label keeps until when its dose may be used."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_index("ix_suspension_status", "suspension", ["status"])
    op.add_column("label", sa.Column("expires_at", MOMENT, nullable=True))
