"""The schemas that hold, held or will hold the read model, and which of them serves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "generation",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("projection", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen", JSONB(none_as_null=True)),
    )
    one_each = sa.text("state IN ('building', 'served', 'previous')")
    op.create_index("generation_of_state", "generation", ["family", "state"], unique=True, postgresql_where=one_each)


def downgrade() -> None:
    op.drop_table("generation")
