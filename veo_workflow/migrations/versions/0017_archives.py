"""A person's own data as an archive, and who did what by person and by subject"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("waiting", "running", "ready", "failed", "ended")


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="archivestate", native_enum=False, length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_archives_school_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_archives_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
    )
    live = sa.text("state IN ('waiting', 'running', 'ready')")
    op.create_index(
        "uq_archives_live", "archives", ["person_id"], unique=True, sqlite_where=live, postgresql_where=live
    )
    op.create_index("ix_archives_person_id_asked_at", "archives", ["person_id", "asked_at"])
    op.create_index("ix_archives_state_asked_at", "archives", ["state", "asked_at"])
    op.create_table(
        "archived_files",
        sa.Column("archive_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["archive_id"], ["archives.id"], name=op.f("fk_archived_files_archive_id")),
        sa.PrimaryKeyConstraint("archive_id", "key", name=op.f("pk_archived_files")),
    )
    op.create_index("ix_audit_entries_person_id_at", "audit_entries", ["person_id", "at"])
