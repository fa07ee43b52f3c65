"""The tests of one aliquot, or of one fill itself, on one page: begun together; their results
signed with one password, each with its own signature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session, joinedload
from wtforms import HiddenField

from lims.models.aliquot import Aliquot, QcTest
from lims.models.fill import Fill
from lims.models.qc_run import QcRunMember
from lims.models.user import User
from lims.permissions import Permission
from lims.web import doors
from lims.web.auth import requires
from lims.web.choices import PicksField
from lims.web.current import reading_session
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.navigation import address_of
from lims.web.people import OwnPassword
from lims.web.qc import with_all
from lims.web.qc_decisions import APPROVE, VERIFY, Act
from lims.web.records import find
from lims.web.scans import CodeField
from lims.web.times import NowField
from lims.workflows import (
    codes,
    qc_at_once,
    qc_read_outside,
    qc_readings,
    qc_run_told,
    signing,
    specifications,
)

bp = Blueprint("qc_at_once", __name__, url_prefix="/qc/of")

Subject = Aliquot | Fill
"""What the tests of a page are of."""


class AtOnceForm(Form):
    """`seen` says which results the page showed, and what of each."""

    seen = HiddenField()
    signature = OwnPassword(_l("Your signature"))

    def arguments(self, session: Session) -> dict[str, Any]:
        pairs = [each.split("=", 1) for each in (self.seen.data or "").split() if "=" in each]
        tests = codes.load_all(session, [code for code, _ in pairs], QcTest)
        return {
            "seen": dict(zip(tests, (what for _, what in pairs), strict=True)),
            "proof": self.signature.proof,
        }


@dataclass(frozen=True)
class AtOnce:
    """One decision on several results: what it is on each, and which of them may have it."""

    act: Act
    command: Callable[..., Any]
    offered: Callable[[Session, Sequence[QcTest], User], list[QcTest]]


VERIFY_ALL = AtOnce(VERIFY, qc_at_once.verify_results, qc_at_once.to_verify)
APPROVE_ALL = AtOnce(APPROVE, qc_at_once.approve_results, qc_at_once.to_approve)


def subject_of(code: str) -> Subject:
    kind: type[Subject] = Fill if code.upper().startswith("FL") else Aliquot
    return find(kind, code, joinedload(kind.patient), joinedload(kind.batch))


def tests_of(subject: Subject) -> list[QcTest]:
    of = QcTest.fill_id if isinstance(subject, Fill) else QcTest.aliquot_id
    query = with_all(runs=isinstance(subject, Aliquot)).where(of == subject.id)
    query = query.order_by(QcTest.id)
    return list(reading_session().scalars(query).unique())


class BeginForm(Form):
    gated = True

    aliquot = CodeField(_l("Aliquot in your hand"), "QC")
    tests = PicksField(_l("Tests that begin"))
    started_at = NowField(_l("Started at"))

    def __init__(self, aliquot: Aliquot, offered: Sequence[QcTest], **values: Any) -> None:
        super().__init__(**{"tests": [each.code for each in offered], **values})
        self.aliquot.expects = [aliquot.code]
        self.tests.choices = [(each.code, _l(each.line.name)) for each in offered]

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "aliquot": codes.load(session, code.upper(), Aliquot),
            "scanned": codes.load(session, self.aliquot.data or "", Aliquot),
            "tests": codes.load_all(session, self.tests.data or [], QcTest),
            "started_at": self.started_at.data,
        }


def doors_of(code: str, tests: Sequence[QcTest]) -> list[doors.Act]:
    """What the person signed in may do with several of these `tests` at once."""
    found: list[doors.Act] = []
    asking = reading_session(), tests, current_user
    for text, endpoint, those in (
        (_("Begin the tests"), "qc_at_once.begin", qc_at_once.to_begin(tests)),
        (_("Enter the results"), "qc_together.enter", qc_at_once.to_enter(tests)),
        (_("Verify the results"), "qc_at_once.verify", qc_at_once.to_verify(*asking)),
        (_("Approve the results"), "qc_at_once.approve", qc_at_once.to_approve(*asking)),
    ):
        if those:
            note = ngettext("%(num)s test waits", "%(num)s tests wait", len(those))
            found += doors.door(text, endpoint, note, code=code)
    return found


@bp.get("/<code>/begin")
@requires(Permission.ENTER_RESULT)
def begin(code: str) -> ResponseReturnValue:
    aliquot = find(Aliquot, code, joinedload(Aliquot.patient), joinedload(Aliquot.batch))
    tests = tests_of(aliquot)
    offered = qc_at_once.to_begin(tests)
    return render_template(
        "qc/begin.html",
        aliquot=aliquot,
        offered=offered,
        others=[test for test in tests if test not in offered],
        beginning=shown(BeginForm, aliquot, offered),
    )


@bp.post("/<code>/begin")
@requires(Permission.ENTER_RESULT)
@on_refusal(begin)
def start_tests(code: str) -> ResponseReturnValue:
    aliquot = find(Aliquot, code)
    form = BeginForm(aliquot, qc_at_once.to_begin(tests_of(aliquot)))
    begun = submit(form, qc_at_once.start_tests, lambda session: form.of(session, code))
    flash(ngettext("%(num)s test is running.", "%(num)s tests are running.", len(begun)))
    return redirect(url_for("aliquots.show", code=code), 303)


def members_of(tests: Sequence[QcTest]) -> list[QcRunMember]:
    """As what these tests were in runs."""
    return [each for test in tests if test.aliquot_id is not None for each in test.in_runs]


def page(what: AtOnce, code: str) -> str:
    subject = subject_of(code)
    tests = what.offered(reading_session(), tests_of(subject), current_user)
    form = shown(AtOnceForm)
    form.seen.data = " ".join(
        f"{test.code}={signing.sha256_of(qc_readings.shown_of(test))}" for test in tests
    )
    return render_template(
        "qc/at_once.html",
        subject=subject,
        tests=tests,
        act=what.act,
        address=url_for(f"qc_at_once.{what.command.__name__}", code=subject.code),
        line_of=lambda test: specifications.line_asked(test) or specifications.line_of(test.line),
        source_of=qc_readings.source_of,
        verdict_of=qc_readings.standing_of,
        rows_of=qc_readings.rows_of_record,
        runs_of=qc_run_told.told_of,
        typists=qc_read_outside.typists(reading_session(), members_of(tests)),
        signing=form,
    )


def carry_out(what: AtOnce, code: str) -> ResponseReturnValue:
    signed = submit(AtOnceForm(), what.command)
    flash(ngettext("%(num)s result is signed.", "%(num)s results are signed.", len(signed)))
    return redirect(address_of(code.upper()), 303)


@bp.get("/<code>/verify")
@requires(Permission.VERIFY_RESULT)
def verify(code: str) -> ResponseReturnValue:
    return page(VERIFY_ALL, code)


@bp.post("/<code>/verify")
@requires(Permission.VERIFY_RESULT)
@on_refusal(verify)
def verify_results(code: str) -> ResponseReturnValue:
    return carry_out(VERIFY_ALL, code)


@bp.get("/<code>/approve")
@requires(Permission.APPROVE_RESULT)
def approve(code: str) -> ResponseReturnValue:
    return page(APPROVE_ALL, code)


@bp.post("/<code>/approve")
@requires(Permission.APPROVE_RESULT)
@on_refusal(approve)
def approve_results(code: str) -> ResponseReturnValue:
    return carry_out(APPROVE_ALL, code)
