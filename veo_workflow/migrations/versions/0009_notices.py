"""Notices, and who wants no letters"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = (
    "pair_made",
    "pair_ended",
    "clip_ready",
    "clip_failed",
    "clip_shared",
    "moments_shared",
    "goal_written",
    "review_agreed",
    "cycle_closed",
    "log_asked_for",
)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="noticekind", native_enum=False, length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_notices_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    unread, unmailed = sa.text("read_at IS NULL"), sa.text("read_at IS NULL AND mailed_at IS NULL")
    op.create_index("ix_notices_person_id_happened_at", "notices", ["person_id", "happened_at"])
    op.create_index(
        "uq_notices_unread",
        "notices",
        ["person_id", "kind", "subject_id"],
        unique=True,
        sqlite_where=unread,
        postgresql_where=unread,
    )
    op.create_index("ix_notices_unmailed", "notices", ["happened_at"], sqlite_where=unmailed, postgresql_where=unmailed)
    op.create_table(
        "notice_choices",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mail", sa.Enum("daily", "never", name="mailchoice", native_enum=False, length=32), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notice_choices_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_choices")),
    )
