"""What leaves a run at QC, and how it leaves its station: tubes, supplies, the run itself."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from lims.errors import NotFound
from lims.models.aliquot import Aliquot
from lims.models.qc_run import QcRun, QcRunMember, QcRunResult
from lims.models.qc_run_used import QcRunSheet
from lims.papers import downtime_runs
from lims.papers import qc_runs as sheets
from lims.permissions import Permission
from lims.web import current
from lims.web.auth import requires
from lims.web.forms import Form, checked, on_refusal, shown, submit
from lims.web.papers import archive, own_language
from lims.web.pdf import shown_pdf
from lims.web.qc_run_forms import (
    CloseRunForm,
    GiveUpForm,
    SetAsideForm,
    SheetForm,
    TakeOffForm,
    TakeOutForm,
)
from lims.web.qc_run_shown import facts_of, run_alone, run_shown
from lims.web.qc_runs import back, show
from lims.web.records import find
from lims.web.uploads import paper_kept
from lims.workflows import qc_run_members, qc_run_out, qc_run_stays, qc_run_supplies

bp = Blueprint("qc_run_ends", __name__, url_prefix="/qc/runs")


def page(code: str, kind: type[Form], endpoint: str, **more: Any) -> str:
    return page_of(*run_shown(code), kind, endpoint, **more)


def page_of(
    run: QcRun, members: Sequence[QcRunMember], kind: type[Form], endpoint: str, **more: Any
) -> str:
    form = shown(kind)
    if isinstance(form, SetAsideForm):
        form.checker.closes(run.code, qc_run_members.worked_in(run, members))
    return render_template(
        "qc_runs/end.html",
        **facts_of(run, members),
        ending=form,
        going_on=qc_run_members.going_on(members),
        endpoint=f"qc_run_ends.{endpoint}",
        place={name: each for name, each in more.items() if name in ("tube", "supply")},
        **{"tube": "", "supply": "", "said": "", **more},
    )


@bp.post("/<code>/sheet")
@requires(Permission.MAKE_SHEET)
@on_refusal(show)
def make_sheet(code: str) -> ResponseReturnValue:
    form = SheetForm()
    with checked(form):
        made = sheets.make(archive(), code.upper(), by=current_user, language=own_language())
        current.end_reading()
    number = made.edition
    return redirect(url_for("qc_run_ends.sheet", code=code, number=number, tag=made.language), 303)


@bp.get("/<code>/sheet/<tag>-<int:number>.pdf")
@requires(Permission.SEE_PRODUCTION)
def sheet(code: str, tag: str, number: int) -> ResponseReturnValue:
    """As it was printed."""
    run = find(QcRun, code)
    mine = QcRunSheet.run_id == run.id, QcRunSheet.language == tag, QcRunSheet.edition == number
    kept = current.reading_session().scalar(select(QcRunSheet).where(*mine))
    if kept is None:
        raise NotFound(code=code[:40])
    return shown_pdf(archive().store.get(kept.pdf_sha256), f"{run.code}-{tag}-{number}")


@bp.get("/<code>/downtime-kit")
@requires(Permission.SEE_PRODUCTION)
def downtime_kit(code: str) -> ResponseReturnValue:
    """Its tubes in order with room to write, for when the program is down; made now, not kept."""
    run = run_alone(code)
    return shown_pdf(kit_of(run), f"downtime-{run.code}")


@bp.get("/downtime-kit")
@requires(Permission.SEE_PRODUCTION)
def empty_kit() -> ResponseReturnValue:
    """The same of a run that is begun while the program is down."""
    return shown_pdf(kit_of(None), "downtime-run")


def kit_of(run: QcRun | None) -> bytes:
    return downtime_runs.kit(current.reading_session(), run, archive().desk(own_language()))


@bp.get("/<code>/papers/<int:number>")
@requires(Permission.SEE_PRODUCTION)
def paper(code: str, number: int) -> ResponseReturnValue:
    """The scan of what a tube of the run was written on when it was read outside it."""
    run = find(QcRun, code)
    read = current.reading_session().get(QcRunResult, number)
    if read is None or read.member.run_id != run.id or read.sha256 is None:
        raise NotFound(code=str(number))
    return paper_kept(read.sha256)


def ended(code: str, form: Any, command: Callable[..., Any], sentence: str) -> ResponseReturnValue:
    run = submit(form, command, lambda session: form.of(session, code))
    flash(sentence)
    return redirect(url_for("qc_runs.show", code=run.code), 303)


@bp.get("/<code>/close")
@requires(Permission.ENTER_RESULT)
def close(code: str) -> ResponseReturnValue:
    return page(code, CloseRunForm, "close_run", heading=_("Close the run"), submit=_("Close it"))


@bp.post("/<code>/close")
@requires(Permission.ENTER_RESULT)
@on_refusal(close)
def close_run(code: str) -> ResponseReturnValue:
    told = _("%(code)s is closed, the station is clear.", code=code.upper())
    return ended(code, CloseRunForm(), qc_run_stays.close_run, told)


@bp.get("/<code>/aside")
@requires(Permission.ENTER_RESULT)
def aside(code: str) -> ResponseReturnValue:
    said = _("The tubes leave the station and stay in the run; it goes on where you leave it.")
    return page(
        code, SetAsideForm, "set_aside", heading=_("Set the run aside"),
        submit=_("Set it aside"), said=said,
    )  # fmt: skip


@bp.post("/<code>/aside")
@requires(Permission.ENTER_RESULT)
@on_refusal(aside)
def set_aside(code: str) -> ResponseReturnValue:
    told = _("%(code)s is set aside, the station is clear.", code=code.upper())
    return ended(code, SetAsideForm(), qc_run_stays.set_aside, told)


@bp.get("/<code>/void")
@requires(Permission.ENTER_RESULT)
def void(code: str) -> ResponseReturnValue:
    run, members = run_shown(code)
    qc_run_stays.require_may_be_given_up(run, members)
    said = _("Its tubes are free for another run, and nothing was used in it.")
    return page_of(
        run, members, GiveUpForm, "give_up", heading=_("Give the run up"), submit=_("Give it up"),
        said=said,
    )  # fmt: skip


@bp.post("/<code>/void")
@requires(Permission.ENTER_RESULT)
@on_refusal(void)
def give_up(code: str) -> ResponseReturnValue:
    told = _("%(code)s is given up.", code=code.upper())
    return ended(code, GiveUpForm(), qc_run_stays.give_up_run, told)


@bp.get("/<code>/out/<tube>")
@requires(Permission.ENTER_RESULT)
def out(code: str, tube: str) -> ResponseReturnValue:
    aliquot = find(Aliquot, tube)
    return page(
        code, TakeOutForm, "take_out", heading=_("Take the tube out"), submit=_("Take it out"),
        tube=aliquot.code,
    )  # fmt: skip


@bp.post("/<code>/out/<tube>")
@requires(Permission.ENTER_RESULT)
@on_refusal(out)
def take_out(code: str, tube: str) -> ResponseReturnValue:
    form = TakeOutForm()
    submit(form, qc_run_out.take_out_of_run, lambda session: form.of_tube(session, code, tube))
    flash(_("%(code)s is out of the run.", code=tube.upper()))
    return back(code)


@bp.get("/<code>/off/<supply>")
@requires(Permission.ENTER_RESULT)
def off(code: str, supply: str) -> ResponseReturnValue:
    said = _("It was scanned by mistake and is not used. That it was scanned stays in the run.")
    return page(
        code, TakeOffForm, "take_off", heading=_("Take it off the run"), submit=_("Take it off"),
        supply=supply.upper(), said=said,
    )  # fmt: skip


@bp.post("/<code>/off/<supply>")
@requires(Permission.ENTER_RESULT)
@on_refusal(off)
def take_off(code: str, supply: str) -> ResponseReturnValue:
    form = TakeOffForm()
    submit(
        form,
        qc_run_supplies.take_off_run,
        lambda session: form.of_supply(session, code, supply.upper()),
    )
    flash(_("%(code)s is taken off the run.", code=supply.upper()))
    return back(code)
