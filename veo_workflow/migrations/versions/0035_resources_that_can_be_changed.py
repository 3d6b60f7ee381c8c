"""What the coach sent can be changed, and says which strategy it is for"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

NAME = "fk_resources_strategy_version_id"


def upgrade() -> None:
    op.add_column("resources", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("resources", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        # A column may come with its reference; SQLite adds none later.
        op.execute(
            f"ALTER TABLE resources ADD COLUMN strategy_version_id CHAR(32) "
            f"CONSTRAINT {NAME} REFERENCES strategy_versions (id)"
        )
    else:
        op.add_column("resources", sa.Column("strategy_version_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(NAME), "resources", "strategy_versions", ["strategy_version_id"], ["id"])
