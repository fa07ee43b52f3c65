"""A refusal is kept with its values, to be told in its reader's language."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("refusal", sa.Column("said", sa.Text(), nullable=True))
