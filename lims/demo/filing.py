"""Papers made when they are due: certificates with each release, the record of a closed batch."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from lims import clock
from lims.demo.case import Case
from lims.demo.telling import row
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Fill
from lims.models.label import Record, RecordKind
from lims.models.user import User
from lims.papers import keeping
from lims.papers.keeping import Archive
from lims.workflows import recording
from lims.workflows.codes import load

OF_A_FILL = (RecordKind.CERTIFICATE_OF_ANALYSIS, RecordKind.RELEASE_CERTIFICATE)
SINCE = timedelta(days=92)
"""Before that they were made with another program: each takes time to make."""
TO_MAKE = timedelta(seconds=40)


def certify(case: Case, fill: str) -> None:
    """What certifies a fill, as quality has just decided on it."""
    for kind in OF_A_FILL:
        make(case, kind, fill)


def close(case: Case) -> None:
    """The record of the batch at hand, once it is closed."""
    if case.read(Batch, case.batch, "status") is BatchStatus.CLOSED:
        make(case, RecordKind.BATCH, case.batch)


def make(case: Case, kind: RecordKind, code: str) -> None:
    if case.laboratory.last_day - clock.today() > SINCE:
        return
    settings = case.laboratory.settings
    archive = Archive(case.database, settings, case.terminal("qa"))
    with case.database.reading() as session:
        officer = session.get_one(User, case.person("qa")[0])
        session.expunge(officer)
    case.laboratory.clock.shift(TO_MAKE)
    language = settings.default_language
    keeping.make(archive, kind, code, by=officer, language=language)


def hand_out(case: Case, fill: str) -> None:
    """A copy of each certificate goes with the dose."""
    for key in newest(case, fill):
        case.act("lead", recording.give_copy, record=row(Record, key))


def newest(case: Case, fill: str) -> Sequence[int]:
    with case.database.reading() as session:
        of_it = Record.fill_id == load(session, fill, Fill).id
        return session.scalars(select(func.max(Record.id)).where(of_it).group_by(Record.kind)).all()
