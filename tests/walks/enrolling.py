"""Courses postponed, withdrawn and excluded from wherever they are; patients put right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from lims import clock
from lims.models.contraindication import Occasion
from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.patient import Consent, ConsentKind, DocumentKind, Patient, PatientDocument, Sex
from lims.models.site import Side
from lims.models.step import Step, StepStatus
from lims.workflows import (
    calling_off,
    consents,
    course_progress,
    courses,
    documents,
    isolating,
    patient_links,
    patients,
    rejecting,
    releasing,
    sessions,
    steps,
)
from lims.workflows.documents import Document
from tests.walks import releasing as doses
from tests.walks.walker import BORN, KNEE, PRESCRIPTION, Walk, at, row

S = CourseStatus
ENDINGS = (course_progress.withdraw_course, course_progress.exclude_course)


def end(walk: Walk, command: Callable[..., Any]) -> None:
    walk.act("physician", command, course=walk.ordered(), reason="decided with the patient")


def pause(walk: Walk) -> None:
    end(walk, course_progress.postpone_course)
    end(walk, course_progress.resume_course)


def courses_end_from_everywhere(walk: Walk) -> None:
    """Each way to leave, from each status; one course of its own for each."""
    walk.know()
    for ending in ENDINGS:
        for status in (S.ENQUIRY, S.ELIGIBLE):
            walk.order()
            reach(walk, status)
            end(walk, ending)
        walk.order()
        end(walk, course_progress.postpone_course)
        end(walk, ending)
    walk.agree()
    walk.agree(ConsentKind.USE)
    for ending in ENDINGS:
        for status in (S.CONSENTED, S.COLLECTING, S.MANUFACTURING, S.DOSE_READY):
            walk.order()
            reach(walk, status)
            end(walk, ending)
        for again in (True, False):
            walk.order()
            made = reach(walk, S.DOSE_READY, sittings=2 if again else 1)
            doses.injected_while_issued(walk, made)
            end(walk, ending)


def reach(walk: Walk, status: CourseStatus, sittings: int = 1) -> list[str]:
    """The shortest way to a status up to a ready dose; the doses, if there are some."""
    if status is S.ENQUIRY:
        return []
    for _ in range(sittings - 1):
        walk.plan()
    walk.declare()
    if status in (S.ELIGIBLE, S.CONSENTED):
        return []
    if status is S.COLLECTING:
        walk.kit()
        return []
    if status is S.MANUFACTURING:
        walk.act(
            "technician", isolating.start_isolation, sample=walk.of(walk.tissue()), vessels=1,
            **walk.bench("second_bench"),
        )  # fmt: skip
        give_up_open_step(walk)
        return []
    return dose_made(walk)


def give_up_open_step(walk: Walk) -> None:
    """So that its bench is free for the next."""
    with walk.database.reading() as session:
        code = session.scalars(select(Step.code).where(Step.status == StepStatus.OPEN)).one()
    walk.act(
        "technician", steps.void_step, step=walk.step(code), reason="not today",
        checker=walk.proof("lead"),
    )  # fmt: skip


def dose_made(walk: Walk) -> list[str]:
    fill, made = walk.fill(walk.cells(), ["3"])
    doses.decide(walk, releasing.release_fill, fill)
    return made


def a_course_rests_wherever_it_is(walk: Walk) -> None:
    """One course from the enquiry to its end, postponed and taken up again at each status."""
    walk.know()
    walk.order()
    pause(walk)
    changed(walk)
    walk.declare()
    pause(walk)
    walk.agree()
    walk.agree(ConsentKind.USE)
    pause(walk)
    walk.kit()
    pause(walk)
    tube = walk.cells(volume="40")
    pause(walk)
    sittings = [planned.code for planned in walk.read_sessions()]
    for sitting in sittings:
        treated(walk, tube, sitting)
    treated(walk, tube, walk.plan(), lost=True)
    end(walk, course_progress.complete_course)


def treated(walk: Walk, tube: str, sitting: str, *, lost: bool = False) -> None:
    """A dose for this sitting, injected; when the first is lost, another one."""
    fill, made = walk.fill(tube, ["3"], sitting)
    doses.decide(walk, releasing.release_fill, fill)
    if lost:
        doses.decide(walk, rejecting.recall_fill, fill, reason="dropped")
        return treated(walk, tube, sitting)
    pause(walk)
    doses.hand_over(walk, made[0])
    doses.received(walk, made[0])
    walk.check(Occasion.INJECTION, transplantation_session=doses.sitting(walk, made[0]))
    doses.inject(walk, made[0])
    pause(walk)


def injected_after_a_recall(walk: Walk) -> None:
    """The clinic injects what was recalled on its way: the course is treating all the same."""
    walk.begin()
    fill, made = walk.fill(walk.cells(), ["3"])
    doses.decide(walk, releasing.release_fill, fill)
    doses.hand_over(walk, made[0])
    doses.decide(walk, rejecting.recall_fill, fill, reason="a result went wrong", told="Dr. Belova")
    doses.inject(walk, made[0])


def changed(walk: Walk) -> None:
    walk.act(
        "physician", courses.change_course, course=walk.ordered(), prescription=PRESCRIPTION,
        version=walk.read(Course, walk.course).version, reason="the other knee",
    )  # fmt: skip
    moved, dropped = walk.plan(40), walk.plan(50)
    for code, command, also in (
        (moved, sessions.change_session, {"planned_on": ahead(60), "injections": [KNEE]}),
        (dropped, sessions.cancel_session, {}),
    ):
        with walk.database.reading() as session:
            version = sessions.version_of(at(TransplantationSession, code)(session))
        walk.act(
            "physician", command, planned=at(TransplantationSession, code), version=version,
            reason="the clinic is closed", **also,
        )  # fmt: skip
    called_off(walk)


def called_off(walk: Walk) -> None:
    """Of both knees that were planned, one is well."""
    both = walk.act(
        "physician", sessions.plan_session, course=walk.ordered(), planned_on=ahead(70),
        injections=[KNEE, replace(KNEE, side=Side.RIGHT)],
    )  # fmt: skip
    with walk.database.reading() as session:
        planned = at(TransplantationSession, both.code)(session)
        version, last = sessions.version_of(planned), planned.injections[-1].id
    walk.act(
        "physician", calling_off.call_off_injection, injection_id=last, version=version,
        planned=at(TransplantationSession, both.code), reason="the right knee is well",
    )  # fmt: skip


def ahead(days: int) -> Any:
    return clock.today() + timedelta(days=days)


def patients_are_put_right(walk: Walk, other: Walk) -> None:
    """A name, a document, a consent, a second registration, a death."""
    walk.act(
        "physician", patients.correct_patient, patient=walk.mine(), full_name="Walk Anna",
        version=walk.read(Patient, walk.patient).version, other_name="Уолк Анна",
        birth_date=BORN, sex=Sex.FEMALE, reason="misspelt",
    )  # fmt: skip
    shown = walk.act(
        "physician", documents.add_document, patient=walk.mine(),
        document=Document(DocumentKind.PASSPORT, "X1234567", "Deutschland"),
    )  # fmt: skip
    walk.act(
        "physician", documents.correct_document, shown=row(PatientDocument, shown.id),
        version=shown.version, reason="misread",
        document=Document(DocumentKind.PASSPORT, "X1234568", "Deutschland"),
    )  # fmt: skip
    given = walk.agree(ConsentKind.USE)
    walk.act(
        "physician", consents.withdraw_consent, consent=row(Consent, given.id),
        version=given.version, withdrawn_on=clock.today(), reason="asked for it",
    )  # fmt: skip
    for login in ("physician", "qa"):
        walk.act(
            login, patient_links.link_patients, closed=other.mine(), kept=walk.mine(),
            reason="the same person", proof=walk.proof(login),
        )  # fmt: skip
    walk.act(
        "physician", patients.record_death, patient=walk.mine(), died_on=clock.today(),
        version=walk.read(Patient, walk.patient).version, reason="told by the family",
    )  # fmt: skip
