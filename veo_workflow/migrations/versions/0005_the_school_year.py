"""The school year: half-terms, closures, entitlement and rhythm, and coaching sessions"""

import datetime
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STAGES = ("identify", "learn", "improve")


def upgrade() -> None:
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cycles_a_year", sa.Integer(), nullable=False, server_default="3"))
        batch_op.add_column(sa.Column("sessions_a_half_term", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("observations_a_half_term", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cycles_a_year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("sessions_a_half_term", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("observations_a_half_term", sa.Integer(), nullable=True))
    half_terms = op.create_table(
        "half_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_half_terms_school_id")),
        sa.ForeignKeyConstraint(["term_id"], ["terms.id"], name=op.f("fk_half_terms_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_half_terms")),
        sa.UniqueConstraint("term_id", "number", name=op.f("uq_half_terms_term_id_number")),
    )
    op.create_index("ix_half_terms_school_id_starts_on", "half_terms", ["school_id", "starts_on"])
    op.create_table(
        "closures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_closures_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index("ix_closures_school_id_starts_on", "closures", ["school_id", "starts_on"])
    op.create_table(
        "coaching_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.Enum(*STAGES, name="stage", native_enum=False, length=32), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_review", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_coaching_sessions_school_id")),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name=op.f("fk_coaching_sessions_pair_id")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_coaching_sessions_cycle_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["people.id"], name=op.f("fk_coaching_sessions_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_sessions")),
    )
    op.create_index("ix_coaching_sessions_school_id", "coaching_sessions", ["school_id"])
    op.create_index("ix_coaching_sessions_cycle_id", "coaching_sessions", ["cycle_id"])
    op.create_index("ix_coaching_sessions_pair_id_starts_at", "coaching_sessions", ["pair_id", "starts_at"])
    _halve_the_terms_there_are(half_terms)


def _halve_the_terms_there_are(half_terms: sa.Table) -> None:
    """Every term gets two halves, parted in its middle, until the school sets its own dates."""
    terms = sa.table(
        "terms",
        sa.column("id", sa.Uuid()),
        sa.column("school_id", sa.Uuid()),
        sa.column("starts_on", sa.Date()),
        sa.column("ends_on", sa.Date()),
    )
    connection = op.get_bind()
    for term in connection.execute(sa.select(terms)).all():
        last = term.starts_on + (term.ends_on - term.starts_on) // 2
        halves = ((1, term.starts_on, last), (2, min(last + datetime.timedelta(days=1), term.ends_on), term.ends_on))
        connection.execute(
            half_terms.insert(),
            [
                {
                    "id": uuid.uuid4(),
                    "school_id": term.school_id,
                    "term_id": term.id,
                    "number": number,
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                }
                for number, starts_on, ends_on in halves
            ],
        )
