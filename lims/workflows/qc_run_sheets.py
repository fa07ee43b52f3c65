"""The sheet of a run at QC: kept by its content, each edition once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.qc_run import QcRun
from lims.models.qc_run_used import QcRunSheet
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.command import command


@dataclass(frozen=True)
class SheetMade:
    """What is known of a sheet once its values are gathered and its file is stored."""

    language: str
    edition: int
    values_sha256: str
    pdf_sha256: str
    audit_seq: int
    audit_hash: str


def newest_sheet(session: Session, run: QcRun, language: str) -> QcRunSheet | None:
    mine = QcRunSheet.run_id == run.id, QcRunSheet.language == language
    return session.scalars(
        select(QcRunSheet).where(*mine).order_by(QcRunSheet.edition.desc()).limit(1)
    ).one_or_none()


@command(Permission.MAKE_SHEET)
def keep_sheet(session: Session, run: QcRun, *, made: SheetMade, by: User) -> QcRunSheet:
    """Keep a sheet as its edition; where another was quicker, theirs is the answer."""
    last = newest_sheet(session, run, made.language)
    if last is not None and last.edition >= made.edition:
        return last
    sheet = QcRunSheet(**vars(made), run_id=run.id, made_by_id=by.id)
    session.add(sheet)
    session.flush()
    return sheet
