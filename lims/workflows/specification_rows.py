"""A specification between its plain values and the rows that keep it, nothing lost."""

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any

from lims.models.specification import (
    SpecificationLimit,
    SpecificationPolicy,
    SpecificationRange,
    SpecificationTest,
    SpecificationVersion,
)
from lims.workflows.lines import FillKind, Line, Stage, TakenFrom
from lims.workflows.pace import Range, Ranges
from lims.workflows.specification_text import (
    FORECAST_RANGES,
    Limit,
    MarkerPolicy,
    Policies,
    SpecificationText,
    UnknownMarkers,
)

LINE_KEYS = tuple(each.name for each in fields(Line))
LISTS = ("not_by", "members", "member_names", "fills")
YES_OR_NO = ("conditional_release", "exceptional_supply")


def rows_of(text: SpecificationText) -> dict[str, Any]:
    """The columns and the rows of a version that says what `text` says."""
    return {
        "specification": text.code,
        "name": text.name,
        "product": text.product,
        "forecast_batches_min": text.forecast.batches_min if text.forecast else None,
        "tests": [_test_row(number, line) for number, line in enumerate(text.tests, start=1)],
        "limits": [
            SpecificationLimit(
                position=number,
                name=name,
                value=each.value,
                unit=each.unit,
                to_confirm=each.to_confirm,
                source=each.source,
            )
            for number, (name, each) in enumerate(text.limits.items(), start=1)
        ],
        "policies": [
            SpecificationPolicy(position=number, name=name, word=word)
            for number, (name, word) in enumerate(_policy_words(text.policies), start=1)
        ],
        "ranges": list(_range_rows(text.forecast)) if text.forecast else [],
    }


def _test_row(number: int, line: Line) -> SpecificationTest:
    values = {key: getattr(line, key) for key in LINE_KEYS}
    return SpecificationTest(
        position=number, **values | {key: "\n".join(values[key]) for key in LISTS}
    )


def _policy_words(policies: Policies) -> Iterator[tuple[str, str]]:
    for each in fields(policies):
        value = getattr(policies, each.name)
        if each.name in YES_OR_NO:
            yield each.name, "true" if value else "false"
        else:
            words = value if isinstance(value, tuple) else (value,)
            yield from ((each.name, str(word)) for word in words)


def _range_rows(ranges: Ranges) -> Iterator[SpecificationRange]:
    for number, name in enumerate(FORECAST_RANGES, start=1):
        each: Range = getattr(ranges, name)
        yield SpecificationRange(
            position=number,
            name=name,
            low=each.low,
            high=each.high,
            to_confirm=each.to_confirm,
            source=each.source,
        )


def text_of(version: SpecificationVersion) -> SpecificationText:
    """What `version` says, as the values it was read from."""
    return SpecificationText(
        code=version.specification,
        name=version.name,
        product=version.product,
        tests=tuple(line_of(each) for each in version.tests),
        limits={
            each.name: Limit(tidied(each.value), each.unit, each.to_confirm, each.source)
            for each in version.limits
        },
        policies=_policies_of(version),
        forecast=forecast_of(version),
    )


def line_of(test: SpecificationTest) -> Line:
    """The stored line as the judge takes it."""
    values = {key: getattr(test, key) for key in LINE_KEYS}
    values |= {key: tuple(values[key].split("\n")) if values[key] else () for key in LISTS}
    for key in ("spike_recovery_min_pct", "spike_recovery_max_pct"):
        values[key] = None if values[key] is None else tidied(values[key])
    values["stage"] = Stage(test.stage)
    values["taken_from"] = TakenFrom(test.taken_from) if test.taken_from else None
    values["fills"] = tuple(map(FillKind, values["fills"]))
    return Line(**values)


def forecast_of(version: SpecificationVersion) -> Ranges | None:
    if version.forecast_batches_min is None:
        return None
    ranges = {
        each.name: Range(tidied(each.low), tidied(each.high), each.to_confirm, each.source)
        for each in version.ranges
    }
    return Ranges(**ranges, batches_min=version.forecast_batches_min)


def _policies_of(version: SpecificationVersion) -> Policies:
    words: dict[str, tuple[str, ...]] = {each.name: () for each in fields(Policies)}
    for each in version.policies:
        words[each.name] += (each.word,)
    values: dict[str, Any] = {**words, **{name: words[name] == ("true",) for name in YES_OR_NO}}
    values["positive_marker_policy"] = MarkerPolicy(words["positive_marker_policy"][0])
    values["unknown_markers"] = UnknownMarkers((*words["unknown_markers"], UnknownMarkers.WARN)[0])
    return Policies(**values)


def tidied(value: Decimal) -> Decimal:
    """The same number without the trailing zeros that its column gives it."""
    return value.normalize() if value else Decimal(0)
