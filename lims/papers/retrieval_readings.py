"""What the page of a step of an order tells beside its own columns: the order, each vial out."""

from collections.abc import Iterator

from lims.errors import N_
from lims.models.order import Order
from lims.models.retrieval import Retrieval
from lims.models.step import Step
from lims.papers.controls import Controls
from lims.papers.step_rows import StepRows
from lims.papers.wording import headed
from lims.records.parts import Reading
from lims.records.wording import Wording
from lims.workflows.order_steps import OF_AN_ORDER
from lims.workflows.retrieving import seconds_out

LIMIT = "seconds_out_max"


def of(rows: StepRows, step: Step, controls: Controls) -> Iterator[Reading]:
    """Nothing for a step of no order."""
    if isinstance(step, OF_AN_ORDER):
        yield from _of_order(step.order, controls.say)
    if not isinstance(step, Retrieval):
        return
    for taken in rows.retrieved[step.id]:
        code, say = taken.vial.code, controls.say
        yield Reading(controls.named(code, N_("out of the cold")), taken.out_at)
        people = rows.people[taken.taken_by_id], rows.people[taken.witnessed_by_id]
        yield Reading(controls.named(code, N_("taken out by")), ", ".join(people))
        if taken.back_at is not None:
            seconds = seconds_out(taken, taken.back_at)
            words = controls.named(code, N_("back after"))
            yield controls.at_most(words, seconds, str(seconds), LIMIT, say.word("s"))


def _of_order(order: Order, say: Wording) -> Iterator[Reading]:
    yield Reading(say.word(N_("Order")), f"{order.code} · {headed(say, order.kind)}")
    if order.destination:
        yield Reading(say.word(N_("Where they go")), order.destination)
    if order.document:
        yield Reading(say.word(N_("Rests on")), order.document)
        yield Reading(say.word(N_("SHA-256 of that paper")), order.document_sha256)
