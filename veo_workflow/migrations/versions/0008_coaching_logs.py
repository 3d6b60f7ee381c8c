"""Coaching logs with their themes, the pair's own note, reminders; what the lead's overview counts by"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STAGES = ("identify", "learn", "improve")
THEMES = (
    "Assessment in the lesson",
    "Classroom talk",
    "Entry routines",
    "Explaining and modelling",
    "Feedback",
    "Inclusion and support",
    "Learning behaviours",
    "Questioning",
    "Transitions",
)


def upgrade() -> None:
    themes = op.create_table(
        "themes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_themes_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_themes_school_id_name")),
    )
    op.create_table(
        "coaching_logs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("half_term_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Enum(*STAGES, name="stage", native_enum=False, length=32), nullable=True),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_coaching_logs_school_id")),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name=op.f("fk_coaching_logs_pair_id")),
        sa.ForeignKeyConstraint(["half_term_id"], ["half_terms.id"], name=op.f("fk_coaching_logs_half_term_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["people.id"], name=op.f("fk_coaching_logs_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_logs")),
        sa.UniqueConstraint("pair_id", "half_term_id", name=op.f("uq_coaching_logs_pair_id_half_term_id")),
    )
    op.create_index("ix_coaching_logs_school_id", "coaching_logs", ["school_id"])
    op.create_index("ix_coaching_logs_half_term_id_handed_in_at", "coaching_logs", ["half_term_id", "handed_in_at"])
    op.create_table(
        "logged_conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("log_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Enum(*STAGES, name="stage", native_enum=False, length=32), nullable=True),
        sa.ForeignKeyConstraint(["log_id"], ["coaching_logs.id"], name=op.f("fk_logged_conversations_log_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_conversations")),
    )
    op.create_index("ix_logged_conversations_log_id", "logged_conversations", ["log_id"])
    op.create_table(
        "log_themes",
        sa.Column("log_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["coaching_logs.id"], name=op.f("fk_log_themes_log_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_log_themes_theme_id")),
        sa.PrimaryKeyConstraint("log_id", "theme_id", name=op.f("pk_log_themes")),
    )
    op.create_index("ix_log_themes_theme_id", "log_themes", ["theme_id"])
    op.create_table(
        "pair_notes",
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("half_term_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name=op.f("fk_pair_notes_pair_id")),
        sa.ForeignKeyConstraint(["half_term_id"], ["half_terms.id"], name=op.f("fk_pair_notes_half_term_id")),
        sa.PrimaryKeyConstraint("pair_id", "half_term_id", name=op.f("pk_pair_notes")),
    )
    op.create_table(
        "log_reminders",
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("half_term_id", sa.Uuid(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name=op.f("fk_log_reminders_pair_id")),
        sa.ForeignKeyConstraint(["half_term_id"], ["half_terms.id"], name=op.f("fk_log_reminders_half_term_id")),
        sa.ForeignKeyConstraint(["reminded_by_id"], ["people.id"], name=op.f("fk_log_reminders_reminded_by_id")),
        sa.PrimaryKeyConstraint("pair_id", "half_term_id", name=op.f("pk_log_reminders")),
    )
    op.create_index("ix_cycles_school_id_term_id", "cycles", ["school_id", "term_id"])
    op.drop_index("ix_cycles_school_id", table_name="cycles")  # the wider one serves its questions too
    _themes_for_the_schools_there_are(themes)


def _themes_for_the_schools_there_are(themes: sa.Table) -> None:
    connection = op.get_bind()
    schools = sa.table("schools", sa.column("id", sa.Uuid()))
    for school in connection.execute(sa.select(schools)).all():
        rows = [{"id": uuid.uuid4(), "school_id": school.id, "name": name} for name in THEMES]
        connection.execute(themes.insert(), rows)
