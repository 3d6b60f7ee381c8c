"""Trimmed clips: which edition of a clip a time belongs to, and the span that a trim keeps"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clips", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("kept_from", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("kept_to", sa.Integer(), nullable=True))
