"""A pair may tag self first: who has finished their own tags on a clip"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pairs", sa.Column("self_first", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "finished_tagging",
        sa.Column("clip_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_finished_tagging_clip_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_finished_tagging_person_id")),
        sa.PrimaryKeyConstraint("clip_id", "person_id", name=op.f("pk_finished_tagging")),
    )
