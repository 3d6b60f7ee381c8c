"""A coaching session counts its changes, so that calendars and forms know which one is the newer"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("coaching_sessions", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
