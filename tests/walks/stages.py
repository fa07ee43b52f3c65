"""How far one patient's cells may be when somebody begins to try things with them."""

from collections.abc import Callable, Sequence

from lims.models.patient import ConsentKind
from lims.workflows import releasing as decisions
from tests.walks import freezing, ordering, specifying, thawing
from tests.walks.releasing import decide, sterility_begun, viable
from tests.walks.walker import Walk


def consented(walk: Walk) -> None:
    """Nothing was collected yet."""


def received(walk: Walk) -> None:
    walk.tissue()


def growing(walk: Walk) -> None:
    walk.isolate(walk.tissue())


def harvested(walk: Walk) -> str:
    specifying.approve(walk, specifying.lenient())
    return walk.cells(volume="20")


def frozen(walk: Walk) -> None:
    """Two of four vials in their places."""
    fill, codes = freezing.vials_filled(walk, harvested(walk), 4)
    freezing.frozen(walk, fill, codes)
    freezing.placed(walk, codes[:2])


def stored(walk: Walk) -> None:
    """Vials released and in their places; one ordered."""
    specifying.approve(walk, specifying.lenient(()))
    walk.agree(ConsentKind.STORAGE)
    ordering.released(walk, 4)
    ordering.submitted(walk, ordering.drafted(walk))


def planned(walk: Walk) -> str:
    """Two vials are to be taken out."""
    stored(walk)
    return ordering.scheduled(walk, ordering.drafted(walk, 2))


def out(walk: Walk) -> None:
    """Two vials are out of the cold, one more is to be destroyed."""
    ordering.retrieved(walk, planned(walk))
    ordering.scheduled(walk, ordering.away(walk, ordering.OrderKind.DESTROY))


def in_the_bath(walk: Walk) -> None:
    """One of two vials is in the bath, the other out of the cold."""
    order = planned(walk)
    codes = ordering.retrieved(walk, order)
    thawing.warm(walk, thawing.begun(walk, order), codes[:1])


def filled(walk: Walk) -> str:
    """Doses in quarantine, their sterility begun."""
    tube = harvested(walk)
    viable(walk, batch := walk.batch_of(tube), tube)
    fill, doses = walk.fill(tube, ["3", "3", "3"])
    sterility_begun(walk, batch, doses[2])
    return fill


def released(walk: Walk) -> None:
    decide(walk, decisions.release_conditionally, filled(walk))


STAGES: Sequence[Callable[[Walk], object]] = (
    consented, received, growing, harvested, frozen, stored, planned, out, in_the_bath, filled,
    released,
)  # fmt: skip
