"""Terminals known by name; a PIN beside the password; a locked session; drafts of forms."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "terminal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("printer_name", sa.Text(), nullable=True),
        sa.Column("scanner_preamble", sa.Text(), nullable=True),
        sa.Column("sound_volume", sa.BigInteger(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=True),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("registered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "sound_volume BETWEEN 0 AND 100", name=op.f("ck_terminal_sound_volume_in_range")
        ),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (token_sha256 IS NOT NULL)",
            name=op.f("ck_terminal_retired_knows_no_browser"),
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_terminal_place_id")),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["user_account.id"], name=op.f("fk_terminal_registered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal")),
        sa.UniqueConstraint("code", name=op.f("uq_terminal_code")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_terminal_token_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("typed", sa.Text(), nullable=True),
        sa.Column("saved_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(typed IS NULL) = (saved_at IS NULL)", name=op.f("ck_draft_typed_once_saved")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_draft_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "user_id", "address", "form", name=op.f("uq_draft_user_id_address_form")
        ),
        sqlite_strict=True,
    )
    op.add_column("user_account", sa.Column("pin_hash", sa.Text(), nullable=True))
    op.add_column("user_account", sa.Column("pin_chosen_at", MOMENT, nullable=True))
    op.add_column("login_session", sa.Column("locked_at", MOMENT, nullable=True))
    op.add_column("login_session", sa.Column("left_page", sa.Text(), nullable=True))
    op.add_column("login_attempt", sa.Column("by_pin", sa.Boolean(), nullable=True))
