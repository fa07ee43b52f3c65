"""A sheet of a run at QC that was filled in by hand, entered as a whole: a row a tube, each its own
record, so that one row that is refused loses nothing of the others."""

from collections.abc import Collection, Sequence
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from lims.models.qc_run import QcRun, QcRunMember
from lims.permissions import Permission
from lims.web import current, filters
from lims.web.auth import requires
from lims.web.bench_forms import FromPaper
from lims.web.fields import LongTextField
from lims.web.forms import on_refusal
from lims.web.people import PersonProof
from lims.web.qc_forms import MEMBER, ResultRow, result_row
from lims.web.qc_run_shown import facts_of, run_shown
from lims.web.qc_runs import back
from lims.web.qc_together import ResultField, RowsForm, form_of, record, tell
from lims.web.times import MomentField
from lims.workflows import qc_results, qc_run_members, specifications
from lims.workflows.qc_read_outside import Outside

bp = Blueprint("qc_run_paper", __name__, url_prefix="/qc/runs")


class SheetForm(FromPaper, RowsForm):
    """What is the same for every tube of the sheet; `form_of` adds a row for each."""

    read_at = MomentField(
        _l("Read at"), hint=_l("Of every tube that has no other time written beside it.")
    )
    late_reason = LongTextField(_l("Why it was read outside its run"))
    performer = PersonProof(
        _l("Read by"),
        required=False,
        may_confirm_later=True,
        hint=_l(
            "Empty: by you. Without their password, the paper they wrote it on is needed. Results"
            " that somebody else read are left empty and entered after these."
        ),
    )

    def outside(self) -> Outside:
        """With a proof of its own for each record, which spends it."""
        self.performer.prove()
        return Outside(self.late_reason.data or "", self.on_paper)


def rows_for(members: Sequence[QcRunMember]) -> dict[str, ResultField]:
    return {each.qc_test.code: ResultField(row_of(each), each.aliquot.code) for each in members}


def row_of(member: QcRunMember) -> type[ResultRow]:
    """The row of a test, and when this tube was read where the sheet says another time."""
    usual = result_row(qc_results.line_of(member.qc_test))
    read_at = MomentField(_l("Read at another time"), required=False)
    return type("SheetRow", (usual,), {"own_read_at": read_at})


def waiting(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """The tubes that are not read for good, in their order."""
    unread = qc_run_members.unread(members)
    return [each for each in unread if specifications.line_asked(each.qc_test) is not None]


@bp.get("/<code>/paper")
@requires(Permission.ENTER_RESULT)
def enter(code: str) -> ResponseReturnValue:
    run, members = run_shown(code)
    unread = waiting(members)
    if run.status not in qc_run_members.UNDER_WAY or not unread:
        return back(run.code)
    begun = {
        each.qc_test.code: {"method": filters.shipped(each.qc_test.line.method)} for each in unread
    }
    form = g.get("refused_form") or form_of(SheetForm, rows_for(unread), begun)
    return page(run, members, unread, form)


def page(
    run: QcRun, members: Sequence[QcRunMember], unread: Sequence[QcRunMember], form: Any
) -> str:
    rows = form.rows
    return render_template(
        "qc_runs/paper.html",
        **facts_of(run, members),
        asked=[(each, rows[each.qc_test.code]) for each in unread if each.qc_test.code in rows],
        line_of=qc_results.line_of,
        entering=form,
        member=MEMBER,
    )


@bp.post("/<code>/paper")
@requires(Permission.ENTER_RESULT)
@on_refusal(enter)
def record_sheet(code: str) -> ResponseReturnValue:
    _run, members = run_shown(code)
    form = form_of(SheetForm, rows_for(waiting(members)), None)
    typed = form.typed()
    entered = []
    for each, row in typed.items():
        read_at = row["own_read_at"].data or form.read_at.data
        if not row.errors and record(form, each, row, row.entry(read_at), form.outside):
            entered.append(each)
    tell(entered)
    if len(entered) == len(typed):
        current.forget_draft(url_for("qc_run_paper.record_sheet", code=code), form.called)
        return redirect(url_for("qc_runs.show", code=code), 303)
    form.goes_on(some=bool(entered))
    run, members = run_shown(code)
    left = [each for each in waiting(members) if each.qc_test.code not in entered]
    return make_response(page(run, members, left, form), 422)
