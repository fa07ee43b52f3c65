"""What quality does about specifications: import a version, approve it, withdraw a draft."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.forms import on_refusal, shown, submit
from lims.web.specification_forms import ApproveForm, ImportForm, ShippedForm, WithdrawForm
from lims.web.specifications import ONE, index, version_of, with_former
from lims.workflows import signing, specification_approval
from lims.workflows.specification_approval import shown_for_approval
from lims.workflows.specification_differences import differences
from lims.workflows.specification_rows import text_of

bp = Blueprint("specification_decisions", __name__, url_prefix="/specifications")


@bp.get("/import")
@requires(Permission.IMPORT_SPECIFICATION)
def import_file() -> ResponseReturnValue:
    return render_template("specifications/import.html", form_shown=shown(ImportForm))


@bp.post("/import")
@requires(Permission.IMPORT_SPECIFICATION)
@on_refusal(import_file)
def record_import() -> ResponseReturnValue:
    return imported(ImportForm())


@bp.post("/shipped")
@requires(Permission.IMPORT_SPECIFICATION)
@on_refusal(index)
def record_shipped() -> ResponseReturnValue:
    return imported(ShippedForm())


def imported(form: ImportForm | ShippedForm) -> ResponseReturnValue:
    version = submit(form, specification_approval.import_specification)
    flash(_("%(code)s is imported as a draft. Read it, then approve it.", code=version.code))
    return redirect(url_for("specifications.show", number=version.number), 303)


@bp.get(f"{ONE}/approve")
@requires(Permission.APPROVE_SPECIFICATION)
def approve(number: int) -> ResponseReturnValue:
    version, former = with_former(number)
    signed = shown_for_approval(version, former)
    form = shown(ApproveForm)
    form.seen.data = signing.sha256_of(signed)
    return render_template(
        "specifications/approve.html",
        version=version,
        text=text_of(version),
        former=former,
        signed=signed,
        told=[each.told(_) for each in differences(former, version)] if former else [],
        approving=form,
    )


@bp.post(f"{ONE}/approve")
@requires(Permission.APPROVE_SPECIFICATION)
@on_refusal(approve)
def record_approval(number: int) -> ResponseReturnValue:
    form = ApproveForm()
    version = submit(
        form,
        specification_approval.approve_specification,
        lambda session: form.values(session, number),
    )
    flash(_("%(code)s is approved and in force.", code=version.code))
    return redirect(url_for("specifications.show", number=number), 303)


@bp.get(f"{ONE}/withdraw")
@requires(Permission.IMPORT_SPECIFICATION)
def withdraw(number: int) -> ResponseReturnValue:
    version = version_of(number)
    return render_template(
        "specifications/withdraw.html", version=version, withdrawing=shown(WithdrawForm)
    )


@bp.post(f"{ONE}/withdraw")
@requires(Permission.IMPORT_SPECIFICATION)
@on_refusal(withdraw)
def record_withdrawal(number: int) -> ResponseReturnValue:
    form = WithdrawForm()
    version = submit(
        form, specification_approval.withdraw_draft, lambda session: form.values(session, number)
    )
    flash(_("%(code)s is withdrawn.", code=version.code))
    return redirect(url_for("specifications.index"), 303)
