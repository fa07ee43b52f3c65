"""The tables of a specification file: the keys each may have, and what was wrong in them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lims.errors import N_, LimsError
from lims.workflows import specification_values as values
from lims.workflows.lines import FillKind, Stage, TakenFrom
from lims.workflows.specification_text import MarkerPolicy, UnknownMarkers

Keys = Mapping[str, Callable[[object], object]]

HEAD: Keys = {
    "code": values.specification_code,
    "name": values.text,
    "product": values.text,
}
TEST: Keys = {
    "code": values.code,
    "name": values.text,
    "stage": values.one_of(Stage),
    "taken_from": values.one_of(TakenFrom),
    "limit": values.limit_text,
    "unit": values.text,
    "method": values.text,
    "places": values.whole(0, 6),
    "possible": values.possible,
    "days_to_read": values.whole(0, 365),
    "not_by": values.texts,
    "members": values.codes,
    "member_names": values.texts,
    "from_passage": values.whole(-1, 99),
    "to_passage": values.whole(-1, 99),
    "spike_recovery_min_pct": values.measure,
    "spike_recovery_max_pct": values.measure,
    "required": values.yes_or_no,
    "conditional_allowed": values.yes_or_no,
    "fills": values.some_of(FillKind),
    "to_confirm": values.yes_or_no,
    "source": values.text,
}
LIMIT: Keys = {
    "value": values.measure,
    "unit": values.text,
    "to_confirm": values.yes_or_no,
    "source": values.text,
}
POLICY: Keys = {
    "positive_marker_policy": values.one_of(MarkerPolicy),
    "unknown_markers": values.one_of(UnknownMarkers),
    "conditional_release": values.yes_or_no,
    "exceptional_supply": values.yes_or_no,
    "required_markers": values.texts,
    "physician_override": values.codes,
}
RANGE: Keys = {
    "low": values.positive,
    "high": values.positive,
    "to_confirm": values.yes_or_no,
    "source": values.text,
}


class BadLine(LimsError):
    sentence = N_("%(line)s, %(key)s: %(problem)s")


class UnknownKey(LimsError):
    sentence = N_("is not known here; known are %(allowed)s.")


class MissingKey(LimsError):
    sentence = N_("is missing.")


class Duplicate(LimsError):
    sentence = N_("“%(code)s” stands here twice; every test has a code of its own.")


class UpsideDown(LimsError):
    sentence = N_("%(low)s is above %(high)s; the lower bound comes first.")


@dataclass
class Problems:
    """Everything wrong in a file, so that it is mended in one go."""

    found: list[LimsError] = field(default_factory=list)

    @contextmanager
    def of(self, line: str, key: str) -> Iterator[None]:
        """Keep a refusal as a problem of `line` and go on."""
        try:
            yield
        except LimsError as problem:
            self.found.append(BadLine(line=line, key=key, problem=problem))

    def table(self, line: str, raw: object, keys: Keys, *required: str) -> dict[str, Any] | None:
        """The values of one table; None, and the reasons kept, when any cannot be taken."""
        before = len(self.found)
        with self.of(line, "…"):
            if not isinstance(raw, dict):
                raise values.NotATable()
        table = raw if isinstance(raw, dict) else {}
        read: dict[str, Any] = {}
        for key, value in table.items():
            with self.of(line, key):
                if key not in keys:
                    raise UnknownKey(allowed=", ".join(keys))
                read[key] = keys[key](value)
        for key in required:
            with self.of(line, key):
                if isinstance(raw, dict) and key not in raw:
                    raise MissingKey()
        return read if len(self.found) == before else None

    def ordered(self, line: str, key: str, low: Any, high: Any) -> None:
        with self.of(line, key):
            if low is not None and high is not None and low > high:
                raise UpsideDown(low=low, high=high)
