"""The coachee's picture of reality, wording upon wording"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reality_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("closeness", sa.Integer(), nullable=True),
        sa.Column("what_pleased", sa.Text(), nullable=False),
        sa.Column("to_be_a_ten", sa.Text(), nullable=False),
        sa.Column("pupils_would", sa.Text(), nullable=False),
        sa.Column("how_measured", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_reality_pictures_cycle_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["people.id"], name=op.f("fk_reality_pictures_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reality_pictures")),
        sa.UniqueConstraint("cycle_id", "revision", name=op.f("uq_reality_pictures_cycle_id_revision")),
    )
