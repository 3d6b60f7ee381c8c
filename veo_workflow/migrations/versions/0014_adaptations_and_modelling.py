"""The pair's adaptations of steps, and how a strategy was modelled"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS = ("talk_through", "deliberate_practice", "live_model", "exemplar")


def upgrade() -> None:
    op.create_table(
        "adaptations",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_adaptations_cycle_id")),
        sa.ForeignKeyConstraint(["step_id"], ["steps.id"], name=op.f("fk_adaptations_step_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["people.id"], name=op.f("fk_adaptations_changed_by_id")),
        sa.PrimaryKeyConstraint("cycle_id", "step_id", name=op.f("pk_adaptations")),
    )
    op.create_table(
        "modellings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="modellingkind", native_enum=False, length=32), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("modelled_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("exemplar_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_modellings_cycle_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["people.id"], name=op.f("fk_modellings_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modellings")),
    )
    op.create_index("ix_modellings_cycle_id_modelled_on", "modellings", ["cycle_id", "modelled_on"])
