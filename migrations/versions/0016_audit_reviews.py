"""Reviews of the audit trail; sign-ins that failed are found by when they were tried."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_review",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("first_entry", sa.BigInteger(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("deviation_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "last_entry >= first_entry", name=op.f("ck_audit_review_entries_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["deviation_id"], ["deviation.id"], name=op.f("fk_audit_review_deviation_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["user_account.id"], name=op.f("fk_audit_review_reviewed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_review")),
        sa.UniqueConstraint("first_entry", name=op.f("uq_audit_review_first_entry")),
        sa.UniqueConstraint("last_entry", name=op.f("uq_audit_review_last_entry")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_review_deviation_id"), "audit_review", ["deviation_id"])
    op.create_index(op.f("ix_login_attempt_tried_at"), "login_attempt", ["tried_at"])
