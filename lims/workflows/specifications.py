"""What the specification in force says: its limits, its policies, its test lines.

Every limit that a workflow compares with is asked for here, by name, of the version that the
batch is pinned to; before there is a batch, of the approved version.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from lims import resources
from lims.errors import N_, LimsError
from lims.models.aliquot import QcTest
from lims.models.batch import Batch
from lims.models.specification import (
    SpecificationPolicy,
    SpecificationTest,
    SpecificationVersion,
)
from lims.workflows import specification_reading
from lims.workflows.lines import Line, Stage
from lims.workflows.looking import once
from lims.workflows.pace import Ranges
from lims.workflows.specification_file import read_specification
from lims.workflows.specification_rows import forecast_of, line_of
from lims.workflows.specification_tables import POLICY
from lims.workflows.specification_text import NoSuchLimit, NoSuchTest, SpecificationText

__all__ = [
    "NoSpecification",
    "NoSuchLimit",
    "NoSuchTest",
    "allows",
    "current",
    "forecast_ranges",
    "limit",
    "line",
    "line_asked",
    "line_of",
    "lines",
    "of",
    "policy",
    "whole_limit",
]

YES = "true"
"""How a policy that is answered by yes or no says yes."""


class NoSpecification(LimsError):
    sentence = N_(
        "No specification is approved yet. Quality imports one under Specifications and approves"
        " it with a signature; then this can be done."
    )
    status = 409


class NotWhole(LimsError):
    sentence = N_("Specification %(code)s: “%(name)s” is %(value)s; it must be a whole number.")


class NotJudged(LimsError):
    """What is told in place of a finding: what no limit is known of is not taken for good."""

    sentence = N_(
        "%(code)s cannot be judged: the specification %(specification)s has no limit “%(name)s”."
        " Quality approves a version that has it, and moves a batch under way to it."
    )


class NoSuchPolicy(LimsError):
    sentence = N_("Specification %(code)s has no single answer to the policy “%(name)s”.")


def current(session: Session) -> SpecificationVersion:
    """The approved version; raises NoSpecification before there is one."""
    version = approved(session)
    if version is None:
        raise NoSpecification()
    return version


def approved(session: Session) -> SpecificationVersion | None:
    """The version in force."""
    return once(session, "approved", lambda: specification_reading.read(session))


def read(session: Session, versions: Iterable[SpecificationVersion]) -> None:
    """Read what each of `versions` says, and with them the one in force: one look-up for all."""
    unread = {each for each in versions if "limits" not in inspect(each).dict}
    if unread:
        in_force = specification_reading.read(session, unread)
        once(session, "approved", lambda: in_force)


def of(batch: Batch) -> SpecificationVersion:
    """The version that `batch` is pinned to, approved or meanwhile retired."""
    return batch.specification_version


def limit(version: SpecificationVersion, name: str) -> Decimal:
    """The number that `version` sets for `name`, unrounded; raises NoSuchLimit."""
    found = known_limit(version, name)
    if found is None:
        raise NoSuchLimit(code=version.code, name=name)
    return found


def known_limit(version: SpecificationVersion, name: str) -> Decimal | None:
    """The same; None where `version` was approved before the limit was asked for."""
    found = (each.value for each in version.limits if each.name == name)
    return next(map(plain, found), None)


def limit_or_shipped(version: SpecificationVersion, name: str) -> Decimal:
    """The same, for what is asked for in any case: an older `version` asks as the first one
    that is shipped today does."""
    found = known_limit(version, name)
    return shipped().limit(name) if found is None else found


@cache
def shipped() -> SpecificationText:
    """The specification as it comes with the program."""
    return read_specification(resources.SPECIFICATION.read_text(encoding="utf-8"))


def not_judged(version: SpecificationVersion, name: str, code: str) -> NotJudged:
    """That `version` has no limit to judge what is named `code` by."""
    return NotJudged(code=code, specification=version.code, name=name)


def plain(value: Decimal) -> Decimal:
    """The same number without the zeros that the column keeps: 1000, not 1000.000000."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


def whole_limit(version: SpecificationVersion, name: str) -> int:
    """A limit that counts something: cells, days, a passage."""
    value = limit(version, name)
    if value != value.to_integral_value():
        raise NotWhole(code=version.code, name=name, value=value)
    return int(value)


def policy(version: SpecificationVersion, name: str) -> str:
    """The one word of the policy `name`; `true` or `false` where it is a yes or no."""
    words = _words(version, name)
    if len(words) != 1:
        raise NoSuchPolicy(code=version.code, name=name)
    return words[0].word


def policy_words(version: SpecificationVersion, name: str) -> tuple[str, ...]:
    """The words of a policy that is a list, in their order; empty when it lists none."""
    return tuple(each.word for each in _words(version, name))


def allows(version: SpecificationVersion, policy: str, word: str = YES) -> bool:
    """Whether `policy` lists `word`, or says yes."""
    return any(each.word == word for each in _words(version, policy))


def _words(version: SpecificationVersion, name: str) -> list[SpecificationPolicy]:
    if name not in POLICY:
        raise NoSuchPolicy(code=version.code, name=name)
    return [each for each in version.policies if each.name == name]


def lines(version: SpecificationVersion, stage: Stage | None = None) -> list[SpecificationTest]:
    """The test lines of `version` in their order, of one stage or of all."""
    return [each for each in version.tests if stage is None or each.stage == stage]


def asks_for(version: SpecificationVersion, code: str) -> SpecificationTest | None:
    """The row of the test `code`, None where `version` does not ask for it."""
    return next((each for each in version.tests if each.code == code), None)


def line(version: SpecificationVersion, code: str) -> Line:
    """The line `code`, to judge by; raises NoSuchTest."""
    found = asks_for(version, code)
    if found is None:
        raise NoSuchTest(code=version.code, test=code)
    return line_of(found)


def line_asked(test: QcTest) -> Line | None:
    """The line that `test` is judged by: of its code, in the version its batch is pinned to now.

    A batch moved to a newer version keeps its tests, and their results are judged anew; None
    where the newer version asks for the test no more.
    """
    version = of(test.batch)
    if test.line.specification_version_id == version.id:
        return line_of(test.line)
    found = asks_for(version, test.line.code)
    return line_of(found) if found else None


def forecast_ranges(version: SpecificationVersion) -> Ranges | None:
    """The ranges a forecast begins with, None where `version` gives none."""
    return forecast_of(version)
