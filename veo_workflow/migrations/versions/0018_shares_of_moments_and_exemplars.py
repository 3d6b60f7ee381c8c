"""Shares of one moment, and for everybody at a school: its exemplar library; who watched is found by clip"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clip_shares", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("first_frame", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("last_frame", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("shows", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("strategy_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("step_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("film_key", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("film_tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("watched_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_clip_shares_strategy_id"), "strategies", ["strategy_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_clip_shares_step_id"), "steps", ["step_id"], ["id"])
    lasting, filmed = sa.text("revoked_at IS NULL"), sa.text("film_key IS NOT NULL")
    op.create_index("ix_clip_shares_until", "clip_shares", ["until"], sqlite_where=lasting, postgresql_where=lasting)
    op.create_index(
        "ix_clip_shares_film_key", "clip_shares", ["film_key"], sqlite_where=filmed, postgresql_where=filmed
    )
    op.create_index("ix_audit_entries_subject_id_at", "audit_entries", ["subject_id", "at"])
