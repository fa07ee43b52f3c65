"""Quality control: samples, results, fills of doses and what is looked at on them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.demo.case import Case
from lims.demo.culture import begun, close, supply
from lims.demo.telling import at
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.fill import Fill, FillKind
from lims.models.lot import Lot
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.workflows import (
    filling,
    qc_at_once,
    qc_readings,
    qc_results,
    qc_tests,
    sampling,
    signing,
)
from lims.workflows.codes import load
from lims.workflows.filling import Portion
from lims.workflows.qc_entries import Entry
from lims.workflows.qc_lines import lines_for
from lims.workflows.sampling import Drawn

Told = Iterator[datetime]
SPIKED = "endotoxin_eu_ml"
MEMBERS = {"cd14_or_cd11b_pct": "cd14_pct", "cd79a_or_cd19_pct": "cd19_pct"}
WORDS = {"mycoplasma": "negative", "gram_stain": "no organisms", SPIKED: "<0.05"}
NUMBERS = {
    "viability_pct": (93.5, 98.2),
    "cd73_pct": (98.1, 99.8),
    "cd90_pct": (98.4, 99.9),
    "cd105_pct": (97.0, 99.2),
    "cd34_pct": (0.3, 1.4),
    "cd45_pct": (0.1, 0.6),
    "cd14_or_cd11b_pct": (0.1, 0.7),
    "cd79a_or_cd19_pct": (0.1, 0.5),
    "hla_dr_pct": (0.4, 1.5),
}
"""What good cells show, from and to."""
CULTURE_DAYS = {"in_process_sterility": 7, "sterility": 14}
READ_AFTER = {"viability_pct": 20, "gram_stain": 55, SPIKED: 80, "mycoplasma": 165}
FLOW = 135
"""Minutes from taking the aliquot to hand to a reading; flow cytometry reads all the rest."""
BETWEEN_STARTS = 4
"""Minutes from beginning one kind of test to the next."""
SOON = 12
"""Minutes to the next signature, while a patient waits for the dose."""
VEHICLE_ML = 15
"""To bring a dose to its volume, and to wash with."""
IN_THE_DAY = 70
"""The same where nobody waits."""


def sample(case: Case, source: str, model: Any, volume_ml: str, lines: Sequence[str]) -> str:
    """An aliquot, in a sampling step of its own, with its tests requested."""
    step = begun(case, sampling.start_sampling, batch=at(Batch, case.batch), number=1)
    case.print_plan("technician", step)
    aliquot = case.planned(step, "QC")[0]

    def drawn(session: Session) -> list[Drawn]:
        return [Drawn(load(session, source, model), aliquot, Decimal(volume_ml))]

    case.act(
        "technician", sampling.record_sampling, step=at(Step, step), drawn=drawn,
        performed=case.done(),
    )  # fmt: skip
    close(case, step)
    with case.database.reading() as session:
        asked_for = {line.code for line in lines_for(load(session, aliquot, Aliquot))}
    wanted = [line for line in lines if line in asked_for]
    case.act("analyst", qc_tests.request_tests, aliquot=at(Aliquot, aliquot), lines=wanted)
    return aliquot


def culture_begun(case: Case, source: str, model: Any, volume_ml: str, line: str) -> None:
    """A test for sterility, which takes its days."""
    aliquot = sample(case, source, model, volume_ml, [line])
    (test,) = tests(case, QcTest.aliquot.has(Aliquot.code == aliquot))
    case.act("analyst", qc_tests.start_test, test=at(QcTest, test.code), started_at=clock.now())


def tests(case: Case, *which: Any) -> list[QcTest]:
    with case.database.reading() as session:
        query = select(QcTest).join(Batch, Batch.id == QcTest.batch_id).where(*which)
        found = session.scalars(query.order_by(QcTest.id)).unique().all()
        return [test for test in found if test.line.code]


def reading(case: Case, line: str) -> dict[str, str]:
    if line in WORDS:
        return {"": WORDS[line]}
    low, high = NUMBERS[line]
    return {MEMBERS.get(line, ""): f"{case.chance.between(low, high):.1f}"}


def enter(case: Case, test: QcTest, texts: dict[str, str], **read: Any) -> None:
    case.act(
        "analyst", qc_results.enter_result, test=at(QcTest, test.code),
        entry=Entry(texts=texts, read_at=clock.now(), **read),
    )  # fmt: skip


def asked(case: Case, tube: str) -> list[QcTest]:
    """An aliquot of the cells that are filled, with every quick test of it requested."""
    aliquot = sample(case, tube, Suspension, case.sampled_ml, [*NUMBERS, *WORDS])
    return tests(case, QcTest.aliquot.has(Aliquot.code == aliquot))


def verify(case: Case, found: Sequence[QcTest]) -> None:
    case.act(
        "keeper", qc_at_once.verify_results, seen=shown(case, found), proof=case.proof("keeper")
    )


def settle(case: Case, found: Sequence[QcTest], minutes: float) -> Told:
    """Verified by the keeper, and later approved by quality, all at once."""
    yield case.soon(minutes)
    verify(case, found)
    yield case.soon(minutes)
    case.act("qa", qc_at_once.approve_results, seen=shown(case, found), proof=case.proof("qa"))


def shown(case: Case, found: Sequence[QcTest]) -> Any:
    """Each test with what its page shows of it."""

    def seen(session: Session) -> dict[QcTest, str]:
        here = [load(session, test.code, QcTest) for test in found]
        return {test: signing.sha256_of(qc_readings.shown_of(test)) for test in here}

    return seen


def fill_doses(
    case: Case, tube: str, sitting: str, volumes: Sequence[str], odd: str | None = None
) -> tuple[str, list[str]]:
    """(fill, doses); `odd` is what was seen in one that does not look as it should."""
    of_session = at(TransplantationSession, sitting)
    step = begun(
        case, filling.start_filling, suspension=at(Suspension, tube), kind=FillKind.DOSES,
        number=len(volumes), sitting=of_session,
    )  # fmt: skip
    taken = supply(case, step, {"syringe": len(volumes), "vehicle": VEHICLE_ML}, ("cabinet",))
    case.print_plan("technician", step)
    case.wait(minutes=12)
    doses = case.planned(step, "DS")

    def portions(session: Session) -> list[Portion]:
        (planned,) = of_session(session).administrations
        return [
            Portion(code, Decimal(ml), planned) for code, ml in zip(doses, volumes, strict=True)
        ]

    fill: str = case.act(
        "technician", filling.record_filling, step=at(Step, step),
        suspension=at(Suspension, tube), kind=FillKind.DOSES, portions=portions,
        vehicle=at(Lot, taken["vehicle"]), appearance_good=odd is None,
        comment=odd, containers_intact=True, performed=case.done(),
    ).code  # fmt: skip
    close(case, step)
    return fill, doses


def look_at_fill(case: Case, fill: str, appearance: str = "conforms") -> Told:
    """What is looked at on the fill itself, and the share of the dose."""
    yield case.soon(SOON)
    lines = {"appearance": appearance, "label_identity": "conforms"}
    if case.read(Fill, fill, "kind") is FillKind.DOSES:
        with case.database.reading() as session:
            (dose, *_) = load(session, fill, Fill).doses
            cells = dose.left_cells() or 0
        lines["dose_pct_of_prescribed"] = f"{cells * 100 / case.prescribed.cells:.1f}"
    case.act("analyst", qc_tests.request_fill_tests, fill=at(Fill, fill), lines=list(lines))
    found = tests(case, QcTest.fill.has(Fill.code == fill), QcTest.aliquot_id.is_(None))
    for test in found:
        enter(case, test, {"": lines[test.line.code]})
    yield from settle(case, found, SOON)


def read_cultures(case: Case, line: str) -> Told:
    """The tests for sterility that ran their days: read here or in a run, and settled."""
    done = QcTest.status.in_((QcTestStatus.RUNNING, QcTestStatus.ENTERED))
    mine = tests(case, Batch.code == case.batch, done)
    found = [test for test in mine if test.line.code == line]
    for test in found:
        if test.status is QcTestStatus.RUNNING:
            enter(case, test, {"": "no growth"}, days_read=CULTURE_DAYS[line])
    if found:
        yield from settle(case, found, IN_THE_DAY)
