"""What the worker does by the clock."""

import time_machine

from lims import worker
from lims.models.fill import Dose, DoseStatus
from lims.workflows.codes import load
from tests.laboratory import clinic
from tests.laboratory.treatment import treating
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


def status_of(database, code):
    with database.reading() as session:
        return load(session, code, Dose).status
