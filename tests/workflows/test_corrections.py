"""A correction: the right value, the reason, the old value still in sight."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, NotPermitted, Stale, WrongState
from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.deviation import Deviation
from lims.models.isolation import Isolation
from lims.models.label import LabelStatus
from lims.models.step import Step, StepKind
from lims.models.vessel import Vessel
from lims.workflows import containers, corrections, isolating, labelling, rejudging, seeding
from lims.workflows.codes import load
from lims.workflows.performing import InTheFuture
from lims.workflows.since import BeforeItWas
from tests.counting import reads
from tests.laboratory import clinic
from tests.laboratory.cells import counted
from tests.laboratory.treatment import treating

WORKFLOWS = Path(corrections.__file__).parent


@pytest.fixture
def step(session, at_the_bench, course):
    made = at_the_bench.isolate(course, close=True).made_by
    return session.get_one(Isolation, made.id)


@pytest.fixture
def correct(session, step, lead):
    """`correct("washes", 4)` by the lead, who looked at the newest version."""

    def correct(field, value, **instead):
        known = {"reason": "misread", "version": step.version, "by": lead}
        return corrections.correct_step(session, step, field=field, value=value, **known | instead)

    return correct


def test_a_value_is_corrected(step, correct):
    correct("digestion_c", Decimal("37.5"))

    assert step.digestion_c == Decimal("37.5")


def test_a_correction_asks_of_its_own_batch_alone(session, database, treatment):
    courses = [clinic.course(session, name) for name in ("ivanova", "schmidt")]
    harvest = treatment.room.cells(courses[0]).made_by
    asked = []

    for other in (None, courses[1]):
        if other is not None:
            treatment.room.cells(other)
        session.expire_all()
        with reads(database.engine) as found:
            rejudging.breaches_around(session, harvest)
        asked.append(len(found))

    assert asked[0] == asked[1]


def test_the_version_grows_though_only_the_kinds_own_table_changed(step, correct):
    before = step.version

    correct("digestion_c", Decimal("37.5"))

    assert step.version == before + 1


def test_only_who_may_correct_does(correct, technician):
    with pytest.raises(NotPermitted):
        correct("washes", 4, by=technician)


def test_the_clinic_corrects_its_own_records_and_the_laboratory_its_own(
    treatment, course, mend, correct, physician, lead
):
    dose = treatment.at_the_clinic(treatment.released(course)[0])
    step = treatment.inject(dose)

    with pytest.raises(NotPermitted):
        mend(step, "guidance", "none", by=lead)
    with pytest.raises(NotPermitted):
        correct("washes", 4, by=physician)
    assert mend(step, "guidance", "none", by=physician).guidance == "none"


def test_a_correction_has_a_reason(correct):
    with pytest.raises(corrections.ReasonNeeded):
        correct("washes", 4, reason=" ")


def test_the_same_value_is_no_correction(step, correct):
    with pytest.raises(corrections.NothingChanged):
        correct("washes", step.washes)


def test_who_saw_an_older_version_looks_again(step, correct):
    with pytest.raises(Stale):
        correct("washes", 4, version=step.version - 1)


@pytest.mark.parametrize("field", ["patient_id", "status", "performed_by_id", "code", "kind"])
def test_identity_state_and_people_are_not_corrected(correct, field):
    with pytest.raises(corrections.NotCorrectable):
        correct(field, 1)


def test_what_must_be_known_is_not_emptied(correct):
    with pytest.raises(FieldError):
        correct("performed_at", None)


def test_nothing_was_done_in_the_future(correct):
    with pytest.raises(FieldError) as refused:
        correct("performed_at", clock.now() + timedelta(hours=1))

    assert isinstance(refused.value.parameters["problem"], InTheFuture)


def test_an_open_step_is_recorded_not_corrected(session, at_the_bench, course, lead):
    step = isolating.start_isolation(
        session, at_the_bench.tissue(course), vessels=1, **at_the_bench.opening()
    )

    with pytest.raises(WrongState):
        corrections.correct_step(
            session, step, field="washes", value=4, reason="-", version=step.version, by=lead
        )


def test_before_a_release_a_correction_is_no_deviation(session, correct):
    correct("washes", 4)

    assert not session.scalars(select(Deviation).where(Deviation.rule == "correction")).all()


def test_after_a_release_a_correction_is_a_deviation(session, treatment, course, lead):
    (dose,) = treatment.released(course)
    step = session.scalars(select(Isolation)).one()

    corrections.correct_step(
        session, step, field="washes", value=4, reason="misread", version=step.version, by=lead
    )

    told = session.scalars(select(Deviation).where(Deviation.rule == "correction")).one()
    assert dose.fill_id in {row.fill_id for row in told.subjects}
    assert "washes 3, corrected to 4 at" in told.description


@pytest.fixture
def mend(session, lead):
    """`mend(step, "performed_at", at)` by the lead, unless told otherwise, with a reason."""

    def mend(step, field, value, by=lead):
        known = {"reason": "misread", "version": step.version, "by": by}
        return corrections.correct_step(session, step, field=field, value=value, **known)

    return mend


def test_a_corrected_time_of_filling_brings_the_expiry_with_it(treatment, course, mend):
    fill = treatment.filled(course)
    shelf_life = fill.expires_at - fill.filled_at
    earlier = fill.filled_at - timedelta(milliseconds=1)

    mend(fill.made_by, "performed_at", earlier)

    assert (fill.filled_at, fill.expires_at) == (earlier, earlier + shelf_life)


def test_a_dose_filled_earlier_than_typed_is_not_given_out_with_its_old_label(
    session, treatment, course, mend, lead
):
    dose = treatment.filled(course).doses[0]
    label = printed(session, dose, lead)

    mend(dose.fill.made_by, "performed_at", dose.fill.filled_at - timedelta(milliseconds=1))

    assert label.status is LabelStatus.VOID


def printed(session, dose, lead):
    earlier = containers.current_label(session, dose.code)
    labelling.record_printed(
        session, step=dose.fill.made_by, patient_id=dose.patient_id, codes=[dose.code],
        layout="dose", content_sha256="0" * 64, by=lead, reason="torn" if earlier else None,
    )  # fmt: skip
    copy = earlier.copy + 1 if earlier else 1
    return labelling.apply_label(session, code=dose.code, copy=copy, by=lead)


def test_a_filling_was_not_before_the_cells_were_there(treatment, course, mend):
    step = treatment.filled(course).made_by

    with pytest.raises(FieldError) as refused:
        mend(step, "performed_at", step.performed_at - timedelta(days=1))

    assert isinstance(refused.value.parameters["problem"], BeforeItWas)


def test_an_injection_that_turns_out_to_be_after_the_expiry_is_a_deviation(
    session, treatment, course, mend, tomorrow, physician
):
    dose = treatment.at_the_clinic(treatment.released(course)[0])
    step = treatment.inject(dose)
    with tomorrow(2):
        late = dose.fill.expires_at + timedelta(minutes=1)
        mend(step, "performed_at", late, by=physician)

    assert "expired" in rules(session)


def rules(session):
    return list(session.scalars(select(Deviation.rule).where(Deviation.rule.is_not(None))))


@pytest.fixture
def tomorrow():
    return lambda days: time_machine.travel(clock.now() + timedelta(days=days), tick=True)


def test_a_corrected_time_of_seeding_reaches_the_vessels_and_where_they_stood(
    session, at_the_bench, course, mend, tomorrow
):
    with tomorrow(-2):
        svf = at_the_bench.isolate(course, count=counted(8_000_000), vessels=0, close=True)
    step = seeded(session, at_the_bench, svf)
    earlier = step.performed_at - timedelta(hours=5)

    mend(step, "performed_at", earlier)

    vessel = session.scalars(select(Vessel)).one()
    assert (vessel.seeded_at, vessel.standing.stood_at) == (earlier, earlier)


def seeded(session, bench, suspension):
    step = seeding.start_seeding(session, suspension, vessels=1, **bench.opening())
    seeding.record_seeding(
        session, step, suspension=suspension, sown=bench.sown(step, "2"), performed=bench.done(),
        shelf=bench.place("shelf"), by=bench.technician,
    )  # fmt: skip
    return step


def test_a_corrected_temperature_of_the_digestion_is_judged_anew(session, correct):
    correct("digestion_c", Decimal(45), comment="the bath was too warm")

    assert rules(session) == ["fact"]


def test_the_trail_keeps_the_old_value_with_the_reason(database):
    with treating(database) as treatment:
        course = clinic.course(treatment.session, "ivanova")
        made = treatment.room.bench.isolate(course, close=True).made_by
        code, version = made.code, made.version
        lead = treatment.room.bench.lead

    database.run(
        corrections.correct_step,
        lead.id,
        key="correction",
        arguments=lambda session: {
            "step": load(session, code, Step),
            "field": "washes",
            "value": 4,
            "reason": "misread",
            "version": version,
        },
    )

    with database.reading() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.command == "correct_step")
        ).one()
        assert json.loads(entry.changes) == {"washes": [3, 4]}
        assert (entry.reason, entry.user_id) == ("misread", lead.id)


@pytest.mark.parametrize("kind", StepKind)
def test_what_may_be_corrected_of_a_step_is_what_some_command_writes(kind):
    model = Step.__mapper__.polymorphic_map[kind].class_
    sources = " ".join(file.read_text() for file in WORKFLOWS.glob("*.py"))

    asked = corrections.columns_of(table_of(model))

    assert [name for name in asked if not re.search(rf"\b{name}\b", sources)] == []


def test_a_fill_of_doses_has_no_portion_to_correct(treatment, course, session):
    fill = treatment.released(course)[0].fill

    step = session.get_one(Step, fill.made_by_id)
    assert "portion_ml" not in corrections.correctable_columns(step)
    assert "appearance_good" in corrections.correctable_columns(step)
