"""What the program's own user may do where another one owns the tables: the work, and no more.

It can neither switch the rules of the tables off nor change what the audit trail tells.
"""

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from lims.backups.postgresql import quoted
from lims.config import Settings
from lims.database import Database
from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.command_run import AllowedTransition
from lims.opening import Unreachable
from lims.schema import NOTED_IN

ONLY_READ = (table_of(AllowedTransition).name, NOTED_IN)
ONLY_ADDED_TO = (table_of(AuditEntry).name,)


def give(owner: Database, settings: Settings) -> None:
    """Let the user of `settings` work on the tables of `owner`; nothing where they are one."""
    if owner.is_sqlite or settings.migration_url is None:
        return
    user = _user_of(settings.database_url)
    with owner.engine.begin() as connection:
        if connection.scalar(text("SELECT current_user")) != user:
            _grant(connection, quoted(str(owner.engine.url.database)), quoted(user))


def _grant(connection: Connection, database: str, user: str) -> None:
    for each in (
        # a schema of its own, in which the tables are compared with what they should be
        f"GRANT CREATE ON DATABASE {database} TO {user}",
        f"GRANT USAGE ON SCHEMA public TO {user}",
        f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {user}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {user}",  # a backup reads them
        f"REVOKE INSERT, UPDATE ON {', '.join(map(quoted, ONLY_READ))} FROM {user}",
        f"REVOKE UPDATE ON {', '.join(map(quoted, ONLY_ADDED_TO))} FROM {user}",
    ):
        connection.exec_driver_sql(each)


def _user_of(url: str) -> str:
    """Who works under `url`, as the server knows them."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            return str(connection.scalar(text("SELECT current_user")))
    except SQLAlchemyError as error:
        raise Unreachable(reason=str(error).splitlines()[0].rstrip(".")) from error
    finally:
        database.engine.dispose()
