"""A cycle knows which one it carries on"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REFERS = "fk_cycles_continues_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # A column may come with its reference; making the table anew would drop one that others point at.
        op.execute(f"ALTER TABLE cycles ADD COLUMN continues_id CHAR(32) CONSTRAINT {REFERS} REFERENCES cycles (id)")
    else:
        op.add_column("cycles", sa.Column("continues_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(REFERS), "cycles", "cycles", ["continues_id"], ["id"])
    op.create_index("uq_cycles_continues_id", "cycles", ["continues_id"], unique=True)
