"""A batch that was tested in a run at QC goes out with what it was tested with, and alone."""

from sqlalchemy import select

from lims.exports import belonging
from lims.models.qc_run import QcRunMember


def test_a_batch_goes_out_with_what_its_tube_was_tested_with(
    qc_runs, course, other_course, session
):
    tube, others = qc_runs.tube(course), qc_runs.tube(other_course)
    run = qc_runs.closed(tube, others)

    rows = belonging.of_batch(session, tube.batch)

    assert rows["qc_run"] == {run.id}
    assert rows["qc_run_lot"] == {each.id for each in run.lots}
    assert rows["qc_run_equipment"] == {each.id for each in run.equipment}
    assert rows["qc_run_stay"] == {each.id for each in run.stays}


def test_who_else_was_in_the_run_stays_out(qc_runs, course, other_course, session):
    tube, others = qc_runs.tube(course), qc_runs.tube(other_course)
    qc_runs.closed(tube, others)

    rows = belonging.of_batch(session, tube.batch)

    (mine,) = session.scalars(select(QcRunMember.id).where(QcRunMember.aliquot_id == tube.id))
    assert rows["qc_run_member"] == {mine}
    assert rows["patient"] == {tube.patient_id}
