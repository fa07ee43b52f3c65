"""An upgrade: looked at first, backed up, rehearsed on the copy; wholly done, or not at all."""

import lzma
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import make_url

from lims import inventory, locks, not_ready, resources, schema, upgrading
from lims.backups.folder import Proof, Reason, found
from lims.backups.present import Lost
from lims.database import Database
from lims.opening import NoDatabase, NoSuchDatabase, OnlyBackups, opened
from lims.web.gate import HEADERS, Gate
from tests.kept import Kept
from tests.soaking import by_lot
from tests.test_upgrades import EMPTY, RELEASED, carry_over, counted, revision_of
from tests.upgraded import NEXT

OLDEST = RELEASED[0]
SHARES = 8
"""Of the statements at which an upgrade is killed: all of them at once take too long for a test."""


@pytest.fixture
def migrations(tmp_path, monkeypatch):
    """Those of this program, and one of a version to come; `more` is done in it as well."""

    def to_come(more="pass"):
        folder = tmp_path / "migrations"
        schema.revisions.cache_clear()
        monkeypatch.setattr(resources, "MIGRATIONS", OURS)
        text = NEXT.format(head=schema.newest_revision(), more=more)
        shutil.copytree(OURS, folder, dirs_exist_ok=True)
        (folder / "versions" / "9999_to_come.py").write_text(text)
        monkeypatch.setattr(resources, "MIGRATIONS", folder)
        schema.revisions.cache_clear()
        return folder

    yield to_come
    schema.revisions.cache_clear()


OURS = resources.MIGRATIONS


@pytest.fixture
def older(server, tmp_path, migrations):
    """A site of this version, seen by the version to come."""
    site = Kept.of_its_own(server, tmp_path / "data")
    site.stores(b"a paper")
    migrations()
    yield site
    site.database.engine.dispose()
    server.drop(site.settings.database_url)


@pytest.fixture
def oldest(server, tmp_path, migrations):
    """A site with what the first version left, its stored files lost."""
    migrations()
    file = tmp_path / "data" / "lims.sqlite"
    file.parent.mkdir()
    file.write_bytes(lzma.decompress(OLDEST.read_bytes()))
    url = f"sqlite:///{file}" if server.dialect == "sqlite" else server.fresh(EMPTY)
    site = Kept.at(url, file.parent)
    if server.dialect != "sqlite":
        with site.database.engine.begin() as connection:
            carry_over(file, connection, revision_of(OLDEST))
    yield site
    site.database.engine.dispose()
    server.drop(url)


def upgrade(site, **how):
    told = []
    upgrading.upgrade(site.database, site.settings, told.append, **how)
    return told


def revisions_of(folder):
    return sorted(file.name[:4] for file in (folder / "versions").glob("0*.py"))


def test_an_upgrade_backs_up_first_and_says_where(older):
    told = upgrade(older)

    (backup,) = found(older.settings.backup_dir)
    assert (backup.about.reason, backup.about.proof) == (Reason.UPGRADE, Proof.GOOD)
    assert backup.about.revision == revisions_of(OURS)[-1]
    assert f"Backup: {backup.folder}" in told
    assert older.database.current_revision() == schema.newest_revision() == "9999"
    assert older.verified().is_whole


@pytest.mark.alike
def test_where_there_is_nothing_to_upgrade_no_backup_is_made(older):
    upgrade(older)
    told = upgrade(older)

    assert told == ["Tables: 9999"]
    assert len(found(older.settings.backup_dir)) == 1


@pytest.mark.sqlite_first
def test_an_upgrade_is_gone_back_from_and_made_again(older):
    rows = counted(older.database)
    upgrade(older)
    (backup,) = found(older.settings.backup_dir)

    done = older.restores(backup)

    assert done.report is None, "its tables wait for their upgrade"
    assert older.database.current_revision() == revisions_of(OURS)[-1]
    assert counted(older.database) == rows
    upgrade(older)
    assert older.verified().is_whole


def test_an_upgrade_that_fails_is_told_by_its_rehearsal_and_nothing_was_begun(older, migrations):
    migrations('op.execute("SELECT 1 FROM nowhere")')

    with pytest.raises(upgrading.CannotBeUpgraded, match="nowhere.*version before"):
        upgrade(older)

    assert older.database.current_revision() == revisions_of(OURS)[-1]


def test_an_upgrade_that_fails_all_the_same_is_undone_and_the_way_back_told(older, migrations):
    before = inventoried(older.database)
    migrations('op.execute("SELECT 1 FROM nowhere")')

    with pytest.raises(upgrading.UpgradeFailed, match="and the backup made before it is /"):
        upgrade(older, despite_faults=True)

    assert inventoried(older.database) == before


