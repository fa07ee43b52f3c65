"""The doctor names what is wrong with an installation, and what to do."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, text

from lims import anchors, clock, doctor, doctor_findings, inventory, locks, schema
from lims.config import Settings
from lims.database import Database
from lims.labels import fonts
from lims.models.base import Base
from lims.models.triggers import triggers
from lims.workflows.anchors import AnchorReason
from lims.workflows.findings import Finding
from tests.begun import begun
from tests.kept import end_of, written
from tests.worlds import PG_BIN


@pytest.fixture
def settings(database, tmp_path):
    tmp_path.joinpath("data").mkdir()
    return Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_dir=tmp_path / "data",
        anchor_dir=tmp_path / "anchors",
        secret_key="k" * 64,
        pg_bin=PG_BIN,
    )


def found(settings):
    return {type(each).__name__: each.english() for each in doctor.examine(settings)}


def faults(settings):
    return {type(each).__name__ for each in doctor.examine(settings) if isinstance(each, Finding)}


def by_hand(database, *statements):
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_sound_installation_has_no_fault(database, settings):
    anchors.anchor_now(database, settings.anchor_dir, AnchorReason.DAY)

    assert faults(settings) == set()
    assert set(found(settings)) <= {
        "SqliteHasAFault",
        "AnchorsBesideTheData",
        "BackupsBesideTheData",
        "NoBackupYet",
        "NoRound",
        "OwnsTheTables",
    }


def test_a_database_that_does_not_answer_is_named(settings):
    away = replace(settings, database_url="postgresql+psycopg://lims:x@127.0.0.1:1/lims")

    assert "Check LIMS_DATABASE_URL" in found(away)["CannotBeUsed"]


def test_an_empty_database_is_sent_to_init(settings, tmp_path):
    empty = replace(settings, database_url=f"sqlite:///{tmp_path}/empty.sqlite")

    assert "lims init" in found(empty)["CannotBeUsed"]


def test_another_revision_is_named(database, settings):
    by_hand(database, "UPDATE alembic_version SET version_num = '0000'")

    assert "does not know its revision 0000" in found(settings)["CannotBeUsed"]


def test_a_trigger_that_is_gone_is_named(database, settings):
    on = "" if database.is_sqlite else " ON vessel"
    by_hand(database, f"DROP TRIGGER lims_patient_vessel{on}")

    assert "lims_patient_vessel" in found(settings)["GuardsLost"]


def test_many_triggers_that_are_gone_are_told_in_one_line_with_their_number(database, settings):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
        least = len(list(triggers(Base.metadata)))

    told = [each for each in doctor.examine(settings) if "rigger" in each.english()]

    assert len(told) == 1
    assert told[0].parameters["count"] >= least
    assert ", such as lims_" in told[0].english()


def test_a_trigger_that_does_less_than_it_should_is_named(database, settings):
    if database.is_sqlite:
        by_hand(
            database,
            "DROP TRIGGER lims_patient_vessel",
            "CREATE TRIGGER lims_patient_vessel BEFORE UPDATE OF patient_id ON vessel"
            " BEGIN SELECT 1; END",
        )
    else:
        by_hand(database, "ALTER TABLE vessel DISABLE TRIGGER lims_patient_vessel")

    assert {"GuardsLost", "SchemaHasMore"} <= faults(settings)


def test_an_index_that_is_gone_is_named(database, settings):
    by_hand(database, "DROP INDEX ux_user_role_open")

    assert "ux_user_role_open" in found(settings)["SchemaLacks"]


def test_a_check_that_is_gone_is_named(database, settings):
    lost = "ck_reception_mass_positive"
    if database.is_sqlite:
        by_hand(
            database,
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = replace(sql, 'mass_g > 0', '1 = 1')"
            " WHERE name = 'reception'",
        )
    else:
        by_hand(database, f"ALTER TABLE reception DROP CONSTRAINT {lost}")

    assert lost in found(settings)["SchemaLacks"]


def test_a_table_nobody_asked_for_is_named(database, settings):
    by_hand(database, "CREATE TABLE stowaway (id INTEGER)")

    assert "stowaway" in found(settings)["SchemaHasMore"]


def test_a_transition_added_by_hand_is_named(database, settings):
    by_hand(
        database,
        "INSERT INTO allowed_transition SELECT max(id) + 1, 'fill', 'rejected', 'released'"
        " FROM allowed_transition",
    )

    assert "fill: rejected → released" in found(settings)["TransitionsDiffer"]


def test_whoever_owns_the_tables_is_told_on_postgresql(database, settings):
    assert ("OwnsTheTables" in found(settings)) != database.is_sqlite


def test_a_user_who_may_not_compare_is_sent_to_the_owner(database, settings, server):
    if database.is_sqlite:
        assert "SchemaNotCompared" not in found(settings)
        return
    role = f"app_{database.engine.url.database}"
    by_hand(
        database,
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    )
    url = database.engine.url.set(username=role, password="x")
    app = replace(settings, database_url=url.render_as_string(hide_password=False))

    assert "LIMS_MIGRATION_URL" in found(app)["SchemaNotCompared"]
    assert "OwnsTheTables" not in found(app)
    assert not {"SchemaNotCompared", "SchemaLacks"} & set(
        found(replace(app, migration_url=settings.database_url))
    )


def test_sqlites_switches_are_read_from_a_live_connection(tmp_path, monkeypatch):
    monkeypatch.setattr("lims.database.SQLITE_PRAGMAS", {"foreign_keys": "OFF"})
    database = Database(f"sqlite:///{tmp_path}/plain.sqlite")

    with database.engine.connect() as connection:
        told = {
            each.parameters["pragma"]
            for each in doctor._sqlite(connection)
            if "pragma" in each.parameters
        }
    database.engine.dispose()

    assert {"foreign_keys", "recursive_triggers", "trusted_schema"} <= told


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_log_that_nobody_writes_back_is_named(database, settings, monkeypatch):
    monkeypatch.setattr(doctor, "MOST_LOG_MIB", 1)
    long_names = "UPDATE user_account SET full_name = full_name || hex(randomblob(500000))"
    before = faults(settings)
    by_hand(database, long_names)

    assert "LogGrows" not in before
    assert "lims worker" in found(settings)["LogGrows"]


def test_a_short_key_is_named(settings):
    assert "give at least 32" in found(replace(settings, secret_key="short"))["ShortKey"]


def test_a_key_that_others_may_read_is_named(settings):
    key = settings.data_dir / "secret.key"
    key.write_text("k" * 64)
    key.chmod(0o644)

    assert f"chmod 600 {key}" in found(settings)["OpenKey"]
    key.chmod(0o600)
    assert "OpenKey" not in found(settings)


def test_a_missing_font_is_named(settings, monkeypatch):
    monkeypatch.setitem(fonts.FONTS, "NotThere", None)

    assert "NotThere" in found(settings)["MissingFont"]


def test_a_folder_that_is_gone_is_named(settings):
    gone = replace(settings, data_dir=settings.data_dir / "gone")

    assert str(gone.data_dir) in found(gone)["FolderNotWritable"]


def test_anchors_that_cannot_be_written_are_named(settings):
    settings.anchor_dir.write_text("a file stands in the way")

    assert "AnchorsNotWritable" in faults(settings)


def test_no_anchor_yet_is_told_and_an_old_one_is_a_fault(database, settings):
    assert "NoAnchor" in found(settings)

    anchors.anchor_now(database, settings.anchor_dir, AnchorReason.DAY)
    assert "NoAnchor" not in found(settings)
    with time_machine.travel(clock.now() + timedelta(hours=49)):
        assert "OldAnchor" in faults(settings)


def test_a_spoilt_anchor_is_a_fault(settings):
    settings.anchor_dir.mkdir()
    (settings.anchor_dir / "1.anchor.json").write_text("{}")

    assert "1.anchor.json" in found(settings)["AnchorDamaged"]


def test_anchors_beside_the_data_are_told(settings):
    assert "AnchorsBesideTheData" in found(settings)


def test_backups_that_cannot_be_written_are_named(settings, tmp_path):
    (tmp_path / "file").touch()

    assert "BackupsNotWritable" in faults(replace(settings, backups=tmp_path / "file" / "backups"))


def test_a_backup_that_is_late_is_named(database, settings):
    written(settings, end_of(database), clock.now() - timedelta(hours=27))

    assert "older than a day" in found(settings)["BackupAmiss"]


def test_a_pg_dump_that_is_missing_is_named(settings, database, tmp_path):
    told = found(replace(settings, pg_bin=tmp_path)).get("BackupAmiss", "")

    assert ("postgresql-client" in told) != database.is_sqlite


def test_every_finding_says_what_to_do():
    for kind in vars(doctor_findings).values():
        ours = isinstance(kind, type) and kind.__module__ == doctor_findings.__name__
        if ours and kind is not doctor_findings.CannotBeUsed:  # what the tables say of themselves
            assert any(word in kind.sentence for word in DOING), kind.__name__


DOING = ("Run:", "Check", "Keep", "Serve", "Set", "Let", "give", "Install", "Make", "Name", "Ask")


def test_the_schema_of_the_models_is_listed_alike_twice():
    with create_engine("sqlite://").begin() as connection:
        assert inventory.expected(connection) == inventory.expected(connection)
    assert len(Base.metadata.tables) > 50


def test_a_demonstration_that_is_half_made_is_told_with_how_to_begin_anew(database, settings):
    begun(database)

    assert "begin anew" in found(settings)["CannotBeUsed"]
    with locks.filling(settings.data_dir):
        assert "CannotBeUsed" not in found(settings)
