"""Idempotency keys: the event that each stands for, and its first answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "request_key",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("claim", sa.Text),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("headers", JSONB(none_as_null=True)),
        sa.Column("value", sa.LargeBinary),
        sa.Column("answer", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("request_key")
