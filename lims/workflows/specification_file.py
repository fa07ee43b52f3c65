"""A specification read from TOML; every bad line is told by its name, with what is allowed."""

import tomllib
from decimal import Decimal
from typing import Any

from lims.errors import N_, LimsError
from lims.workflows.criteria import criterion
from lims.workflows.intervals import Interval
from lims.workflows.judging import days_in
from lims.workflows.lines import Line
from lims.workflows.pace import Range, Ranges
from lims.workflows.specification_tables import (
    HEAD,
    LIMIT,
    POLICY,
    RANGE,
    TEST,
    Duplicate,
    Problems,
    UnknownKey,
)
from lims.workflows.specification_text import (
    FORECAST_RANGES,
    LIMIT_UNITS,
    Limit,
    Policies,
    SpecificationText,
)
from lims.workflows.specification_values import refused, whole

TABLES = ("specification", "test", "limits", "policy", "forecast")
PERCENT = "0 to 100"
MOST_BATCHES = 1000


class BadSpecification(LimsError):
    sentence = N_("The specification cannot be taken. %(problems)s")


class NotToml(LimsError):
    sentence = N_("It is not readable as TOML: %(reason)s.")


class NoTests(LimsError):
    sentence = N_("There is no [[test]] in it.")


def read_specification(text: str, *, code: str | None = None) -> SpecificationText:
    """The specification written in `text`; raises BadSpecification with all that is wrong.

    `code` stands in where a file has no `[specification]` table.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadSpecification(problems=[NotToml(reason=str(error))]) from error
    problems = Problems()
    for key in document:
        with problems.of(f"[{key}]", "…"):
            if key not in TABLES:
                raise UnknownKey(allowed=", ".join(TABLES))
    raw_head = document.get("specification", {"code": code} if code else {})
    head = problems.table("[specification]", raw_head, HEAD, "code")
    tests = _tests(problems, document.get("test"))
    limits = _limits(problems, document.get("limits", {}))
    policies = problems.table("[policy]", document.get("policy", {}), POLICY)
    forecast = _forecast(problems, document["forecast"]) if "forecast" in document else None
    if problems.found or head is None or policies is None:
        raise BadSpecification(problems=problems.found)
    return SpecificationText(
        code=head["code"],
        name=head.get("name") or head["code"],
        product=head.get("product", ""),
        tests=tests,
        limits=limits,
        policies=Policies(**policies),
        forecast=forecast,
    )


def _tests(problems: Problems, raw_tests: object) -> tuple[Line, ...]:
    if not isinstance(raw_tests, list) or not raw_tests:
        problems.found.append(NoTests())
        return ()
    lines: list[Line] = []
    taken: set[str] = set()
    for number, raw in enumerate(raw_tests, start=1):
        name = str(raw.get("code", f"[[test]] {number}") if isinstance(raw, dict) else number)
        table = problems.table(name, raw, TEST, "code", "limit")
        if table is None:
            continue
        line = Line(**with_defaults(table))
        _check(problems, line, taken)
        lines.append(line)
    return tuple(lines)


def with_defaults(table: dict[str, Any]) -> dict[str, Any]:
    """A share lies between 0 and 100; `cd14_or_cd11b_pct` is measured as either of the two.

    A line read in words takes the days that its method is called by.
    """
    code, percent = table["code"], table["code"].endswith("_pct") or table.get("unit") == "%"
    defaults: dict[str, Any] = {"name": code}
    if not isinstance(criterion(table["limit"]), Interval):
        defaults["days_to_read"] = days_in(table.get("method", "")) or None
    elif percent:
        defaults["possible"] = PERCENT
    if "_or_" in code:
        ending = "_pct" if code.endswith("_pct") else ""
        either = code.removesuffix("_pct").split("_or_")
        defaults["members"] = tuple(f"{part}{ending}" for part in either)
    return {**defaults, **table}


def _check(problems: Problems, line: Line, taken: set[str]) -> None:
    for code in (line.code, *line.members):
        with problems.of(line.code, "code"):
            if code in taken:
                raise Duplicate(code=code)
        taken.add(code)
    with problems.of(line.code, "member_names"):
        if line.member_names and len(line.member_names) != len(line.members):
            raise refused(", ".join(line.member_names), N_("one name for each of the members"))
    problems.ordered(line.code, "from_passage", line.from_passage, line.to_passage)
    low, high = line.spike_recovery_min_pct, line.spike_recovery_max_pct
    problems.ordered(line.code, "spike_recovery_min_pct", low, high)


def _limits(problems: Problems, raw_limits: object) -> dict[str, Limit]:
    limits: dict[str, Limit] = {}
    if problems.table("[limits]", raw_limits, dict.fromkeys(LIMIT_UNITS, _as_it_is)) is None:
        return limits
    assert isinstance(raw_limits, dict)
    for name, raw in raw_limits.items():
        table = problems.table(name, raw, LIMIT, "value")
        if table is None:
            continue
        unit = LIMIT_UNITS[name]
        with problems.of(name, "unit"):
            if table.setdefault("unit", unit) != unit:
                raise refused(table["unit"], unit)
        limits[name] = Limit(**table)
    for name, low in limits.items():
        high = limits.get(name.replace("_min", "_max"))
        problems.ordered(name, "value", low.value, high.value if high else None)
    return limits


def _as_it_is(value: object) -> object:
    return value


def _forecast(problems: Problems, raw: object) -> Ranges | None:
    keys = {**dict.fromkeys(FORECAST_RANGES, _as_it_is), "batches_min": whole(2, MOST_BATCHES)}
    table = problems.table("[forecast]", raw, keys, *keys)
    if table is None:
        return None
    batches_min = table.pop("batches_min")
    ranges: dict[str, Range] = {}
    for name, value in table.items():
        values = problems.table(f"[forecast] {name}", value, RANGE, "low", "high")
        if values is not None:
            ranges[name] = Range(**values)
            problems.ordered(f"[forecast] {name}", "low", values["low"], values["high"])
    return None if len(ranges) < len(table) else Ranges(**ranges, batches_min=batches_min)
