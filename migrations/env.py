"""Runs the migrations on the connection that lims/schema.py opened; nothing else starts them."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from lims.models import Base
from lims.models.types import Closed, Moment


def render_item(type_: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types as the plain ones they are kept as."""
    if type_ != "type" or not isinstance(item, TypeDecorator):
        return False
    if isinstance(item, Moment):
        return 'sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")'
    return "sa.String()" if isinstance(item, Closed) else "sa.BigInteger()"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    compare_type=False,
)
context.run_migrations()
