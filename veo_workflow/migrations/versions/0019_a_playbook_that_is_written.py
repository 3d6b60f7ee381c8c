"""Who wrote a wording of a strategy, what to read beside it, and the colour of a step"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WRITTEN_BY = "fk_strategy_versions_written_by_id"


def upgrade() -> None:
    op.add_column("steps", sa.Column("colour", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        # A column may come with its reference; making the table anew would drop one that others point at.
        op.execute(
            "ALTER TABLE strategy_versions ADD COLUMN written_by_id CHAR(32) "
            f"CONSTRAINT {WRITTEN_BY} REFERENCES people (id)"
        )
    else:
        op.add_column("strategy_versions", sa.Column("written_by_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(WRITTEN_BY), "strategy_versions", "people", ["written_by_id"], ["id"])
    op.create_table(
        "strategy_resources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("strategy_version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["strategy_version_id"],
            ["strategy_versions.id"],
            name=op.f("fk_strategy_resources_strategy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_resources")),
        sa.UniqueConstraint(
            "strategy_version_id", "number", name=op.f("uq_strategy_resources_strategy_version_id_number")
        ),
    )