@pytest.mark.alike
def test_records_with_faults_are_upgraded_on_demand_alone(oldest):
    with pytest.raises(upgrading.FaultsBefore, match="Bring it back from the last backup"):
        upgrade(oldest)
    upgrade(oldest, despite_faults=True)

    assert oldest.database.current_revision() == "9999"
    assert oldest.verified().is_whole


@pytest.mark.alike
def test_nothing_is_upgraded_while_a_server_runs(older):
    with locks.shared(older.settings.data_dir), pytest.raises(locks.Served):
        upgrade(older)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_an_upgrade_without_room_is_refused_before_it_begins(older, monkeypatch, tmp_path):
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], check=True)
    try:
        file = shutil.copy(make_url(older.settings.database_url).database, disk)
        small = Kept.at(f"sqlite:///{file}", older.settings.data_dir)
        with pytest.raises(upgrading.NoRoomToUpgrade, match="MiB and . are free"):
            upgrade(small)
        small.database.engine.dispose()
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("share", by_lot(range(SHARES), SHARES, "shares"))
def test_an_upgrade_killed_at_any_statement_is_wholly_done_or_not_at_all(
    oldest, server, capsys, share
):
    url = oldest.settings.database_url
    oldest.database.checkpoint()
    oldest.database.engine.dispose()
    finished = server.fresh(url)
    total, before = int(killed(finished, 0)), state(url)
    after = state(finished)
    tenths = range(1, total + 1, 10)[share::SHARES]
    points = by_lot(tenths, -(-len(tenths) // 3), "statements")
    results = []

    for point in points:
        assert killed(copy := server.fresh(url), point) == ""
        results.append(state(copy))
        server.drop(copy)

    assert before != after
    assert all(each in (before, after) for each in results)
    with capsys.disabled():
        done = results.count(after)
        print(f" {len(points)} kills in {total} statements, {done} wholly done")  # noqa: T201
    server.drop(finished)


def killed(url, at):
    command = [sys.executable, "-m", "tests.upgraded", resources.MIGRATIONS, url, str(at)]
    home = Path(__file__).parents[1]
    return subprocess.run(command, cwd=home, stdout=subprocess.PIPE, text=True).stdout


def state(url):
    """The revision, the schema and the rows of each table, once nobody works on it any more."""
    database = Database(url)
    if not database.is_sqlite:
        ended(database)
    found = database.current_revision(), inventoried(database), counted(database)
    database.checkpoint()
    database.engine.dispose()
    return found


def ended(database):
    """The server notices a moment later that whoever was connected is dead."""
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with database.engine.connect() as connection:
        while connection.exec_driver_sql(others).scalar():
            connection.exec_driver_sql("SELECT pg_sleep(0.05)")
            connection.rollback()


def inventoried(database):
    with database.engine.connect() as connection:
        return inventory.inventory(connection)


SPOILT = {
    "newer": (not_ready.NewerTables, "UPDATE alembic_version SET version_num = '8888'"),
    "half made": (not_ready.HalfUpgraded, "CREATE TABLE _alembic_tmp_patient (id INTEGER)"),
    "no revision": (not_ready.HalfUpgraded, "DELETE FROM alembic_version"),
    "two revisions": (not_ready.HalfUpgraded, "INSERT INTO alembic_version VALUES ('0000')"),
    "unversioned": (not_ready.HalfUpgraded, "DROP TABLE alembic_version"),
    "ahead": (not_ready.TablesAhead, "UPDATE alembic_version SET version_num = '0001'"),
    "an index ahead": (
        not_ready.TablesAhead,
        "UPDATE alembic_version SET version_num = '0009'; DROP TABLE batch_note;"
        " DROP TABLE step_paper",
    ),
}


@pytest.fixture
def spoilt(server, tmp_path):
    site = Kept.of_its_own(server, tmp_path / "data")
    yield site
    site.database.engine.dispose()
    server.drop(site.settings.database_url)


@pytest.mark.parametrize("how", SPOILT)
def test_a_database_that_does_not_fit_is_neither_served_nor_upgraded(spoilt, migrations, how):
    refusal, statement = SPOILT[how]
    migrations()
    spoilt.by_hand(*statement.split(";"))

    with pytest.raises(refusal):
        spoilt.database.require_current_schema()
    with pytest.raises(refusal):
        upgrade(spoilt, despite_faults=True)
    assert not spoilt.settings.backup_dir.exists()


def test_older_tables_are_sent_to_migrate(older):
    with pytest.raises(not_ready.OlderTables, match="Run: lims migrate"):
        older.database.require_current_schema()


@pytest.mark.sqlite_first
def test_a_half_upgraded_database_is_gone_back_from_by_restore(spoilt):
    made, head = spoilt.backs_up(), spoilt.head
    spoilt.works()
    spoilt.by_hand("UPDATE alembic_version SET version_num = '0001'")
    told = []

    done = spoilt.restores(made, agree=lambda present: told.append(present) or True)

    assert isinstance(told[0], Lost)
    assert (spoilt.head, done.report.is_whole) == (head, True)
    spoilt.database.require_current_schema()


def test_a_database_that_lost_a_table_is_neither_served_nor_given_it_anew(spoilt):
    spoilt.by_hand("DROP TABLE batch_note")

    with pytest.raises(not_ready.TablesLost, match="batch_note"):
        spoilt.database.require_current_schema()
    with pytest.raises(not_ready.TablesLost):
        upgrade(spoilt)


def test_the_database_of_another_program_is_left_alone(server, tmp_path):
    empty = f"sqlite:///{tmp_path / 'other.sqlite'}"
    url = empty if server.dialect == "sqlite" else server.fresh(EMPTY)
    site = Kept.at(url, tmp_path / "data")
    site.by_hand("CREATE TABLE invoice (id INTEGER)")

    with pytest.raises(not_ready.NotOurs, match="invoice"):
        upgrade(site)
    site.database.engine.dispose()
    server.drop(url)


def asked(gate, path="/"):
    """The status and the page at an address."""
    told = {}
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}
    environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.input": None}
    page = b"".join(gate(environ, lambda status, headers: told.update(status=status)))
    return told["status"], page.decode()


@pytest.mark.parametrize("path", ["/", "/patients", "/healthz", "/static/app.css"])
@pytest.mark.alike
def test_every_address_says_in_both_languages_why_the_database_is_not_served(spoilt, path):
    spoilt.by_hand("UPDATE alembic_version SET version_num = '8888'")

    status, page = asked(Gate(spoilt.settings), path)

    assert status == "503 Service Unavailable"
    assert "does not know its revision 8888" in page
    assert re.search(r'lang="ru">\s*<h1>Системой сейчас нельзя пользоваться', page)


@pytest.mark.alike
def test_why_it_is_not_served_is_told_in_the_programs_own_look(spoilt):
    """Within the page itself, and its policy lets a browser apply it."""
    spoilt.by_hand("UPDATE alembic_version SET version_num = '8888'")

    _, page = asked(Gate(spoilt.settings))

    style = re.search(r"<style>(.*)</style>", page, re.S)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert ".card" in style
    assert f"style-src 'sha256-{digest}'" in dict(HEADERS)["Content-Security-Policy"]


@pytest.mark.alike
def test_the_page_goes_away_by_itself_once_the_database_fits(spoilt):
    spoilt.by_hand("UPDATE alembic_version SET version_num = '8888'")
    gate = Gate(spoilt.settings)
    closed, _ = asked(gate, "/healthz")
    spoilt.by_hand(f"UPDATE alembic_version SET version_num = '{schema.newest_revision()}'")

    opened, page = asked(gate, "/healthz")

    assert (closed[:3], opened[:3], "ok" in page) == ("503", "200", True)
    with pytest.raises(locks.Served), locks.alone(spoilt.settings.data_dir):
        pass


@pytest.mark.alike
def test_a_database_that_does_not_answer_is_told_without_its_address(tmp_path):
    site = Kept.at("postgresql+psycopg://lims:word@127.0.0.1:1/lims", tmp_path)

    status, page = asked(Gate(site.settings))

    assert status[:3] == "503"
    assert "127.0.0.1" not in page
    assert "The database does not answer." in page


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_database_that_the_server_has_not_is_told_with_both_ways_on(spoilt):
    address = make_url(spoilt.settings.database_url).set(database="nowhere")
    nowhere = Kept.at(address.render_as_string(hide_password=False), spoilt.settings.data_dir)

    for refusal in (NoSuchDatabase, OnlyBackups):
        with pytest.raises(refusal, match="lims restore"), opened(nowhere.settings) as database:
            database.require_current_schema()
        spoilt.backs_up()


@pytest.mark.parametrize("content", [b"no database at all" * 99, b""])
def test_a_file_that_is_no_database_is_told(tmp_path, content):
    (tmp_path / "lims.sqlite").write_bytes(content)
    site = Kept.at(f"sqlite:///{tmp_path / 'lims.sqlite'}", tmp_path)

    with pytest.raises((NoDatabase, not_ready.NoTables)), opened(site.settings) as database:
        database.require_current_schema()
