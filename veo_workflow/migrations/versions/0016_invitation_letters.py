"""Invitations that wait to be mailed"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invitations_person_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_invitations_asked_by_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_invitations")),
    )
    waiting = sa.text("mailed_at IS NULL AND refused_at IS NULL")
    op.create_index(
        "ix_invitations_waiting", "invitations", ["asked_at"], sqlite_where=waiting, postgresql_where=waiting
    )
