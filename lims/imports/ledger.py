"""What is in each tube and vessel of an earlier batch, row by row: so that its sums can be true."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatchmethod

from lims import clock
from lims.errors import N_, Amount, LimsError
from lims.workflows import earlier_rows as rows
from lims.workflows.earlier_rows import Event, Origin


class NoSuchTube(LimsError):
    sentence = N_(
        "no row before this one, of %(day)s, makes the tube %(name)s. Rows are taken by their"
        " dates: is one of them mistyped?"
    )


class NoSuchVessel(LimsError):
    sentence = N_(
        "no row before this one, of %(day)s, seeds the vessel %(name)s. Rows are taken by their"
        " dates: is one of them mistyped?"
    )


class NotThereAnyMore(LimsError):
    sentence = N_("%(name)s was harvested or discarded in row %(row)s (%(sheet)s) already.")


class NameInUse(LimsError):
    sentence = N_(
        "%(name)s is still in use since row %(row)s (%(sheet)s). Give this one another name."
    )


class OfTissue(LimsError):
    sentence = N_(
        "%(name)s holds cells right from the tissue, never seeded. Only cultured cells are filled"
        " here; leave this row out, and keep it on paper."
    )


class MoreThanThereIs(LimsError):
    sentence = N_("%(name)s holds %(left)s; %(wanted)s cannot leave it.")


class NothingLeft(LimsError):
    sentence = N_("nothing is left in %(name)s.")


class TooLittleEach(LimsError):
    sentence = N_("divided among %(number)s, less than a thousandth of a millilitre is left each.")


class SecondReception(LimsError):
    sentence = N_(
        "the tissue was received in row %(row)s (%(sheet)s) already. Give a second piece its batch."
    )


class SecondIsolation(LimsError):
    sentence = N_(
        "the tissue was isolated in row %(row)s (%(sheet)s) already. Give a second piece its batch."
    )


class NobodyCounted(LimsError):
    sentence = N_("live and dead are both zero.")


@dataclass
class Held:
    """A tube: what is left in it, and the row that made it."""

    made: Origin
    left_ml: Decimal
    of_tissue: bool = False


@dataclass
class Ledger:
    """The tubes and vessels there are after the rows entered so far."""

    tubes: dict[str, Held] = field(default_factory=dict)
    growing: dict[str, Origin] = field(default_factory=dict)
    """Vessels in culture, with the row that seeded them."""
    ended: dict[str, Origin] = field(default_factory=dict)
    """Names that are free again, with the row that freed them."""
    received_in: Origin | None = None
    isolated_in: Origin | None = None

    @singledispatchmethod
    def enter(self, event: Event) -> Iterator[LimsError]:
        """Enter one event, and tell what of it cannot be."""
        yield from ()

    @enter.register
    def _(self, event: rows.Received) -> Iterator[LimsError]:
        if self.received_in is not None:
            yield event.origin.bad("event", SecondReception(**at(self.received_in)))
        self.received_in = event.origin

    @enter.register
    def _(self, event: rows.Isolated) -> Iterator[LimsError]:
        if self.isolated_in is not None:
            yield event.origin.bad("event", SecondIsolation(**at(self.isolated_in)))
        self.isolated_in = event.origin
        yield from self._pour_into(event, event.tube, event.volume_ml, event.count)
        self.tubes[event.tube].of_tissue = True

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
                problem = NameInUse(name=name, **at(self.growing[name]))
                yield event.origin.bad("into", problem)
            self.growing[name] = event.origin

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
        held = self.tubes.get(event.tube)
        if held is not None and held.of_tissue:
            yield event.origin.bad("from", OfTissue(name=event.tube))
        yield from self._draw(event, event.tube, event.volume_ml * event.number)

    @enter.register
    def _(self, event: rows.Discarded) -> Iterator[LimsError]:
        for name in event.names:
            if name in self.tubes and name not in self.growing:
                self.ended[name] = event.origin
                del self.tubes[name]
            else:
                yield from self._growing(event, (name,))
                self._end(name, event)

    def _pour_into(
        self, event: Event, name: str, volume_ml: Decimal, count: rows.Counted | None
    ) -> Iterator[LimsError]:
        held = self.tubes.get(name)
        if held is not None and held.left_ml > 0:
            yield event.origin.bad("into", NameInUse(name=name, **at(held.made)))
        if count is not None and count.live + count.dead == 0:
            yield event.origin.bad("live", NobodyCounted())
        self.tubes[name] = Held(event.origin, volume_ml)

    def _draw(self, event: Event, name: str, volume_ml: Decimal) -> Iterator[LimsError]:
        held = self.tubes.get(name)
        if held is None:
            yield event.origin.bad("from", NoSuchTube(name=name, day=clock.day_of(event.at)))
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
                    NoSuchVessel(name=name, day=clock.day_of(event.at))
                    if ended is None
                    else NotThereAnyMore(name=name, **at(ended)),
                )

    def _end(self, name: str, event: Event) -> None:
        self.growing.pop(name, None)
        self.ended[name] = event.origin


def at(origin: Origin) -> dict[str, object]:
    """Where a sentence says that another row stands."""
    return {"row": origin.row, "sheet": origin.sheet}


def share(volume_ml: Decimal, parts: int) -> Decimal:
    """An equal part of a volume, rounded down to what a column keeps."""
    return (volume_ml / parts).quantize(Decimal("0.001"), "ROUND_DOWN")
