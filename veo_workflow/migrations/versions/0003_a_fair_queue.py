"""A fair queue: when each job's turn comes, how long its film is, when it may be tried again; and turns of upkeep"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults are for workers and web servers of the version before, which go on for a while during an upgrade.
    now = sa.text("CURRENT_TIMESTAMP")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, server_default=now))
        batch_op.add_column(sa.Column("film_seconds", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE jobs SET due_at = queued_at")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.alter_column(
            "due_at", existing_type=sa.DateTime(timezone=True), existing_server_default=now, nullable=False
        )
        batch_op.create_index("ix_jobs_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_jobs_state_finished_at", ["state", "finished_at"], unique=False)
    op.create_table(
        "turns",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turns")),
    )
