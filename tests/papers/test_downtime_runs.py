"""The downtime kit of a run at QC: its tubes in order, what is asked of each, room to write."""

from zoneinfo import ZoneInfo

import pytest

from lims.files import FileStore
from lims.papers import downtime_runs
from lims.papers.heading import Desk
from lims.papers.wording import wording_of
from lims.records import downtime_run as records
from lims.web.bench_forms import FromPaper
from lims.web.qc_run_forms import OutsideForm, outside_form
from lims.workflows import qc_run_out
from lims.workflows.qc_results import line_of
from tests.labels.printed import codes_on, text_of

ZONE = ZoneInfo("Europe/Minsk")
BOXES = {
    "result": "Result", "spike_recovery_pct": "Spike recovery, %", "days_read": "Read on day",
    "method": "Method, if another", "read_at": "Date and time, with the minutes",
    "performer": "Read by: name, signature",
}  # fmt: skip
"""By the field of the page, the box of the sheet."""


@pytest.fixture(params=["en", "ru"])
def desk(request, tmp_path):
    return Desk("Laboratory", ZONE, FileStore(tmp_path), wording_of(request.param, ZONE))


@pytest.fixture
def tubes(qc_runs, course, other_course):
    return [qc_runs.tube(each) for each in (course, other_course)]


def test_every_tube_and_what_it_is_done_with_is_read_from_the_kit(qc_runs, tubes, session, desk):
    run = qc_runs.reading(*tubes)
    used = [used.lot.code for used in run.lots] + [used.equipment.code for used in run.equipment]

    printed = codes_on(downtime_runs.kit(session, run, desk))

    assert printed >= {run.code, run.stays[-1].station.code, *used}
    assert printed >= {each.code for each in tubes}


def test_each_tube_stands_in_its_order_with_its_patient_and_its_limit(
    qc_runs, tubes, session, desk
):
    values = downtime_runs.values(session, qc_runs.reading(*tubes), desk)

    assert [each.tube.what[:2] for each in values.tubes] == ["1.", "2."]
    for tube, printed in zip(tubes, values.tubes, strict=True):
        assert tube.patient.code in printed.tube.where
        assert "0" in printed.asked


def test_what_was_read_already_is_told_and_nothing_more_asked(qc_runs, tubes, session, desk):
    run = qc_runs.reading(*tubes)
    qc_runs.read(run, tubes[0])

    read = [each.read for each in downtime_runs.values(session, run, desk).tubes]

    assert (bool(read[0]), read[1]) == (True, "")


def test_a_tube_taken_out_is_not_asked_for(qc_runs, tubes, session, desk):
    run = qc_runs.reading(*tubes)
    qc_run_out.take_out_of_run(
        session, run, aliquot=tubes[0], reason="cracked", by=qc_runs.room.analyst
    )

    kept = downtime_runs.values(session, run, desk).tubes

    assert [each.tube.code for each in kept] == [tubes[1].code]


def test_an_empty_sheet_has_room_for_a_run_and_codes_of_what_it_may_be_done_with(
    qc_runs, tubes, session, desk
):
    pdf = downtime_runs.kit(session, None, desk)

    said = desk.say.word("Tube: code")
    assert text_of(pdf).count(said) == records.EMPTY_ROWS
    assert codes_on(pdf) >= {qc_runs.begin().stays[-1].station.code}


def test_the_sheet_has_a_box_for_everything_its_page_asks(qc_runs, tubes):
    form = outside_form(line_of(tubes[0].tests[0]))
    asked = {
        name for name in dir(form) if getattr(getattr(form, name), "field_class", None) is not None
    }

    printed = {name for name, _width in records.READ}

    assert issubclass(form, OutsideForm)
    assert asked - set(dir(FromPaper)) <= set(BOXES) | {"key"}
    assert set(BOXES.values()) == printed
