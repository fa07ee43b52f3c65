"""A correction: the right value, the reason, the old value still in sight."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, NotPermitted, Stale, WrongState
from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.deviation import Deviation
from lims.models.isolation import Isolation
from lims.models.step import Step, StepKind
from lims.workflows import corrections, isolating
from lims.workflows.codes import load
from lims.workflows.steps import InTheFuture
from tests.laboratory import clinic
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


def test_the_version_grows_though_only_the_kinds_own_table_changed(step, correct):
    before = step.version

    correct("digestion_c", Decimal("37.5"))

    assert step.version == before + 1


def test_only_who_may_correct_does(correct, technician):
    with pytest.raises(NotPermitted):
        correct("washes", 4, by=technician)


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
