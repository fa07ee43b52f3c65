"""A specification written back to TOML, so that reading it again gives the same."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal

from lims.workflows.lines import Line
from lims.workflows.pace import Range
from lims.workflows.specification_file import with_defaults
from lims.workflows.specification_text import FORECAST_RANGES, Limit, SpecificationText

LINE_DEFAULTS = {each.name: each.default for each in fields(Line)}


def write_specification(specification: SpecificationText) -> str:
    """The file of `specification`; keys at their default are left out."""
    return "\n".join(_rows(specification)) + "\n"


def _rows(specification: SpecificationText) -> Iterator[str]:
    yield "[specification]"
    for key in ("code", "name", "product"):
        yield f"{key} = {written(getattr(specification, key))}"
    for line in specification.tests:
        yield from ("", "[[test]]")
        for key, value in line_values(line).items():
            yield f"{key} = {written(value)}"
    yield from ("", "[limits]")
    for name, limit in specification.limits.items():
        yield f"{name} = {inline(limit)}"
    yield from ("", "[policy]")
    for each in fields(specification.policies):
        yield f"{each.name} = {written(getattr(specification.policies, each.name))}"
    if specification.forecast:
        yield from ("", "[forecast]")
        yield f"batches_min = {specification.forecast.batches_min}"
        for name in FORECAST_RANGES:
            yield f"{name} = {inline(getattr(specification.forecast, name))}"


def line_values(line: Line) -> Mapping[str, object]:
    """The keys of a line that a reader would not fill in by itself."""
    always = {"code": line.code, "limit": line.limit}
    read_by = {"unit": line.unit, "method": line.method}
    filled_in = {**LINE_DEFAULTS, **with_defaults(always | read_by), "unit": "", "method": ""}
    values = {each.name: getattr(line, each.name) for each in fields(line)}
    told = {key: value for key, value in values.items() if value != filled_in[key]}
    return {**always, **told}


def inline(value: Limit | Range) -> str:
    keys = (f"{each.name} = {written(getattr(value, each.name))}" for each in fields(value))
    return "{" + ", ".join(keys) + "}"


def written(value: object) -> str:
    """One TOML value; every text is quoted with its special characters escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
