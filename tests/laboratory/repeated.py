"""One tissue, two doses: the first injected, the second filled from vials of the same cells."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.models.administration import Administration
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.course import Course
from lims.models.fill import Dose, Fill, FillKind, Vial
from lims.models.suspension import Suspension
from tests.laboratory.desk import Desk
from tests.laboratory.thawed import Thaws
from tests.laboratory.treatment import Treatment


@dataclass
class Repeated:
    """What a course of two doses leaves behind, in the order it was made."""

    first: Dose
    injection: Administration
    vials: list[Vial]
    kept: Vial
    """Still in its place."""
    thawed: Suspension
    second: Dose


def course_of_two(thaws: Thaws, treatment: Treatment, course: Course) -> Repeated:
    """A dose injected, three vials of the same harvest frozen, two of them thawed and filled."""
    (first,) = treatment.released(course)
    injection = treatment.inject(treatment.at_the_clinic(first))
    vials = _banked(thaws, first.fill.withdrawal.suspension)
    order = thaws.orders.scheduled(thaws.orders.thaw(course, None, vials=2))
    thaws.orders.retrieve(order)
    step = thaws.begun(order)
    thawed = thaws.record(step)
    thaws.bench.close(step)
    (second,) = treatment.room.fill(thawed, "1.5").doses
    sources = thaws.sources(thawed)
    (kept,) = (vial for vial in vials if vial not in sources)
    return Repeated(first, injection, vials, kept, thawed, second)


def _banked(thaws: Thaws, cells: Suspension) -> list[Vial]:
    """Three vials of `cells`, every culture read, released and in their places."""
    bank, room = thaws.orders.bank, thaws.orders.bank.room
    fill = room.fill(cells, "1", "1", "1", kind=FillKind.VIALS)
    desk = Desk(thaws.session, room)
    _judge(desk, fill)
    bank.freeze(fill)
    desk.release(fill)
    return [bank.place(vial) for vial in fill.vials]


def _judge(desk: Desk, fill: Fill) -> None:
    for test in desk.room.ask(fill, "appearance", "label_identity"):
        desk.room.settle(test, "conforms")
    (vial,) = desk.room.sample(fill.batch, (fill.vials[-1], "0.1"))
    desk.room.start_test(desk.room.ask(vial, "sterility")[0])
    running = select(QcTest).where(
        QcTest.batch_id == fill.batch_id, QcTest.status == QcTestStatus.RUNNING
    )
    desk.read(list(desk.session.scalars(running)))
