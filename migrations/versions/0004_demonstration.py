"""A database knows that it is a demonstration."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "demonstration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("filling", sa.String(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("batches > 0", name=op.f("ck_demonstration_batches_positive")),
        sa.CheckConstraint(
            "filling IN ('begun', 'done')", name=op.f("ck_demonstration_filling_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demonstration")),
        sa.UniqueConstraint("filling", name=op.f("uq_demonstration_filling")),
        sqlite_strict=True,
    )
