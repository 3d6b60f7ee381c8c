"""A measure's reading can be corrected and removed, and says who did it"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

REFERS = "fk_measure_readings_changed_by_id"


def upgrade() -> None:
    op.add_column("measure_readings", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("measure_readings", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("measure_readings", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        # A column may come with its reference; SQLite adds none later.
        reference = f"CONSTRAINT {REFERS} REFERENCES people (id)"
        op.execute(f"ALTER TABLE measure_readings ADD COLUMN changed_by_id CHAR(32) {reference}")
    else:
        op.add_column("measure_readings", sa.Column("changed_by_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(REFERS), "measure_readings", "people", ["changed_by_id"], ["id"])
