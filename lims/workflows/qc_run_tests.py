"""Which test a run at QC does: its line of the specification, and how it was done last."""

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
    newest = (
        select(SpecificationTest)
        .join(SpecificationVersion)
        .where(
            SpecificationTest.code == code, SpecificationVersion.status != SpecificationStatus.DRAFT
        )
        .order_by(SpecificationTest.id.desc())
    )
    for found in session.scalars(newest):
        if asked_of(specifications.line_of(found)) is not None:
            return found
    raise NotDoneInRuns(test=code[:40])


def procedure_before(session: Session, line: SpecificationTest) -> str:
    """What the last run of the same test followed; empty before there was any."""
    same = (
        select(QcRun.procedure).join(SpecificationTest).where(SpecificationTest.code == line.code)
    )
    return session.scalar(same.order_by(QcRun.id.desc()).limit(1)) or ""
