"""A short history to tamper with, and the hands of somebody who owns the file of the database."""

from datetime import date
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lims.database import Database
from lims.files import FileStore
from lims.models.audit import GENESIS, AuditEntry, entry_hash, hashed_fields
from lims.models.course import Course, Grading, Indication
from lims.models.patient import Patient, Sex
from lims.models.reception import Reception
from lims.models.sample import Sample
from lims.models.step import StepKind
from lims.models.step_file import StepPhoto
from lims.models.user import User
from lims.workflows import states, verifying
from lims.workflows.anchors import Anchor, AnchorReason, anchor_of
from lims.workflows.codes import coded
from tests import laboratory

NAME = "Ядвига Ўласава"
"""The patient of the short history."""


def receive_in_short(session: Session, *, mass_g: str = "7.250", by: User) -> Reception:
    """A patient, a course, a sample and the step that received it, in one transaction."""
    patient = Patient(full_name=NAME, search_name="x", birth_date=date(1961, 5, 4), sex=Sex.FEMALE)
    session.add(coded(session, patient))
    session.flush()
    course = states.begin(
        Course(
            patient_id=patient.id,
            number=1,
            indication=next(iter(Indication)),
            grading=next(iter(Grading)),
            grade="2",
            prescribed_cells=10_000_000,
            prescribed_volume_ml=Decimal(2),
            physician_id=by.id,
        )
    )
    session.add(coded(session, course))
    session.flush()
    sample = states.begin(Sample(patient_id=patient.id, course_id=course.id))
    session.add(coded(session, sample))
    session.flush()
    step = states.begin(
        Reception(
            patient_id=patient.id,
            kind=StepKind.RECEPTION,
            sample_id=sample.id,
            started_by_id=by.id,
            mass_g=Decimal(mass_g),
            container_intact=True,
        )
    )
    session.add(coded(session, step))
    session.flush()
    return step


def remember(session: Session, step: Reception, *, comment: str, by: User) -> Reception:
    """Change one column of the step's own table and one of the table all steps share."""
    step.comment, step.mass_g = comment, step.mass_g + 1
    session.flush()
    return step


def person_id(database: Database, login: str = "technician") -> int:
    with database.reading() as session:
        return laboratory.person(session, login).id


def received(database: Database, key: str = "receive") -> Reception:
    """The short history, twice changed."""
    by = person_id(database)
    step = database.run(receive_in_short, by, key=key, arguments=lambda session: {})
    for number in (1, 2):
        database.run(
            remember,
            by,
            key=f"{key} {number}",
            arguments=lambda session, number=number: {
                "step": session.get(Reception, step.id),
                "comment": f"note {number}",
            },
        )
    return step


class Hands:
    """Somebody who has dropped our triggers, in one transaction that is rolled back."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.last = session.scalar(select(func.max(AuditEntry.id)))

    def sql(self, *statements: str) -> None:
        for statement in statements:
            self.session.execute(text(statement))

    def cut(self, seq: int) -> None:
        """Cut the end of the chain off and repair its head."""
        self.sql(
            f"DELETE FROM audit_entry WHERE id > {seq}",
            "UPDATE audit_head SET seq = (SELECT max(id) FROM audit_entry)",
            "UPDATE audit_head SET hash = (SELECT hash FROM audit_entry WHERE id = audit_head.seq)",
        )

    def chain_anew(self, since: int = 1) -> None:
        """Number and hash the chain again from an entry on, so that it fits itself."""
        entry = AuditEntry.__table__.c
        rows = self.session.execute(select(*entry).where(entry.id >= since).order_by("id")).all()
        previous = self.session.scalar(select(entry.hash).where(entry.id == since - 1)) or GENESIS
        for seq, row in enumerate(rows, start=since):
            fields = {**row._mapping, "id": seq, "previous_hash": previous}
            forged = entry_hash(hashed_fields(SimpleNamespace(**fields)))
            self.sql(
                f"UPDATE audit_entry SET id = {seq}, previous_hash = '{previous}',"
                f" hash = '{forged}' WHERE id = {row.id}"
            )
            previous = forged
        self.sql(f"UPDATE audit_head SET seq = {since + len(rows) - 1}, hash = '{previous}'")

    def anchor(self, previous: Anchor | None = None) -> Anchor:
        anchor = anchor_of(self.session, AnchorReason.BY_HAND, previous)
        assert anchor is not None
        return anchor

    def verified(self, *anchors: Anchor) -> verifying.Report:
        return verifying.verify(self.session, anchors)

    def found(self, *anchors: Anchor) -> set[str]:
        """The names of what `verify` finds."""
        return {type(finding).__name__ for finding in self.verified(*anchors).named}


def photograph(session: Session, step: Reception, *, sha256: str, by: User) -> StepPhoto:
    """A photograph of a step: a row that names a stored file."""
    photo = StepPhoto(
        patient_id=step.patient_id, step_id=step.id, sha256=sha256, media_type="image/png"
    )
    session.add(photo)
    session.flush()
    return photo


def grown(database: Database, store: FileStore, chance: Random) -> None:
    """A small history as chance will have it: receptions, second thoughts, photographs."""
    by, steps = person_id(database), []
    for number in range(chance.randint(3, 12)):
        act = chance.choice((receive_in_short, remember, photograph)) if steps else receive_in_short
        given = {}
        if act is receive_in_short:
            given = {"mass_g": f"{chance.uniform(5, 10):.3f}"}
        elif act is remember:
            given = {"comment": chance.choice(("", "=1+1", "заметка\n", "'", 'a,"b"\r\n', "😀"))}
        else:
            given = {"sha256": store.put(b"\x89PNG" + chance.randbytes(chance.randint(0, 50)))}
        step = chance.choice(steps) if given.keys() != {"mass_g"} else None

        def arguments(session: Session, step: int | None = step, given: Any = given) -> Any:
            return given | ({} if step is None else {"step": session.get_one(Reception, step)})

        made = database.run(act, by, key=f"{chance.random()} {number}", arguments=arguments)
        if act is receive_in_short:
            steps.append(made.id)
