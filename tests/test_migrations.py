"""The migrations make the schema of the models: triggers, indexes and checks included."""

import pytest

from lims import inventory, schema


def test_the_migrations_make_what_the_models_ask_for(database):
    with database.engine.connect() as connection:
        found = inventory.difference(connection)

    assert not found.missing
    assert not found.surplus


def test_everything_is_counted(database):
    with database.engine.connect() as connection:
        lines = inventory.inventory(connection)

    for what in ("fk_vessel_", "ck_step_two_people", "ux_user_role_open", "lims_patient_dose"):
        assert [line for line in lines if what in line], what


LOSSES = {
    "trigger": ("DROP TRIGGER lims_nodelete_patient", "DROP TRIGGER {} ON patient"),
    "index": ("DROP INDEX ux_user_role_open", "DROP INDEX ux_user_role_open"),
    "altered trigger": (
        "CREATE TRIGGER lims_extra BEFORE DELETE ON patient BEGIN SELECT 1; END",
        "ALTER TABLE patient DISABLE TRIGGER lims_nodelete_patient",
    ),
    "column": (
        "ALTER TABLE patient ADD COLUMN extra TEXT",
        "ALTER TABLE patient ADD COLUMN extra TEXT",
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_difference_made_by_hand_is_named(database, loss):
    on_sqlite, on_postgresql = LOSSES[loss]
    with database.engine.begin() as connection:
        statement = on_sqlite if database.is_sqlite else on_postgresql
        connection.exec_driver_sql(statement.format("lims_nodelete_patient"))
        found = inventory.difference(connection)

    assert found
    assert all("patient" in line or "user_role" in line for line in found.missing + found.surplus)


def test_an_upgrade_of_a_database_already_there_changes_nothing(database):
    with database.engine.connect() as connection:
        before = inventory.inventory(connection)
    database.upgrade()

    with database.engine.connect() as connection:
        assert inventory.inventory(connection) == before


def test_an_upgrade_brings_back_a_trigger_that_was_lost(database):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
    database.upgrade()

    with database.engine.connect() as connection:
        assert not inventory.difference(connection)
