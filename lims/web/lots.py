"""Lots: what there is, what is left, where it went; and quality's decisions, signed."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.errors import N_
from lims.labels import LotLabel
from lims.models.lot import Item, Lot, LotStatus, StockCorrection
from lims.models.qc_run_used import QcRunLot
from lims.models.signature import Signature
from lims.models.step import StepLot
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.histories import qc_runs_with, uses
from lims.web.house_labels import label_pdf
from lims.web.listing import listing
from lims.web.records import find
from lims.workflows import lot_decisions, lot_reach, lots, states, stock
from lims.workflows.lot_decisions import shown_for_decision
from lims.workflows.signing import still_valid

bp = Blueprint("lots", __name__, url_prefix="/lots")

DECISIONS = (
    (LotStatus.RELEASED, N_("Release the lot"), "lot_decisions.release"),
    (LotStatus.RECALLED, N_("Recall"), "lot_decisions.recall"),
    (LotStatus.REJECTED, N_("Reject"), "lot_decisions.reject"),
)


@dataclass(frozen=True)
class Made:
    """A signature on a lot, and whether what was signed still stands."""

    signature: Signature
    valid: bool


def acts(lot: Lot) -> list[tuple[str, str, str]]:
    """The next legal acts of the person signed in."""
    offered = []
    if current_user.may(Permission.RELEASE_LOT):
        offered = [
            (text, endpoint)
            for to, text, endpoint in DECISIONS
            if states.may_become(lot, to) and (to != LotStatus.RELEASED or releasable(lot))
        ]
    if current_user.may(Permission.RECEIVE_LOT):
        if lot.status in stock.GOOD:
            offered.append((N_("Correct the stock"), "lot_decisions.count"))
        if lot.status in lots.UNDECIDED:
            offered.append((N_("Correct the entry"), "lot_decisions.correct"))
    return [(_(text), url_for(endpoint, code=lot.code), "") for text, endpoint in offered]


def releasable(lot: Lot) -> bool:
    """Whether the person signed in would not be refused the release of `lot`."""
    return lot_decisions.may_release(lot, current_user, clock.today())


@bp.get("/")
@requires(Permission.SEE_STOCK)
def index() -> ResponseReturnValue:
    words, status = narrowing.typed(), narrowing.chosen(LotStatus, "status")
    query = select(Lot)
    if words:
        named = narrowing.says(words, Lot.code, Lot.maker_number)
        query = query.where(named | Lot.item.has(narrowing.says(words, Item.name)))
    if status is not None:
        query = query.where(Lot.status == status)
    return page_of(query, words=words, status=status)


WAITING = select(Lot).where(Lot.status == LotStatus.QUARANTINED)


@bp.get("/waiting")
@requires(Permission.RELEASE_LOT)
def waiting() -> ResponseReturnValue:
    """What waits in quarantine for quality."""
    return page_of(WAITING, words="", status=LotStatus.QUARANTINED, several=True)


def page_of(
    query: Select[Lot], *, words: str, status: LotStatus | None, several: bool = False
) -> str:
    found = listing(query, Lot.id)
    left = stock.remaining_of(reading_session(), found.rows)
    return render_template(
        "lots/index.html",
        found=found,
        left=left,
        words=words,
        status=status,
        statuses=LotStatus,
        several=several and len(found.rows) > 1,
    )


@bp.get("/<code>")
@requires(Permission.SEE_STOCK)
def show(code: str) -> ResponseReturnValue:
    lot, session = find(Lot, code), reading_session()
    problem = lot_decisions.problem_with_release(lot, clock.today())
    with_step = select(StepLot).options(joinedload(StepLot.step), joinedload(StepLot.override_by))
    return render_template(
        "lots/show.html",
        lot=lot,
        left=stock.remaining_of(session, [lot])[lot.id],
        acts=acts(lot),
        signatures=signatures_of(lot),
        made=lot_reach.descendants(session, lot),
        uses=uses(with_step.where(StepLot.lot_id == lot.id), StepLot.id),
        qc_runs=qc_runs_with(QcRunLot, QcRunLot.lot_id == lot.id),
        corrections=corrections_of(lot),
        problem=sentence_of(problem) if problem is not None else "",
    )


def signatures_of(lot: Lot) -> list[Made]:
    facts = shown_for_decision(lot)
    found = reading_session().scalars(
        select(Signature)
        .where(Signature.subject_table == "lot", Signature.subject_id == lot.id)
        .order_by(Signature.id)
    )
    return [Made(each, still_valid(each, facts)) for each in found]


def corrections_of(lot: Lot) -> list[StockCorrection]:
    return list(
        reading_session().scalars(
            select(StockCorrection)
            .where(StockCorrection.lot_id == lot.id)
            .order_by(StockCorrection.id)
        )
    )


@bp.get("/<code>/label.pdf")
@requires(Permission.PRINT_SUPPLY_LABEL)
def label(code: str) -> Response:
    lot = find(Lot, code)
    return label_pdf(
        LotLabel(
            code=lot.code,
            article=lot.item.name,
            lot_number=lot.maker_number,
            expires_on=lot.expires_on,
            storage=lot.storage or "",
        )
    )
