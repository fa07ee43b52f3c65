"""What one version of a specification says and another does not, in words a person signs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from lims.errors import N_
from lims.models.specification import SpecificationVersion
from lims.workflows.specification_rows import text_of
from lims.workflows.specification_text import FORECAST_RANGES, SpecificationText

Translate = Callable[[str], str]
Part = tuple[str, str]
"""What a difference is in: its kind, and its name."""

ADDED = {
    "test": N_("Test %(name)s added: %(after)s."),
    "limit": N_("Limit %(name)s added: %(after)s."),
    "forecast": N_("Forecast range %(name)s added: %(after)s."),
}
REMOVED = {
    "test": N_("Test %(name)s removed; it was: %(before)s."),
    "limit": N_("Limit %(name)s removed; it was: %(before)s."),
    "forecast": N_("Forecast range %(name)s removed; it was: %(before)s."),
}
CHANGED = {
    "test": N_("Test %(name)s, %(key)s: from %(before)s to %(after)s."),
    "limit": N_("Limit %(name)s, %(key)s: from %(before)s to %(after)s."),
    "policy": N_("Policy %(name)s: from %(before)s to %(after)s."),
    "forecast": N_("Forecast range %(name)s, %(key)s: from %(before)s to %(after)s."),
    "specification": N_("Specification, %(key)s: from %(before)s to %(after)s."),
}
KEY_WORDS = {
    "name": N_("name"),
    "product": N_("product"),
    "order": N_("order of the tests"),
    "limit": N_("limit"),
    "stage": N_("stage"),
    "taken_from": N_("taken from"),
    "unit": N_("unit"),
    "method": N_("method"),
    "places": N_("decimal places shown"),
    "possible": N_("possible range"),
    "days_to_read": N_("days to read"),
    "not_by": N_("methods that never close it"),
    "members": N_("measured as either of"),
    "member_names": N_("called"),
    "from_passage": N_("from passage"),
    "to_passage": N_("to passage"),
    "spike_recovery_min_pct": N_("least spike recovery"),
    "spike_recovery_max_pct": N_("greatest spike recovery"),
    "required": N_("required for release"),
    "conditional_allowed": N_("may still run at conditional release"),
    "fills": N_("fills that ask for it"),
    "to_confirm": N_("to be confirmed by the site"),
    "source": N_("source"),
    "value": N_("value"),
    "low": N_("lower end"),
    "high": N_("upper end"),
}
IN_SHORT = ("limit", "value", "low", "high", "unit", "stage", "method")
"""What a line that was added or removed is told by; its other keys stand on the version's page."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs; `before` None where it was added, `after` None where removed."""

    kind: str
    name: str
    key: str
    before: Any
    after: Any

    @property
    def sentence(self) -> str:
        if self.key:
            return CHANGED[self.kind]
        return (ADDED if self.before is None else REMOVED)[self.kind]

    def told(self, translate: Translate = str) -> str:
        """The difference as a sentence: in English, which is what is signed, or translated."""
        return translate(self.sentence) % {
            "name": self.name,
            "key": translate(KEY_WORDS[self.key]) if self.key else "",
            "before": said(self.before, translate),
            "after": said(self.after, translate),
        }


def said(value: object, translate: Translate = str) -> str:
    """A value of a specification in words."""
    if isinstance(value, bool):
        return translate(N_("yes")) if value else translate(N_("no"))
    if value is None or value == "" or value == ():
        return translate(N_("none"))
    if isinstance(value, Mapping):
        told = (said(value[key], translate) for key in IN_SHORT if value.get(key))
        return ", ".join(told)
    if isinstance(value, tuple):
        return "; ".join(said(each, translate) for each in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, StrEnum):
        return translate(value.value.replace("_", " "))
    return str(value)


def differences(before: SpecificationVersion, after: SpecificationVersion) -> list[Difference]:
    """What leads from `before` to `after`; nothing when they say the same."""
    return list(_between(text_of(before), text_of(after)))


def _between(before: SpecificationText, after: SpecificationText) -> Iterator[Difference]:
    old, new = dict(_parts(before)), dict(_parts(after))
    for kind, name in {**new, **old}:
        was, becomes = old.get((kind, name)), new.get((kind, name))
        if was is None or becomes is None:
            yield Difference(kind, name, "", was, becomes)
            continue
        for key in was:
            if was[key] != becomes[key]:
                yield Difference(kind, name, key, was[key], becomes[key])
    yield from _reordered(before, after)


def _parts(text: SpecificationText) -> Iterator[tuple[Part, dict[str, Any]]]:
    yield ("specification", ""), {"name": text.name, "product": text.product}
    for line in text.tests:
        yield ("test", line.code), _without(vars(line), "code")
    for name, limit in text.limits.items():
        yield ("limit", name), vars(limit)
    for name, value in vars(text.policies).items():
        yield ("policy", name), {"value": value}
    if text.forecast:
        yield ("forecast", "batches_min"), {"value": text.forecast.batches_min}
        for name in FORECAST_RANGES:
            yield ("forecast", name), vars(getattr(text.forecast, name))


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _reordered(before: SpecificationText, after: SpecificationText) -> Iterator[Difference]:
    """The tests that both have, where they stand in another order."""
    old, new = ([line.code for line in text.tests] for text in (before, after))
    was = tuple(code for code in old if code in new)
    becomes = tuple(code for code in new if code in old)
    if was != becomes:
        yield Difference("specification", "", "order", was, becomes)
