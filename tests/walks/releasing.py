"""Fills decided every way, and their doses on every road."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.administration import OutcomeKind, Severity, WardObservation
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.contraindication import Occasion
from lims.models.course import TransplantationSession
from lims.models.fill import Dose, Fill
from lims.models.site import Joint, Side
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.workflows import (
    administering,
    aftercare,
    corrections,
    issuing,
    made_values,
    outcome_corrections,
    outcomes,
    rejecting,
    releasing,
)
from lims.workflows.codes import load
from tests.walks.walker import Walk, at, row


def viable(walk: Walk, batch: str, tube: str) -> None:
    aliquot = walk.sample(batch, tube, Suspension, "0.5", ["viability_pct"])
    test = walk.tests(aliquot=aliquot)["viability_pct"]
    walk.enter(test, "96")
    walk.settle(test)


def sterility_begun(walk: Walk, batch: str, dose: str) -> None:
    aliquot = walk.sample(batch, dose, Dose, "0.1", ["sterility"])
    walk.start_test(walk.tests(aliquot=aliquot)["sterility"])


def decide(walk: Walk, command: Any, fill: str, **also: Any) -> None:
    also.setdefault("reason", "seen")
    walk.act("qa", command, fill=walk.filled(fill), proof=walk.proof("qa"), **also)


def destroy(walk: Walk, fill: str) -> None:
    """One signs first, the other within a day, from another place."""
    for login in ("technician", "qa"):
        walk.act(
            login, rejecting.destroy_fill, fill=walk.filled(fill), reason="not to be used",
            proof=walk.proof(login),
        )  # fmt: skip


def fills_end_in_every_way(walk: Walk) -> None:
    walk.begin()
    tube = walk.cells(volume="40")
    batch = walk.batch_of(tube)
    viable(walk, batch, tube)
    fills = [walk.fill(tube, ["3"])[0] for _ in range(6)]
    quarantined, reviewed, conditional, recalled, kept, last = fills
    decide(walk, rejecting.reject_fill, quarantined, reason="particles seen")
    destroy(walk, quarantined)
    decide(walk, releasing.review_production, reviewed)
    decide(walk, releasing.ask_change, reviewed, reason="a lot is missing")
    walk.act(
        "lead",
        releasing.review_production,
        fill=walk.filled(reviewed),
        reason="seen",
        proof=walk.proof("lead"),
    )
    decide(walk, rejecting.reject_fill, reviewed, reason="a lot is missing still")
    for fill in (conditional, recalled, kept, last):
        sterility_begun(walk, batch, dose_of(walk, fill))
    for fill in (conditional, recalled, kept, last):
        decide(walk, releasing.release_conditionally, fill)
    decide(walk, rejecting.reject_fill, conditional, reason="a result went wrong")
    decide(walk, rejecting.recall_fill, recalled, reason="a result went wrong")
    destroy(walk, recalled)
    sterile(walk, batch)
    for fill in (kept, last):
        decide(walk, releasing.release_fill, fill)
    decide(walk, rejecting.recall_fill, kept, reason="the clinic did not want it")
    decide(walk, rejecting.reject_fill, last, reason="the clinic did not want it")


def dose_of(walk: Walk, fill: str) -> str:
    with walk.database.reading() as session:
        return load(session, fill, Fill).doses[0].code


def sterile(walk: Walk, batch: str) -> None:
    walk.wait(days=14)
    with walk.database.reading() as session:
        running = [
            test.code
            for test in session.scalars(
                select(QcTest).where(QcTest.status == QcTestStatus.RUNNING).order_by(QcTest.id)
            ).unique()
            if test.batch.code == batch
        ]
    for test in running:
        walk.enter(test, "no growth", days_read=14)
        walk.settle(test)


def hand_over(walk: Walk, dose: str) -> None:
    sitting = walk.sitting_of(dose)
    walk.act(
        "keeper", issuing.hand_over, dose=walk.dose(dose),
        sitting=at(TransplantationSession, sitting), scanned_patient=walk.patient,
        carrier="Courier 4", performed=walk.done(), proof=walk.proof("keeper"),
        witness=walk.proof("technician"), temperature_c=Decimal(5),
    )  # fmt: skip


def received(walk: Walk, dose: str) -> None:
    walk.act(
        "physician", issuing.receive_dose, dose=walk.dose(dose), scanned_patient=walk.patient,
        intact=True, performed=walk.done(), temperature_c=Decimal(5),
    )  # fmt: skip


def inject(walk: Walk, dose: str) -> str:
    code: str = walk.act(
        "physician", administering.record_administration, dose=walk.dose(dose),
        scanned_patient=walk.patient, joint=Joint.KNEE, side=Side.LEFT, volume_ml=Decimal(3),
        injected_by="Dr. Belova", performed=walk.done(), proof=walk.proof("physician"),
        comment="as told",
    ).code  # fmt: skip
    return code


def give_back(walk: Walk, dose: str) -> None:
    walk.act(
        "physician", issuing.return_dose, dose=walk.dose(dose), why="fever", performed=walk.done()
    )


def discard(walk: Walk, *doses: str) -> None:
    for dose in doses:
        walk.act(
            "qa", rejecting.discard_dose, dose=walk.dose(dose), reason="not used",
            proof=walk.proof("qa"), second=walk.proof("technician"),
        )  # fmt: skip


def miscounted(walk: Walk, tube: str) -> None:
    def found(session: Session) -> dict[str, Any]:
        cells = load(session, tube, Suspension)
        step = load(session, cells.made_by.code, Step)
        made = made_values.find(session, step, "cell_count", cells.count.id, "live")
        return {"step": step, "made": made, "value": made.value - 1, "seen": str(made.value)}

    walk.does("lead", made_values.correct_made, lambda s: {**found(s), "reason": "misread"})


def doses_go_every_way(walk: Walk) -> None:
    walk.begin()
    tube = walk.cells(volume="60")
    miscounted(walk, tube)
    batch = walk.batch_of(tube)
    viable(walk, batch, tube)
    walk.fill(tube, ["3"])  # expires undecided
    fill, doses = walk.fill(tube, ["3"] * 12)
    sterility_begun(walk, batch, doses[11])
    discard(walk, doses[11])
    decide(walk, releasing.release_conditionally, fill)
    walk.check(Occasion.INJECTION, transplantation_session=sitting(walk, doses[0]))
    discard(walk, doses[0], doses[1])
    for dose in doses[2:10]:
        hand_over(walk, dose)
    for dose in doses[5:9]:
        received(walk, dose)
    give_back(walk, doses[2])
    discard(walk, doses[2])
    discard(walk, doses[3])
    give_back(walk, doses[5])
    discard(walk, doses[6])
    step = inject(walk, doses[7])
    felt(walk, doses[7])
    corrected(walk, step)
    walk.act("technician", issuing.report_stop, dose=walk.dose(doses[8]), scanned="another card")
    walk.wait(hours=25)
    walk.alone(issuing.expire_due)
    inject(walk, doses[8])
    give_back(walk, doses[9])
    discard(walk, doses[10])


def sitting(walk: Walk, dose: str) -> Any:
    return at(TransplantationSession, walk.sitting_of(dose))


def a_dose_is_injected(walk: Walk) -> None:
    """And the patient observed: under a specification that asks for no test."""
    walk.begin()
    fill, made = walk.fill(walk.cells(), ["3"])
    decide(walk, releasing.release_fill, fill)
    hand_over(walk, made[0])
    inject(walk, made[0])
    observed(walk, made[0])


def observed(walk: Walk, dose: str) -> Any:
    """What was recorded of it, twenty minutes from now on."""
    injected = clock.now()
    walk.wait(minutes=20)
    return walk.act(
        "physician", aftercare.record_observation, sitting=sitting(walk, dose),
        began_at=injected, ended_at=clock.now(), comment="went home at own wish",
    )  # fmt: skip


def felt(walk: Walk, dose: str) -> None:
    seen = observed(walk, dose)
    walk.wait(minutes=40)
    walk.act(
        "physician", aftercare.correct_observation, wrong=row(WardObservation, seen.id),
        began_at=seen.began_at, ended_at=clock.now(), reason="came back and stayed",
    )  # fmt: skip
    pain = walk.act(
        "physician", outcomes.record_outcome, course=walk.ordered(), kind=OutcomeKind.PAIN,
        scale="NRS", score=Decimal(3), assessed_on=clock.today(),
    )  # fmt: skip
    right = walk.act(
        "physician", outcome_corrections.correct_outcome, course=walk.ordered(),
        outcome_id=pain.id, kind=OutcomeKind.PAIN, scale="NRS", score=Decimal(5),
        assessed_on=clock.today(), sitting=sitting(walk, dose), reason="slip of the finger",
    )  # fmt: skip
    walk.act(
        "physician", outcome_corrections.take_back_outcome, course=walk.ordered(),
        outcome_id=right.id, reason="asked of another patient",
    )  # fmt: skip
    event = walk.act(
        "physician", outcomes.report_adverse_event, course=walk.ordered(),
        began_at=clock.now(), severity=Severity.MILD,
        description="swelling of the knee", dose=walk.dose(dose),
    )  # fmt: skip
    walk.act(
        "physician", outcomes.decide_relation, course=walk.ordered(), event_id=event.id,
        related=False, reason="the other knee too",
    )  # fmt: skip


def corrected(walk: Walk, step: str) -> None:
    walk.act(
        "physician", corrections.correct_step, step=walk.step(step), field="guidance",
        value="ultrasound", reason="left empty", version=walk.read(Step, step).version,
    )  # fmt: skip


def injected_while_issued(walk: Walk, doses: Sequence[str]) -> None:
    """The clinic recorded no receipt: it happened all the same."""
    hand_over(walk, doses[0])
    inject(walk, doses[0])
