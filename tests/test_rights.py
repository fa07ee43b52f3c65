"""Two users of PostgreSQL: one owns the tables, the other one works on them."""

from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from lims import guards, opening, upgrading
from lims.backups import making
from lims.backups.folder import Reason
from lims.database import Database
from lims.files import FileStore
from lims.workflows.verifying import verify
from tests.kept import Kept
from tests.live_tampering import grown

pytestmark = [
    pytest.mark.parametrize("server", ["postgresql"], indirect=True),
    pytest.mark.usefixtures("server"),
]


@contextmanager
def owned_by_another(server, folder):
    """A laboratory whose tables another user owns, and who works on them."""
    site = Kept.of_its_own(server, folder)
    owner = make_url(site.settings.database_url)
    role = f"works_{owner.database}"
    with site.database.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'x'")
    worker = owner.set(username=role, password="x").render_as_string(hide_password=False)
    yield replace(site.settings, database_url=worker, migration_url=site.settings.database_url)
    site.database.engine.dispose()
    server.drop(site.settings.database_url)


@contextmanager
def working(site):
    owner, worker = Database(site.owner_url), Database(site.database_url)
    upgrading.upgrade(owner, site, lambda _: None)
    owner.engine.dispose()
    yield worker
    worker.engine.dispose()


@pytest.fixture
def site(server, tmp_path):
    with owned_by_another(server, tmp_path / "data") as site:
        yield site


@pytest.fixture
def worker(site):
    with working(site) as worker:
        yield worker


@pytest.fixture(scope="module")
def barred(postgresql_server, tmp_path_factory):
    """A worker for what is refused, and rolled back were it not."""
    folder = tmp_path_factory.mktemp("barred") / "data"
    with owned_by_another(postgresql_server, folder) as site, working(site) as worker:
        yield worker


def test_who_works_on_the_tables_of_another_may_do_the_work(worker, tmp_path):
    grown(worker, FileStore(tmp_path / "files"), Random("work"))

    with worker.reading() as session:
        assert verify(session, []).is_whole


def test_who_works_on_the_tables_of_another_backs_them_up_without_that_ones_password(site, worker):
    alone = replace(site, migration_url=None)

    made = making.make(worker, alone, Reason.NIGHT)

    assert made.is_good, made.about.told


def test_who_works_on_the_tables_of_another_sees_when_their_triggers_are_lost(site, worker):
    alone, owner = replace(site, migration_url=None), Database(site.owner_url)
    before = guards.looked(worker, alone)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER lims_nodelete_vial ON vial")
    owner.engine.dispose()

    assert before == []
    assert [type(each) for each in guards.looked(worker, alone)] == [guards.GuardsLost]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET reason = 'another'",
        "DELETE FROM audit_entry",
        "DELETE FROM user_account",
        "INSERT INTO allowed_transition SELECT 99999, 'fill', 'rejected', 'released'",
        "UPDATE alembic_version SET version_num = '0001'",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry",
    ],
)
def test_who_works_on_the_tables_of_another_cannot_undo_their_rules(barred, statement):
    with (
        barred.engine.connect() as connection,
        pytest.raises(ProgrammingError, match="denied|must"),
    ):
        connection.execute(text(statement))


def test_who_may_not_make_the_tables_is_told_who_can(site):
    alone = replace(site, migration_url=None)

    with (
        pytest.raises(opening.MayNot, match="LIMS_MIGRATION_URL"),
        opening.opened(alone) as database,
    ):
        database.upgrade()
