"""Specifications: their versions, what each says, how it differs, and its approval."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from lims.models.batch import Batch, BatchStatus
from lims.models.signature import Signature
from lims.models.specification import SpecificationStatus, SpecificationVersion
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import shown
from lims.web.listing import listing
from lims.web.specification_forms import ShippedForm
from lims.web.specification_words import answered, named
from lims.workflows import signing, specification_approval, specifications
from lims.workflows.lines import Stage
from lims.workflows.specification_approval import shown_for_approval
from lims.workflows.specification_differences import differences
from lims.workflows.specification_rows import text_of
from lims.workflows.specification_tables import POLICY
from lims.workflows.specification_text import FORECAST_RANGES

bp = Blueprint("specifications", __name__, url_prefix="/specifications")
bp.add_app_template_filter(named, "limit_named")

READERS = (Permission.SEE_PRODUCTION, Permission.ORDER_COURSE)
PEOPLE = (
    joinedload(SpecificationVersion.imported_by),
    joinedload(SpecificationVersion.approval),
)
LINES = (
    selectinload(SpecificationVersion.tests),
    selectinload(SpecificationVersion.limits),
    selectinload(SpecificationVersion.policies),
    selectinload(SpecificationVersion.ranges),
)
ONE = "/<int(max=99999):number>"


@dataclass(frozen=True)
class Approval:
    signature: Signature
    valid: bool


def version_of(number: int) -> SpecificationVersion:
    return with_former(number)[0]


def with_former(number: int) -> tuple[SpecificationVersion, SpecificationVersion | None]:
    """A version and the one approved last before it, both with all their lines, in few queries."""
    return specification_approval.with_former(reading_session(), number, *PEOPLE, *LINES)


def acts(version: SpecificationVersion) -> list[tuple[str, str, str]]:
    """The next legal acts of the person signed in."""
    number, offered = version.number, []
    draft = version.status == SpecificationStatus.DRAFT
    if draft and current_user.may(Permission.APPROVE_SPECIFICATION) and approvable(version):
        address = url_for("specification_decisions.approve", number=number)
        offered.append((_("Approve"), address, ""))
    if draft and current_user.may(Permission.IMPORT_SPECIFICATION):
        address = url_for("specification_decisions.withdraw", number=number)
        offered.append((_("Withdraw"), address, ""))
    if version.status == SpecificationStatus.APPROVED and number > 1:
        text = _("Open batches under earlier versions")
        offered.append((text, url_for("specification_moves.batches", number=number), ""))
    return offered


def approvable(version: SpecificationVersion) -> bool:
    in_force = specifications.approved(reading_session())
    newer = in_force is None or in_force.number < version.number
    return newer and not text_of(version).missing()


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    query = select(SpecificationVersion).options(*PEOPLE)
    return render_template(
        "specifications/index.html",
        versions=listing(query, SpecificationVersion.id),
        in_force=specifications.approved(reading_session()),
        batches=open_batches(),
        shipped=shown(ShippedForm),
    )


def open_batches() -> dict[int, int]:
    """How many open batches are pinned to each version, by its id."""
    counted = (
        select(Batch.specification_version_id, func.count())
        .where(Batch.status == BatchStatus.OPEN)
        .group_by(Batch.specification_version_id)
    )
    return {row[0]: row[1] for row in reading_session().execute(counted)}


@bp.get(ONE)
@requires(*READERS)
def show(number: int) -> ResponseReturnValue:
    version, former = with_former(number)
    text = text_of(version)
    stages = [(stage, [line for line in text.tests if line.stage == stage]) for stage in Stage]
    return render_template(
        "specifications/show.html",
        version=version,
        text=text,
        stages=[(stage, lines) for stage, lines in stages if lines],
        former=former,
        ranges=[(name, getattr(text.forecast, name)) for name in FORECAST_RANGES if text.forecast],
        policies=[(named(name), answers(version, name)) for name in POLICY],
        approval=approval_of(version, former),
        content_sha256=specification_approval.content_sha256(version),
        acts=acts(version),
    )


def answers(version: SpecificationVersion, name: str) -> str:
    words = specifications.policy_words(version, name)
    return ", ".join(map(answered, words)) or _("none")


def approval_of(
    version: SpecificationVersion, former: SpecificationVersion | None
) -> Approval | None:
    if version.approval is None:
        return None
    signed = shown_for_approval(version, former)
    return Approval(version.approval, signing.still_valid(version.approval, signed))


@bp.get(f"{ONE}/differences/<int(max=99999):former>")
@requires(*READERS)
def differ(number: int, former: int) -> ResponseReturnValue:
    version, before = version_of(number), version_of(former)
    return render_template(
        "specifications/differences.html",
        version=version,
        former=before,
        told=[each.told(_) for each in differences(before, version)],
    )


@bp.get(f"{ONE}/file")
@requires(*READERS)
def download(number: int) -> ResponseReturnValue:
    """What the version says, in the one form whose SHA-256 is signed."""
    version = version_of(number)
    return toml(specification_approval.exported(version), version)


@bp.get(f"{ONE}/source")
@requires(*READERS)
def source(number: int) -> ResponseReturnValue:
    """The file as it was imported, its comments included."""
    version = version_of(number)
    return toml(version.source, version, "-source")


def toml(text: str, version: SpecificationVersion, ending: str = "") -> Response:
    name = f"{version.specification}-v{version.number}{ending}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype="text/plain", headers=headers)
