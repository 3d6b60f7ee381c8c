"""What the coach sends may be a photo or a PDF"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("resources", sa.Column("delete_by", sa.Date(), nullable=True))
    op.create_index("ix_resources_delete_by", "resources", ["delete_by"])
    with op.batch_alter_table("attachments") as batch_op:
        batch_op.alter_column("evidence_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("resource_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_attachments_resource_id"), "resources", ["resource_id"], ["id"])
        batch_op.create_unique_constraint(op.f("uq_attachments_resource_id"), ["resource_id"])
