"""The order, stars and words that a pair gives to the moments of its review"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reviews", sa.Column("queue_version", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "review_moments",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("starred_by_id", sa.Uuid(), nullable=True),
        sa.Column("left_out_by_id", sa.Uuid(), nullable=True),
        sa.Column("talked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.Text(), nullable=False, server_default=""),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["reviews.cycle_id"], name=op.f("fk_review_moments_cycle_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_review_moments_tag_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["starred_by_id"], ["people.id"], name=op.f("fk_review_moments_starred_by_id")),
        sa.ForeignKeyConstraint(["left_out_by_id"], ["people.id"], name=op.f("fk_review_moments_left_out_by_id")),
        sa.ForeignKeyConstraint(["taken_by_id"], ["people.id"], name=op.f("fk_review_moments_taken_by_id")),
        sa.PrimaryKeyConstraint("cycle_id", "tag_id", name=op.f("pk_review_moments")),
    )
    op.create_index(op.f("ix_review_moments_tag_id"), "review_moments", ["tag_id"])
