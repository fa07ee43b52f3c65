"""Indexes for what pages look up among hundreds of thousands of rows."""

from alembic import op

revision = "0005"
down_revision = "0004"

ALIQUOT_OF = ("sample_id", "vessel_id", "dose_id", "vial_id")


def upgrade() -> None:
    for source in ALIQUOT_OF:
        op.create_index(op.f(f"ix_aliquot_{source}"), "aliquot", [source])
    op.create_index(op.f("ix_signature_subject_code"), "signature", ["subject_code"])
