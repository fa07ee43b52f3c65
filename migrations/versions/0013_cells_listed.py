"""Whether the cells of a vial of earlier records are those that its list gives."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("earlier_vial", sa.Column("cells_listed", sa.Boolean(), nullable=True))
