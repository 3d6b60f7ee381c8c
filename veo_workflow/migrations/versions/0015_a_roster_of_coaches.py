"""A roster of coaches: who coaches, since when, trained on which date, for how many pairs"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coaches",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_coaches_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_coaches_school_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_coaches")),
    )
    op.create_index(op.f("ix_coaches_school_id"), "coaches", ["school_id"])
    # Whoever coaches today is on it, since their first pair.
    op.execute(
        "INSERT INTO coaches (person_id, school_id, since, capacity, version)"
        " SELECT coach_id, school_id, MIN(starts_on), 3, 0 FROM pairs"
        " WHERE coach_id IN (SELECT coach_id FROM pairs WHERE ended_at IS NULL) GROUP BY coach_id, school_id"
    )
