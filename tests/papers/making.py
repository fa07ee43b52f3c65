"""A small real batch, from tissue to its released dose, made by the workflows themselves."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.config import Settings
from lims.database import Database
from lims.models.aliquot import QcTest
from lims.models.batch import Batch
from lims.models.contraindication import Occasion
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Fill
from lims.models.step import PlannedContainer, Step, StepKind
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.papers.keeping import Archive
from lims.workflows import (
    collecting,
    contraindication_checks,
    corrections,
    deviation_decisions,
    deviations,
    isolating,
    labelling,
    made_values,
    people,
    receiving,
    releasing,
    supplying,
)
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed
from tests.laboratory import clinic, supplies, working
from tests.laboratory.cells import DIGESTION, AtTheBench, counted, opened_before, planned
from tests.laboratory.quality import QcRoom, days_later

SITE = "Cell laboratory, Minsk"


def person(session: Session, login: str) -> User:
    found = people.by_login(session, login)
    assert found is not None
    return found


def proof(user: User) -> Proof:
    return Proof(user_id=user.id, name=user.full_name)


def room(session: Session) -> QcRoom:
    bench = AtTheBench(session, person(session, "technician"), person(session, "lead"))
    return QcRoom(session, bench, *(person(session, each) for each in ("analyst", "keeper", "qa")))


@dataclass(frozen=True)
class Made:
    """The codes of what was made, and where it is."""

    database: Database
    archive: Archive
    batch: str
    fill: str
    harvest: str
    reception: str
    lot: str
    deviation: str
    isolation: str = ""

    def correct(self, step: str, field: str, value: Any, reason: str) -> None:
        """The lead corrects one value, as its page would."""
        with self.database.reading() as session:
            lead = person(session, "lead")

        def arguments(session: Session) -> dict[str, Any]:
            found = session.scalars(select(Step).where(Step.code == step)).one()
            values = {"field": field, "value": value, "reason": reason}
            return {"step": found, "version": found.version, **values}

        key = f"{step} {field} {value}"
        with days_later(16):
            self.database.run(corrections.correct_step, lead.id, key=key, arguments=arguments)

    def recount(self, live: int) -> None:
        """The lead corrects the live cells that were counted at the harvest."""
        self.mend(self.harvest, "live", live, "a nought too many")

    def mend(self, step: str, column: str, value: Any, reason: str) -> None:
        """The lead corrects the first value of this name among what `step` made or used."""
        with self.database.reading() as session:
            lead = person(session, "lead")

        def arguments(session: Session) -> dict[str, Any]:
            mended = session.scalars(select(Step).where(Step.code == step)).one()
            made = made_values.made_in(session, mended)
            found = next(each for each in made if each.column.name == column)
            values = {"value": value, "seen": str(found.value), "reason": reason}
            return {"step": mended, "made": found, **values}

        key = f"{step} {column} {value}"
        with days_later(16):
            self.database.run(made_values.correct_made, lead.id, key=key, arguments=arguments)


def settle(database: Database, folder: Path) -> Made:
    """7.482 g of tissue, two P0 vessels, one dose, every result good, released by quality."""
    with working(database) as session:
        sample = collected(session)
    with working(database) as session:
        made = room(session)
        sample = session.merge(sample)
        harvest, lot = cells_of(session, made, sample)
        fill = made.fill(harvest)
        _judge(made, harvest, fill)
        awaited, batch = _start_cultures(made, harvest, fill), fill.batch.code
    with working(database) as session:
        deviation = _deviation(session, session.scalars(select(Batch)).one())
    with working(database) as session:
        qa = person(session, "qa")
        fill = session.scalars(select(Fill).where(Fill.code == fill.code)).one()
        releasing.release_conditionally(session, fill, proof=proof(qa), reason="seen", by=qa)
    with days_later(14), working(database) as session:
        made = room(session)
        for code in awaited:
            test = session.scalars(select(QcTest).where(QcTest.code == code)).one()
            made.settle(test, "no growth", days_read=14)
    with days_later(15), working(database) as session:
        qa = person(session, "qa")
        fill = session.scalars(select(Fill).where(Fill.code == fill.code)).one()
        releasing.release_fill(session, fill, proof=proof(qa), reason="seen", by=qa)
    return Made(
        database=database,
        archive=archive_in(database, folder),
        batch=batch,
        fill=fill.code,
        isolation=_step(database, StepKind.ISOLATION),
        harvest=_step(database, StepKind.HARVEST),
        reception=_step(database, StepKind.RECEPTION),
        lot=lot,
        deviation=deviation,
    )


def archive_in(database: Database, folder: Path) -> Archive:
    """Where the papers of a test are kept."""
    settings = Settings(
        database_url="sqlite://",
        data_dir=folder,
        anchor_dir=folder / "anchors",
        secret_key="k" * 64,
        site_name=SITE,
    )
    return Archive(database, settings)


def _step(database: Database, kind: StepKind) -> str:
    with database.reading() as session:
        return session.scalars(select(Step.code).where(Step.kind == kind)).one()


def collected(session: Session) -> Any:
    """Tissue of Иванова's, collected by her physician, carried, received and accepted."""
    course, physician = clinic.course(session, "ivanova"), person(session, "physician")
    contraindication_checks.record_check(
        session, course, occasion=Occasion.COLLECTION, found=[], by=physician
    )
    sample = collecting.order_kit(session, course, by=physician)
    card, lead = course.patient.code, person(session, "lead")
    collecting.record_collection(
        session, sample, scanned_patient=card, body_site="abdomen", surgeon="Dr Volkov",
        performed=Performed(at=clock.now()), by=physician,
    )  # fmt: skip
    collecting.dispatch_sample(
        session, sample, courier="Medtrans", performed=Performed(at=clock.now()), by=physician
    )
    receiving.receive_sample(
        session, sample, scanned_patient=card, mass_g=Decimal("7.482"), container_intact=True,
        performed=Performed(at=clock.now()), by=lead,
        temperature_min_c=Decimal("3.5"), temperature_max_c=Decimal("5.2"),
    )  # fmt: skip
    receiving.accept_sample(session, sample, by=lead)
    return sample


