"""Which test a run at QC does: its line of the specification, and how it was done last."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.qc_run import QcRun
from lims.models.specification import SpecificationStatus, SpecificationTest, SpecificationVersion
from lims.workflows import specifications
from lims.workflows.qc_lines import asked_of


class NotDoneInRuns(LimsError):
    sentence = N_("No specification asks for %(test)s of a tube.")
    status = 409


def line_of(session: Session, code: str) -> SpecificationTest:
    """The newest line of an approved specification with this code, which is asked of tubes."""
    if (found := lines_of(session, [code]).get(code)) is None:
        raise NotDoneInRuns(test=code[:40])
    return found


def lines_of(session: Session, codes: Collection[str]) -> Mapping[str, SpecificationTest]:
    """The same of each of `codes` that has one, by code; one query."""
    of_approved = SpecificationVersion.status != SpecificationStatus.DRAFT
    rows = session.scalars(
        select(SpecificationTest)
        .join(SpecificationVersion)
        .where(SpecificationTest.code.in_(codes), of_approved)
        .order_by(SpecificationTest.id)
    )
    asked = (row for row in rows if asked_of(specifications.line_of(row)) is not None)
    return {row.code: row for row in asked}


def procedure_before(session: Session, line: SpecificationTest) -> str:
    """What the last run of the same test followed; empty before there was any."""
    same = (
        select(QcRun.procedure).join(SpecificationTest).where(SpecificationTest.code == line.code)
    )
    return session.scalar(same.order_by(QcRun.id.desc()).limit(1)) or ""
