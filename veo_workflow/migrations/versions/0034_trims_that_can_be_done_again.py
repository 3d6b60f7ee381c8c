"""Which frames a trim kept, so that it can be done again to a copy of before"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trimmings",
        sa.Column("clip_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_trimmings_clip_id")),
        sa.PrimaryKeyConstraint("clip_id", "edition", name=op.f("pk_trimmings")),
    )
