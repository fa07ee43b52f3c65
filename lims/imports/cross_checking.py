"""The batches of a file beside each other: what cannot have been, and rows that stand in another
batch than their own."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile

from lims.errors import N_, LimsError
from lims.imports.ledger import Ledger, NoSuchTube, NoSuchVessel, at
from lims.workflows import earlier_rows as rows
from lims.workflows.earlier_rows import EarlierBatchRows, Event


class InAnotherBatch(LimsError):
    sentence = N_(
        "no row of the batch %(batch)s makes %(name)s, and row %(row)s (%(sheet)s) makes it in the"
        " batch %(other)s of the same patient. Is the batch of one of the two mistyped?"
    )


class MadeForAnother(LimsError):
    sentence = N_(
        "%(name)s is made here in the batch %(other)s, and the batch %(batch)s of the same patient"
        " has it only in row %(row)s (%(sheet)s), where it is used. Is the batch mistyped here?"
    )


Entered = list[tuple[Event, LimsError]]
"""What entering the rows in order told of each."""
Made = tuple[EarlierBatchRows, Event]
"""A row that makes a tube or seeds a vessel, and the batch it stands in."""
Makers = Mapping[tuple[str, str], Mapping[str, Made]]
"""By patient and name of a tube or vessel, and by the number of the batch that makes one."""


def faults(
    batches: Sequence[EarlierBatchRows],
    strays: Mapping[tuple[str, str], Sequence[Event]],
    spoilt: Collection[str],
) -> Iterator[LimsError]:
    """What the rows cannot have done, each with its place; not of the batches called `spoilt`: a
    row that is missing would make others look wrong.

    What a batch lacks is looked for among the `strays` (gathering.py) that name it or its patient;
    they are told already.
    """
    makers: dict[tuple[str, str], dict[str, Made]] = defaultdict(dict)
    for batch in batches:
        for event in batch.events:
            for name in _made_by(event):
                makers[batch.patient, name].setdefault(batch.number, (batch, event))
    for batch in batches:
        if batch.number not in spoilt:
            named = ("patient", batch.patient), ("batch", batch.number)
            yield from _of(batch, makers, [each for key in named for each in strays.get(key, ())])


def _of(batch: EarlierBatchRows, makers: Makers, strays: Sequence[Event]) -> Iterator[LimsError]:
    """A row in the wrong batch is told once, and the others are looked at as if it stood here."""
    events = batch.events
    found = _entered(events)
    for stray in strays:
        with_it = _in_order(events, stray)
        if len(told := _entered(with_it)) < len(found):
            events, found = with_it, told
    while (mistyped := _mistyped(batch, found, makers)) and mistyped[0] not in events:
        maker, fault = mistyped
        yield fault
        events = _in_order(events, maker)
        found = _entered(events)
    for event, fault in found:
        elsewhere = _made_elsewhere(batch, fault, makers)
        yield event.origin.bad("batch", _in_another(batch, *elsewhere)) if elsewhere else fault


def _mistyped(
    batch: EarlierBatchRows, found: Entered, makers: Makers
) -> tuple[Event, LimsError] | None:
    """A row of a smaller batch that makes what `batch` lacks: of two batches, the smaller number
    of rows is the likelier to have come of a slip."""
    for event, fault in found:
        elsewhere = _made_elsewhere(batch, fault, makers)
        if elsewhere is None:
            continue
        name, (other, maker) = elsewhere
        if len(other.events) < len(batch.events):
            told = {"name": name, "other": other.number, "batch": batch.number}
            return maker, maker.origin.bad("batch", MadeForAnother(**at(event.origin), **told))
    return None


def _in_another(batch: EarlierBatchRows, name: str, made: Made) -> LimsError:
    other, maker = made
    return InAnotherBatch(batch=batch.number, name=name, other=other.number, **at(maker.origin))


def _made_elsewhere(
    batch: EarlierBatchRows, fault: LimsError, makers: Makers
) -> tuple[str, Made] | None:
    """Where no row of `batch` makes what is missing, and one of another batch does."""
    problem = fault.parameters["problem"]
    if not isinstance(problem, (NoSuchTube, NoSuchVessel)):
        return None
    name = problem.parameters["name"]
    there = makers.get((batch.patient, name), {})
    if not there or batch.number in there:
        return None
    return name, next(iter(there.values()))


def _entered(events: Sequence[Event]) -> Entered:
    ledger = Ledger()
    return [(event, fault) for event in events for fault in ledger.enter(event)]


def _in_order(events: Sequence[Event], one_more: Event) -> tuple[Event, ...]:
    """At its time; among rows of one moment where the sheet has it, one of another sheet first."""
    before = list(takewhile(lambda each: _comes_first(each, one_more), events))
    return (*before, one_more, *events[len(before) :])


def _comes_first(event: Event, other: Event) -> bool:
    above = event.origin.sheet == other.origin.sheet and event.origin.row < other.origin.row
    return event.at < other.at or (event.at == other.at and above)


def _made_by(event: Event) -> tuple[str, ...]:
    """The tubes and vessels that are there since `event`."""
    if isinstance(event, rows.Seeded):
        return event.vessels
    return (event.tube,) if isinstance(event, (rows.Isolated, rows.Harvested)) else ()
