"""What the worker does by the clock."""

from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text

from lims import clock, worker
from lims.models.fill import Dose, DoseStatus
from lims.models.order import Order, OrderStatus
from lims.workflows.codes import load
from tests.laboratory import clinic
from tests.laboratory.treatment import treating
from tests.walks import ordering, specifying
from tests.walks.walker import Walk
from tests.worlds import site_settings


def test_the_worker_expires_a_dose_at_its_hour_and_not_before(database, tmp_path):
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
    settings = site_settings("sqlite://", tmp_path)

    worker.work_once(database, settings)
    before = status_of(database, dose.code)
    with time_machine.travel(dose.fill.expires_at):
        worker.work_once(database, settings)

    assert before is DoseStatus.AVAILABLE
    assert status_of(database, dose.code) is DoseStatus.EXPIRED


def test_the_worker_lets_an_order_lapse_that_nobody_carried_out(database, tmp_path):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Orders")
        specifying.approve(walk, specifying.lenient(()))
        ordering.with_vials(walk, 1)
        order = ordering.checked(walk, ordering.drafted(walk))
        walk.wait(days=60)
        worker.work_once(database, site_settings("sqlite://", tmp_path))

    with database.reading() as session:
        assert load(session, order, Order).status is OrderStatus.LAPSED


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_worker_alone_writes_the_log_back_so_that_it_does_not_grow(database, tmp_path):
    file = Path(str(database.engine.url.database))
    log = Path(f"{file}-wal")
    database.checkpoint()
    before = file.stat().st_size

    with database.engine.begin() as connection:
        connection.execute(text("UPDATE user_account SET full_name = hex(randomblob(500000))"))
    written = log.stat().st_size, file.stat().st_size
    worker.work_once(database, site_settings("sqlite://", tmp_path))

    assert written[0] > 4 * 2**20, "SQLite itself would have written a thousand pages back"
    assert written[1] == before
    assert (log.stat().st_size, file.stat().st_size > before) == (0, True)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_who_reads_for_long_keeps_nobody_from_writing(database):
    by_hand = text("UPDATE user_account SET version = version + 1")
    with database.reading() as session:
        session.execute(text("SELECT count(*) FROM user_account")).scalar()
        with database.engine.begin() as connection:
            connection.execute(by_hand)
        database.checkpoint()

        with database.engine.begin() as connection:
            assert connection.execute(by_hand).rowcount > 0


def status_of(database, code):
    with database.reading() as session:
        return load(session, code, Dose).status
