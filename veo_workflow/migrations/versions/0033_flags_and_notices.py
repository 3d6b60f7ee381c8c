"""A clip that shows a pupil who must not be shown; the wording of the school's recording notice"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BASES = ("public_task", "legitimate_interests", "consent")
REFERENCES = (("flagged_by_id", "people"), ("notice_id", "recording_notices"))


def upgrade() -> None:
    op.create_table(
        "recording_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Enum(*BASES, name="lawfulbasis", native_enum=False, length=32), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("opting_out", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_recording_notices_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_notices")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_recording_notices_school_id_number")),
    )
    op.add_column("clips", sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=True))
    for column, table in REFERENCES:
        name = f"fk_clips_{column}"
        if op.get_bind().dialect.name == "sqlite":
            # A column may come with its reference; SQLite adds none later.
            op.execute(f"ALTER TABLE clips ADD COLUMN {column} CHAR(32) CONSTRAINT {name} REFERENCES {table} (id)")
        else:
            op.add_column("clips", sa.Column(column, sa.Uuid(), nullable=True))
            op.create_foreign_key(op.f(name), "clips", table, [column], ["id"])
