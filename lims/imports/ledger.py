"""What is in each tube and vessel of an earlier batch, row by row: so that its sums can be true."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatchmethod

from lims.errors import N_, Amount, LimsError
from lims.workflows import earlier_rows as rows
from lims.workflows.earlier_rows import EarlierBatchRows, Event


class NoSuchTube(LimsError):
    sentence = N_("no row before this one makes the tube %(name)s.")


class NoSuchVessel(LimsError):
    sentence = N_("no row before this one seeds the vessel %(name)s.")


class NotThereAnyMore(LimsError):
    sentence = N_("%(name)s was harvested or discarded in row %(row)s already.")


class NameInUse(LimsError):
    sentence = N_("%(name)s is still in use since row %(row)s. Give this one another name.")


class MoreThanThereIs(LimsError):
    sentence = N_("%(name)s holds %(left)s; %(wanted)s cannot leave it.")


class NothingLeft(LimsError):
    sentence = N_("nothing is left in %(name)s.")


class TooLittleEach(LimsError):
    sentence = N_("divided among %(number)s, less than a thousandth of a millilitre is left each.")


class SecondIsolation(LimsError):
    sentence = N_("the tissue was isolated in row %(row)s already. Give a second piece its batch.")


class NobodyCounted(LimsError):
    sentence = N_("live and dead are both zero.")


def faults(batch: EarlierBatchRows) -> list[LimsError]:
    """What the rows of `batch` cannot have done, each with its place."""
    ledger = Ledger()
    found: list[LimsError] = []
    for event in batch.events:
        found += ledger.enter(event)
    return found


@dataclass
class Held:
    """A tube: what is left in it, and the row that made it."""

    row: int
    left_ml: Decimal


@dataclass
class Ledger:
    """The tubes and vessels there are after the rows entered so far."""

    tubes: dict[str, Held] = field(default_factory=dict)
    growing: dict[str, int] = field(default_factory=dict)
    """Vessels in culture, with the row that seeded them."""
    ended: dict[str, int] = field(default_factory=dict)
    """Names that are free again, with the row that freed them."""
    isolated_in: int | None = None

    @singledispatchmethod
    def enter(self, event: Event) -> Iterator[LimsError]:
        """Enter one event, and tell what of it cannot be."""
        yield from ()

    @enter.register
    def _(self, event: rows.Isolated) -> Iterator[LimsError]:
        if self.isolated_in is not None:
            yield event.origin.bad("event", SecondIsolation(row=self.isolated_in))
        self.isolated_in = event.origin.row
        yield from self._pour_into(event, event.tube, event.volume_ml, event.count)

    @enter.register
    def _(self, event: rows.Seeded) -> Iterator[LimsError]:
        each = event.volume_ml
        held = self.tubes.get(event.tube)
        if held is not None and each is None:
            each = share(held.left_ml, len(event.vessels))
            if held.left_ml <= 0:
                yield event.origin.bad("from", NothingLeft(name=event.tube))
            elif each <= 0:
                yield event.origin.bad("into", TooLittleEach(number=len(event.vessels)))
        yield from self._draw(event, event.tube, (each or Decimal(0)) * len(event.vessels))
        for name in event.vessels:
            if name in self.growing:
                problem = NameInUse(name=name, row=self.growing[name])
                yield event.origin.bad("into", problem)
            self.growing[name] = event.origin.row

    @enter.register
    def _(self, event: rows.Fed) -> Iterator[LimsError]:
        yield from self._growing(event, event.vessels)

    @enter.register
    def _(self, event: rows.Observed) -> Iterator[LimsError]:
        yield from self._growing(event, event.vessels)

    @enter.register
    def _(self, event: rows.Harvested) -> Iterator[LimsError]:
        yield from self._growing(event, event.vessels)
        for name in event.vessels:
            self._end(name, event)
        yield from self._pour_into(event, event.tube, event.volume_ml, event.count)

    @enter.register
    def _(self, event: rows.Filled) -> Iterator[LimsError]:
        yield from self._draw(event, event.tube, event.volume_ml * event.number)

    @enter.register
    def _(self, event: rows.Discarded) -> Iterator[LimsError]:
        for name in event.names:
            if name in self.tubes and name not in self.growing:
                self.ended[name] = event.origin.row
                del self.tubes[name]
            else:
                yield from self._growing(event, (name,))
                self._end(name, event)

    def _pour_into(
        self, event: Event, name: str, volume_ml: Decimal, count: rows.Counted | None
    ) -> Iterator[LimsError]:
        held = self.tubes.get(name)
        if held is not None and held.left_ml > 0:
            yield event.origin.bad("into", NameInUse(name=name, row=held.row))
        if count is not None and count.live + count.dead == 0:
            yield event.origin.bad("live", NobodyCounted())
        self.tubes[name] = Held(event.origin.row, volume_ml)

    def _draw(self, event: Event, name: str, volume_ml: Decimal) -> Iterator[LimsError]:
        held = self.tubes.get(name)
        if held is None:
            yield event.origin.bad("from", NoSuchTube(name=name))
        elif volume_ml > held.left_ml:
            amounts = {"left": held.left_ml, "wanted": volume_ml}
            told = {word: Amount(amount, "mL") for word, amount in amounts.items()}
            yield event.origin.bad("volume_ml", MoreThanThereIs(name=name, **told))
        else:
            held.left_ml -= volume_ml

    def _growing(self, event: Event, names: tuple[str, ...]) -> Iterator[LimsError]:
        for name in names:
            if name not in self.growing:
                ended = self.ended.get(name)
                yield event.origin.bad(
                    "from",
                    NoSuchVessel(name=name)
                    if ended is None
                    else NotThereAnyMore(name=name, row=ended),
                )

    def _end(self, name: str, event: Event) -> None:
        self.growing.pop(name, None)
        self.ended[name] = event.origin.row


def share(volume_ml: Decimal, parts: int) -> Decimal:
    """An equal part of a volume, rounded down to what a column keeps."""
    return (volume_ml / parts).quantize(Decimal("0.001"), "ROUND_DOWN")
