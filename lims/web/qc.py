"""QC at a glance: what is to be tested, read, verified and approved; and each test by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, NotFound
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.signature import Meaning, Signature
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.qc_acts import acts
from lims.web.qc_forms import LinesForm
from lims.web.records import find
from lims.workflows import (
    codes,
    oos,
    qc_read_outside,
    qc_readings,
    qc_run_told,
    qc_tests,
    specifications,
)
from lims.workflows.qc_lines import lines_for_fill
from lims.workflows.qc_readings import rows_of_record, source_of, standing_of
from lims.workflows.signing import still_valid

bp = Blueprint("qc", __name__, url_prefix="/qc")


@dataclass(frozen=True)
class Queue:
    """Tests that wait for somebody, as a list of their own."""

    endpoint: str
    label: str
    waiting: Callable[[Session], ColumnElement[bool]]


TO_VERIFY = QcTest.status == QcTestStatus.ENTERED
TO_APPROVE = QcTest.status == QcTestStatus.VERIFIED
QUEUES = (
    Queue("qc.to_test", N_("To test"), lambda _: qc_tests.TO_TEST),
    Queue("qc.due", N_("To read today"), lambda session: QcTest.id.in_(qc_tests.due(session))),
    Queue("qc.to_verify", N_("To verify"), lambda _: TO_VERIFY),
    Queue("qc.to_approve", N_("To approve"), lambda _: TO_APPROVE),
)


def with_all(*, runs: bool = False) -> Select[QcTest]:
    """Tests with whatever a list says of them; a page also says in which `runs` they were."""
    return select(QcTest).options(
        *qc_readings.with_readings(),
        *(qc_run_told.with_runs() if runs else ()),
        joinedload(QcTest.patient),
        joinedload(QcTest.batch).joinedload(Batch.specification_version),
    )


def page_of(query: Select[Any], heading: str, **narrowed: Any) -> str:
    return render_template(
        "qc/index.html",
        found=listing(query, QcTest.id),
        heading=heading,
        queues=QUEUES,
        statuses=QcTestStatus,
        verdict_of=standing_of,
        text_of=lambda test: qc_readings.text_of(test, rows_of_record(test)),
        due_on=due_on,
        **narrowed,
    )


def due_on(test: QcTest) -> date | None:
    """When a test under way is to be read; None where nobody waits for a reading."""
    return qc_readings.due_on(test) if test.status in qc_readings.UNDER_WAY else None


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    words, status = narrowing.typed(), narrowing.chosen(QcTestStatus, "status")
    query = with_all()
    if words:
        named = narrowing.says(words, QcTest.code)
        query = query.where(
            named
            | QcTest.batch.has(narrowing.says(words, Batch.code))
            | QcTest.aliquot.has(narrowing.says(words, Aliquot.code))
        )
    if status is not None:
        query = query.where(QcTest.status == status)
    return page_of(query, _("QC tests"), narrowed=True, words=words, status=status)


@bp.get("/to-test")
@requires(Permission.SEE_PRODUCTION)
def to_test() -> ResponseReturnValue:
    return queue_page(0)


@bp.get("/due")
@requires(Permission.SEE_PRODUCTION)
def due() -> ResponseReturnValue:
    return queue_page(1)


@bp.get("/to-verify")
@requires(Permission.SEE_PRODUCTION)
def to_verify() -> ResponseReturnValue:
    return queue_page(2)


@bp.get("/to-approve")
@requires(Permission.SEE_PRODUCTION)
def to_approve() -> ResponseReturnValue:
    return queue_page(3)


def queue_page(number: int) -> str:
    queue = QUEUES[number]
    return page_of(
        with_all().where(queue.waiting(reading_session())), _(queue.label), narrowed=False
    )


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    test = test_shown(code)
    return render_template("qc/show.html", **facts_of(test), acts=acts(test))


def test_shown(code: str) -> QcTest:
    query = with_all(runs=True).where(QcTest.code == code.upper())
    found = reading_session().scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    return found


def facts_of(test: QcTest) -> dict[str, Any]:
    """What every page about one test shows: its line, its readings, who signed, what repeats it."""
    session = reading_session()
    facts, runs = qc_readings.shown_of(test), qc_run_told.told_of(test)
    repeated = session.scalars(select(QcTest.code).where(QcTest.repeats_id == test.id)).first()
    return {
        "test": test,
        "line": specifications.line_asked(test) or specifications.line_of(test.line),
        "source": source_of(test.aliquot) if test.aliquot else test.fill,
        "verdict": standing_of(test),
        "rows": rows_of_record(test),
        "earlier": [row for row in test.results if row.superseded_at is not None],
        "signatures": [
            (each, in_force(test, each) and still_valid(each, facts))
            for each in qc_readings.signatures(session, test)
        ],
        "investigations": oos.investigations(session, test, decided=False),
        "repeated_by": repeated,
        "due": due_on(test),
        "method": method_of(test),
        "runs": runs,
        "typists": qc_read_outside.typists(session, [each.member for each in runs]),
        "tube_gone": qc_run_told.tube_gone(test),
    }


def in_force(test: QcTest, signature: Signature) -> bool:
    """Whether a signature stands for the result; one that was sent back lost its verification."""
    of_record = {
        Meaning.VERIFIED: test.verification_id,
        Meaning.APPROVED: test.approval_id,
    }
    return of_record.get(signature.meaning, signature.id) == signature.id


def method_of(test: QcTest) -> str:
    rows = rows_of_record(test)
    return rows[0].method if rows else test.line.method


@bp.get("/fills/<code>")
@requires(Permission.TAKE_ALIQUOT)
def fill_tests(code: str) -> ResponseReturnValue:
    fill = find(Fill, code)
    offered = lines_for_fill(reading_session(), fill)
    form = shown(LinesForm, offered, [each.code for each in offered if each.required])
    return render_template("qc/fill.html", fill=fill, offered=offered, asking=form)


@bp.post("/fills/<code>")
@requires(Permission.TAKE_ALIQUOT)
@on_refusal(fill_tests)
def request_fill_tests(code: str) -> ResponseReturnValue:
    form = LinesForm(lines_for_fill(reading_session(), find(Fill, code)))
    submit(
        form,
        qc_tests.request_fill_tests,
        lambda session: {"fill": codes.load(session, code, Fill), "lines": form.lines.data},
    )
    flash(_("The tests of %(code)s are asked for.", code=code))
    return redirect(url_for("qc.to_test"), 303)