def cells_of(session: Session, made: QcRoom, sample: Any) -> tuple[Any, str]:
    """Isolation with a lot and a centrifuge, labels printed and stuck on, P0, its harvest."""
    bench, technician = made.bench, made.bench.technician
    step = isolating.start_isolation(session, sample, vessels=2, **bench.opening())
    enzyme = supplies.lot(session, "enzyme")
    supplying.use_lot(session, step, lot=enzyme, quantity=Decimal("12.5"), by=technician)
    centrifuge = supplies.equipment(session, "centrifuge")
    supplying.use_equipment(session, step, item=centrifuge, by=technician)
    _print_labels(session, step, technician)
    svf = isolating.record_isolation(
        session, opened_before(step), tissue=sample,
        suspension_code=planned(session, step, "SU")[0],
        digestion=replace(DIGESTION, tissue_used_g=sample.mass_g), volume_ml=Decimal(10),
        count=counted(8_000_000, 1_000_000), performed=bench.done(), by=technician,
        comment="Tissue digested well.",
    )  # fmt: skip
    vessels = bench.split(svf, "2", "2")
    harvest = bench.harvest(vessels, count=counted(85_000_000, 2_000_000), volume="5", close=True)
    return harvest, enzyme.code


def _print_labels(session: Session, step: Step, by: User) -> None:
    codes = session.scalars(
        select(PlannedContainer.container_code).where(PlannedContainer.step_id == step.id)
    ).all()
    labelling.record_printed(
        session, step=step, patient_id=step.patient_id, codes=codes, layout="vessel",
        content_sha256="0" * 64, by=by,
    )  # fmt: skip


def _judge(made: QcRoom, harvest: Any, fill: Fill) -> None:
    (cells,) = made.sample(fill.batch, (harvest, "0.2"))
    made.settle_all(cells)
    made.look_at(fill)


def _start_cultures(made: QcRoom, harvest: Any, fill: Fill) -> list[str]:
    """The two sterility tests, begun."""
    grown_in = made.session.scalars(select(Vessel).order_by(Vessel.id)).first()
    (spent,) = made.sample(fill.batch, (grown_in, "1"))
    (dose,) = made.sample(fill.batch, (fill.doses[0], "0.1"))
    started = []
    for aliquot, line in ((spent, "in_process_sterility"), (dose, "sterility")):
        (test,) = made.ask(aliquot, line)
        started.append(made.start_test(test).code)
    return started


def _deviation(session: Session, batch: Batch) -> str:
    """Reported by the lead, decided by quality."""
    lead, qa = person(session, "lead"), person(session, "qa")
    found: Deviation = deviations.report_deviation(
        session, title="Incubator door open", description="40 minutes at 35.8 °C",
        subjects=[batch], by=lead,
    )  # fmt: skip
    deviation_decisions.classify_deviation(
        session, found, grade=Grade.MINOR, owner=lead, text="graded", by=qa
    )
    deviation_decisions.investigate_deviation(session, found, text="begun", by=lead)
    deviation_decisions.propose_decision(session, found, text="keep the cells", by=lead)
    deviation_decisions.approve_decision(session, found, text="Cells kept.", proof=proof(qa), by=qa)
    return found.code
