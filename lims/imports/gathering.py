"""Rows of batch sheets gathered into batches: whose each is, and which rows stray from it."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields

from lims.errors import N_, LimsError
from lims.imports.cell_names import LooksAlike
from lims.imports.ledger import at
from lims.workflows.earlier_rows import EarlierBatchRows, Event, seen


class OtherPatient(LimsError):
    sentence = N_(
        "here the patient is %(found)s; in row %(row)s (%(sheet)s) the batch %(batch)s is of"
        " %(expected)s. Is the batch or the patient mistyped?"
    )


class SaidTwice(LimsError):
    sentence = N_(
        "this row says what row %(row)s (%(sheet)s) says. Leave one of them out; if it was done"
        " twice, tell them apart by the time or in the comment."
    )


@dataclass
class Gathered:
    batches: list[EarlierBatchRows] = field(default_factory=list)
    strays: defaultdict[tuple[str, str], list[Event]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Rows whose batch is of another patient than they name: either may be the slip, so they stand
    here under both, as ("patient", …) and as ("batch", …)."""
    faults: list[LimsError] = field(default_factory=list)


def gathered(rows: Mapping[str, list[tuple[str, Event]]]) -> Gathered:
    """The batches of `rows` (by the number of the batch, each with the patient it names)."""
    found = Gathered()
    for number, told in rows.items():
        _gather(found, number, told)
    return found


def _gather(found: Gathered, number: str, told: list[tuple[str, Event]]) -> None:
    """The events by their times, those of one moment as the sheet has them; of the patient that
    most rows name."""
    patient = Counter(named for named, _ in told).most_common(1)[0][0]
    there = at(next(event for named, event in told if named == patient).origin)
    own: list[Event] = []
    for named, event in _once(found, told):
        if named == patient or seen(named) == seen(patient):
            own.append(event)
        else:
            found.strays["patient", named].append(event)
            found.strays["batch", number].append(event)
        if named != patient:
            facts = {"found": named, "expected": patient, "batch": number}
            problem: LimsError = OtherPatient(**there, **facts)
            if seen(named) == seen(patient):
                problem = LooksAlike(text=named, other=patient, **there)
            found.faults.append(event.origin.bad("patient", problem))
    found.batches.append(
        EarlierBatchRows(number, patient, tuple(sorted(own, key=lambda each: each.at)))
    )


def _once(found: Gathered, told: list[tuple[str, Event]]) -> Iterator[tuple[str, Event]]:
    """Each row but those that were copied, which are faults; the others are looked at without
    them."""
    known: dict[Hashable, Event] = {}
    for named, event in told:
        says = [each.name for each in fields(event) if each.name != "origin"]
        said = (type(event), *(getattr(event, name) for name in says))
        first = known.setdefault((named, *said), event)
        if first is event:
            yield named, event
        else:
            found.faults.append(event.origin.bad("", SaidTwice(**at(first.origin))))
