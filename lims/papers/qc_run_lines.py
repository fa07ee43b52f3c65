"""Beside a result: the run at QC that it was read or begun in, with the lots and devices of it."""

from collections.abc import Sequence

from lims.errors import N_
from lims.models.aliquot import QcTest
from lims.models.lot import Lot
from lims.papers.results import Runs
from lims.records.wording import Wording
from lims.workflows import qc_run_told
from lims.workflows.qc_run_told import Told, Used


def beside_results(tests: Sequence[QcTest], say: Wording) -> Runs:
    """Of each result the run it was read in; of each test those in which it only stood."""
    runs = Runs()
    for test in tests:
        for told in qc_run_told.told_of(test):
            for each in told.member.results:
                runs.of_results[each.qc_result_id] = _read(told, each.outside_reason, say)
            if told.used and not told.member.results:
                runs.of_tests.setdefault(test.id, []).append(_with(told, say))
    return runs


def _read(told: Told, outside: str | None, say: Wording) -> str:
    if outside:
        words = N_("read outside the run %(run)s: %(reason)s")
        return say.say(words, run=told.run.code, reason=outside)
    return _with(told, say)


def _with(told: Told, say: Wording) -> str:
    used = ", ".join(_used(each, say) for each in told.used) or "–"
    return say.say(N_("run %(run)s: %(used)s"), run=told.run.code, used=used)


def _used(used: Used, say: Wording) -> str:
    supply = used.supply
    named = f"{supply.item.name} {supply.maker_number}" if isinstance(supply, Lot) else supply.name
    named = f"{named} {supply.code}"
    if used.row.override_by is None:
        return named
    words = N_("%(supply)s (not in order: %(reason)s, %(name)s)")
    return say.say(
        words,
        supply=named,
        reason=used.row.override_reason,
        name=used.row.override_by.full_name,
    )
