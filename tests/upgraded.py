"""An upgrade that kills itself: `python -m tests.upgraded MIGRATIONS ADDRESS N` ends at its N-th
statement; with N = 0 it goes on to its end and says how many there were."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from lims import resources
from lims.database import Database

NEXT = '''"""A step of a version to come: it leaves the tables as they are, and takes a while."""

from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for number in range(20):
        op.execute(f"CREATE TABLE passing_{{number}} (id BIGINT)")
    for number in range(20):
        op.execute(f"INSERT INTO passing_{{number}} VALUES (1)")
        op.execute(f"DROP TABLE passing_{{number}}")
    {more}
'''


def main() -> None:
    migrations, url, last = sys.argv[1:]
    resources.MIGRATIONS = Path(migrations)
    told = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def tell(*_: Any) -> None:
        nonlocal told
        told += 1
        if told == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    Database(url).upgrade()
    print(told)  # noqa: T201


if __name__ == "__main__":
    main()
