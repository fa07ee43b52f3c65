"""What somebody might do next: commands with arguments that mostly fit, and now and then do not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from lims import clock
from lims.models.base import table_of
from lims.models.equipment import Place
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed
from tests.laboratory import STAFF, supplies
from tests.walks.walker import Walk, at, named

ONE_IN = 6
"""How seldom an argument does not fit, and a person may not."""
BENCHES = ("bench", "second_bench")
VOLUMES = ("0.5", "1", "2.5", "3", "5", "10", "1000")


class NothingThere(Exception):
    """No such record exists yet, fitting or not."""


@dataclass(frozen=True)
class Known:
    """A record as the last look at the database found it."""

    code: str
    status: str
    patient_id: int | None


@dataclass
class Chance:
    """Draws people and arguments; `live` is what there is, by table."""

    luck: Random
    walk: Walk
    live: dict[str, list[Known]] = field(default_factory=dict)

    def odd(self) -> bool:
        return self.luck.randrange(ONE_IN) == 0

    def of(self, choices: Sequence[Any]) -> Any:
        return self.luck.choice(list(choices))

    def codes(self, model: Any, *statuses: StrEnum) -> list[str]:
        """Mostly those of these statuses; of both patients and any status when it is odd."""
        every = self.live.get(table_of(model).name, [])
        wanted = {status.value for status in statuses}
        fitting = [known.code for known in every if not wanted or known.status in wanted]
        odd = self.odd()
        if not (every if odd else fitting):
            raise NothingThere
        return [known.code for known in every] if odd else fitting

    def one(self, model: Any, *statuses: StrEnum) -> Callable[..., Any]:
        return at(model, self.code(model, *statuses))

    def code(self, model: Any, *statuses: StrEnum) -> str:
        return str(self.of(self.codes(model, *statuses)))

    def some(self, model: Any, *statuses: StrEnum) -> list[str]:
        codes = self.codes(model, *statuses)
        return self.luck.sample(codes, self.luck.randint(1, min(3, len(codes))))

    def volume(self) -> Decimal:
        return Decimal(self.of(VOLUMES))

    def who(self, *logins: str) -> str:
        return str(self.of(STAFF if self.odd() else logins or STAFF))

    def proof(self, login: str) -> Proof:
        """Of `login`; of somebody else, or too old, when it is odd."""
        if not self.odd():
            return self.walk.proof(login)
        proof = self.walk.proof(self.of(STAFF))
        proof.proved_at -= timedelta(seconds=self.of((0, 120)))
        return proof

    def another(self, login: str) -> Proof | None:
        """A second person; nobody, or the same once more, when it is odd."""
        if self.odd():
            return self.of((None, self.walk.proof(login)))  # type: ignore[no-any-return]
        return self.walk.proof(self.of([each for each in STAFF if each != login]))

    def bench(self, login: str) -> dict[str, Any]:
        return {"station": self.place(*BENCHES), "checker": self.another(login)}

    def place(self, *names: str) -> Callable[..., Place]:
        return named(supplies.place, self.of(supplies.PLACES if self.odd() else names))

    def performed(self) -> Performed:
        if not self.odd():
            return self.walk.done()
        hours = self.of((-1, 2, 30))
        reason = self.of((None, "the network was down"))
        return Performed(at=clock.now() - timedelta(hours=hours), late_reason=reason)

    def patient(self) -> str:
        """The card of the patient; another's when it is odd."""
        others = [known.code for known in self.live.get("patient", [])]
        return str(self.of(others) if self.odd() and others else self.walk.patient)
