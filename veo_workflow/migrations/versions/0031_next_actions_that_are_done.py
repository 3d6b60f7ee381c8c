"""A next action can be done"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("next_actions") as batch_op:
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("done_by_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_next_actions_done_by_id"), "people", ["done_by_id"], ["id"])
