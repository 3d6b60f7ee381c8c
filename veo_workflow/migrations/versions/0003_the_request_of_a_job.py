"""Which request asked for a job, so that what a worker logs can be found by it.

Revision ID: 0003_request
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_request"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("request_id", sa.String(64), nullable=True))
