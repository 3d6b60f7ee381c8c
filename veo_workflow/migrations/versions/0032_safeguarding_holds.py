"""A safeguarding hold on a clip, and what a second person agrees to"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clips", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("clip_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_holds_school_id")),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_holds_clip_id")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["people.id"], name=op.f("fk_holds_placed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    standing = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_holds_standing",
        "holds",
        ["clip_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_index("ix_holds_school_id_placed_at", "holds", ["school_id", "placed_at"])
    op.create_table(
        "hold_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("wish", sa.Enum("view", "lift", name="wish", native_enum=False, length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_hold_requests_hold_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_hold_requests_asked_by_id")),
        sa.ForeignKeyConstraint(["second_id"], ["people.id"], name=op.f("fk_hold_requests_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_requests")),
    )
    op.create_index("ix_hold_requests_hold_id_asked_at", "hold_requests", ["hold_id", "asked_at"])
