"""Owners are told once, two weeks before a clip goes"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clips", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
