"""Beside a result: the run at QC that it was read in, with the lots and devices of the run."""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from lims.errors import N_
from lims.models.aliquot import QcTest
from lims.models.qc_run import QcRun
from lims.models.qc_run_used import QcRunLot
from lims.records.wording import Wording
from lims.workflows import qc_run_members


def beside_results(session: Session, tests: Collection[QcTest], say: Wording) -> Mapping[int, str]:
    """By the number of a result: the run it was read in, with its lots and devices."""
    found: dict[int, str] = {}
    for rows in qc_run_members.read_in(session, tests).values():
        for each in rows:
            found[each.qc_result_id] = _told(each.member.run, each.outside_reason, say)
    return found


def _told(run: QcRun, outside: str | None, say: Wording) -> str:
    if outside:
        words = N_("read outside the run %(run)s: %(reason)s")
        return say.say(words, run=run.code, reason=outside)
    used = [
        f"{each.lot.item.name} {each.lot.maker_number} {each.lot.code}"
        if isinstance(each, QcRunLot)
        else f"{each.equipment.name} {each.equipment.code}"
        for each in run.used
    ]
    return say.say(N_("run %(run)s: %(used)s"), run=run.code, used=", ".join(used) or "–")
