"""What the janitor has taken up, and how far it has looked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "sweep",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), index=True),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_table(
        "bookmark",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("after", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("bookmark")
    op.drop_table("sweep")
