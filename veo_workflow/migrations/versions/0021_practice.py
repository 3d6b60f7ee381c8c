"""The checklist's ticks, and what practice was like"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step_ticks",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_step_ticks_cycle_id")),
        sa.ForeignKeyConstraint(["step_id"], ["steps.id"], name=op.f("fk_step_ticks_step_id")),
        sa.PrimaryKeyConstraint("cycle_id", "step_id", name=op.f("pk_step_ticks")),
    )
    op.create_table(
        "practice_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("practised_on", sa.Date(), nullable=False),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("went", sa.Text(), nullable=False),
        sa.Column("tweak", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_practice_entries_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_entries")),
    )
    op.create_index("ix_practice_entries_cycle_id_practised_on", "practice_entries", ["cycle_id", "practised_on"])
    op.create_table(
        "practised_steps",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["practice_entries.id"], name=op.f("fk_practised_steps_entry_id")),
        sa.ForeignKeyConstraint(["step_id"], ["steps.id"], name=op.f("fk_practised_steps_step_id")),
        sa.PrimaryKeyConstraint("entry_id", "step_id", name=op.f("pk_practised_steps")),
    )
