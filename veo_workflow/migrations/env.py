"""What Alembic runs: one transaction, on the engine it was handed."""

from typing import Any, Literal

from alembic import context

from veo_workflow.database import WRITING, Base, UtcDateTime
from veo_workflow.migrations import rows

assert rows.__all__  # noqa: S101 - importing them is what makes every room's rows known here


def _plain_types(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Migrations speak of the database's own types, never of our classes, which may change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


engine = context.config.attributes["engine"]

with engine.execution_options(**{WRITING: True}).connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=_plain_types
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
