"""Quality's decisions about a lot, each signed: released, rejected, recalled."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, Stale, WrongState
from lims.models.batch import Batch
from lims.models.lot import Lot, LotStatus
from lims.models.qc_run_used import QcRunLot
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, lot_reach, qc_run_reach, states
from lims.workflows.command import because, command
from lims.workflows.lots import UNDECIDED
from lims.workflows.signing import Proof, sha256_of, sign
from lims.workflows.stock import LotExpired, LotNotReleased


class CertificateNotSeen(LimsError):
    sentence = N_("Nobody has seen the maker's certificate of %(code)s. Look at it and tick that.")


class NothingChosen(LimsError):
    sentence = N_("Choose at least one lot.")


class PreparedByYou(LimsError):
    sentence = N_("You prepared %(code)s yourself; somebody else releases it.")
    recorded = True


MEANING = {
    LotStatus.RELEASED: Meaning.RELEASED,
    LotStatus.REJECTED: Meaning.REJECTED,
    LotStatus.RECALLED: Meaning.RECALLED,
}
OUT_OF_REACH = frozenset({LotStatus.REJECTED, LotStatus.RECALLED})
USED = {LotStatus.REJECTED: "rejected_lot", LotStatus.RECALLED: "recalled_lot"}
"""By which rule a deviation tells how far such a lot went."""


def shown_for_decision(lot: Lot) -> dict[str, Any]:
    """What a person who signs a decision about `lot` is shown of it."""
    return {
        "code": lot.code,
        "item": lot.item.name,
        "antibiotics": lot.item.antibiotics,
        "maker_number": lot.maker_number,
        "received_on": lot.received_on,
        "expires_on": lot.expires_on,
        "quantity": lot.quantity,
        "storage": lot.storage,
        "certificate_seen": lot.certificate_seen,
        "ingredients": [
            {"code": each.ingredient.code, "quantity": each.quantity} for each in lot.ingredients
        ],
    }


def shown_when_released(lot: Lot) -> dict[str, Any]:
    """What its release signs: the lot as it is then, the maker's certificate looked at."""
    seen = lot.certificate_seen or lot.prepared_by_id is None
    return shown_for_decision(lot) | {"certificate_seen": seen}


def may_release(lot: Lot, person: User, day: date) -> bool:
    """Whether nothing stands against it but a certificate to look at."""
    own = lot.prepared_by_id == person.id
    free = states.may_become(lot, LotStatus.RELEASED) and not own
    return free and problem_with_release(lot, day) is None


def problem_with_release(lot: Lot, day: date) -> LimsError | None:
    """What stands against releasing `lot` on `day`, besides a certificate not seen."""
    if day > lot.expires_on:
        return LotExpired(code=lot.code, item=lot.item.name, day=lot.expires_on)
    for each in lot.ingredients:
        if each.ingredient.status in OUT_OF_REACH:
            return LotNotReleased(
                code=each.ingredient.code,
                item=each.ingredient.item.name,
                status=each.ingredient.status,
            )
    return None


@command(Permission.RELEASE_LOT)
def release_lot(
    session: Session, lot: Lot, *, version: int, certificate_seen: bool, proof: Proof, by: User
) -> Lot:
    """Let a quarantined lot be used; the maker's certificate was seen, or we prepared it."""
    if lot.version != version:
        raise Stale(code=lot.code)
    _require_may_become(lot, LotStatus.RELEASED)
    if lot.prepared_by_id == by.id:
        raise PreparedByYou(code=lot.code)
    if (problem := problem_with_release(lot, clock.today())) is not None:
        raise problem
    if lot.prepared_by_id is None and not lot.certificate_seen:
        if not certificate_seen:
            raise CertificateNotSeen(code=lot.code)
        lot.certificate_seen = True
    _decide(session, lot, LotStatus.RELEASED, proof=proof, by=by, reason=None)
    return lot


@command(Permission.RELEASE_LOT)
def release_lots(session: Session, seen: Mapping[Lot, str], *, proof: Proof, by: User) -> list[Lot]:
    """Release each lot with what its signer saw of it, certificate included; all, or none."""
    if not seen:
        raise NothingChosen()
    for lot, what in seen.items():
        if what != sha256_of(shown_when_released(lot)):
            raise Stale(code=lot.code)
        release_lot(session, lot, version=lot.version, certificate_seen=True, proof=proof, by=by)
    return list(seen)


@command(Permission.RELEASE_LOT)
def reject_lot(session: Session, lot: Lot, *, reason: str, proof: Proof, by: User) -> Lot:
    """Say that a lot is never to be used; one that was let be used before went somewhere."""
    _take_back(session, lot, LotStatus.REJECTED, proof=proof, by=by, reason=reason)
    return lot


@command(Permission.RELEASE_LOT)
def recall_lot(session: Session, lot: Lot, *, reason: str, proof: Proof, by: User) -> Lot:
    """Take back a lot that may be used."""
    _take_back(session, lot, LotStatus.RECALLED, proof=proof, by=by, reason=reason)
    return lot


def _take_back(
    session: Session, lot: Lot, to: LotStatus, *, proof: Proof, by: User, reason: str
) -> None:
    """With every lot prepared from it; every batch they went into is reported."""
    _decide(session, lot, to, proof=proof, by=by, reason=reason)
    children = lot_reach.descendants(session, lot)
    for child in children:
        if child.status not in OUT_OF_REACH:
            becomes = LotStatus.REJECTED if child.status in UNDECIDED else LotStatus.RECALLED
            _decide(session, child, becomes, proof=proof, by=by, reason=reason)
    _report_uses(session, USED[to], [lot, *children], reason, by)


def _require_may_become(lot: Lot, to: LotStatus) -> None:
    if not states.may_become(lot, to):
        raise WrongState(code=lot.code, status=lot.status, wanted=to)


def _decide(
    session: Session, lot: Lot, to: LotStatus, *, proof: Proof, by: User, reason: str | None
) -> None:
    """Sign, then move: the decision is in the database before the status that needs it."""
    _require_may_become(lot, to)
    because(session, reason)
    shown = shown_for_decision(lot)
    sign(session, lot, meaning=MEANING[to], shown=shown, proof=proof, by=by, reason=reason)
    states.move(session, lot, to)


def _report_uses(session: Session, rule: str, back: list[Lot], reason: str, by: User) -> None:
    """One deviation about all the batches (and the samples of no batch) the lots went into."""
    steps = [use.step for use in lot_reach.uses(session, back)]
    tested = qc_run_reach.batches_tested([lot.id for lot in back], [])
    batches = {step.batch_id for step in steps if step.batch_id is not None}
    batches |= set(session.scalars(tested))
    if not steps and not batches:
        return
    subjects = [session.get_one(Batch, key) for key in sorted(batches)]
    others = [step for step in steps if step.batch_id is None]
    told = deviations.open_by_rule(
        session, rule, *back, *subjects, *others, description=reason, by=by
    )
    in_runs = select(QcRunLot).where(QcRunLot.lot_id.in_([lot.id for lot in back]))
    for used in session.scalars(in_runs.where(QcRunLot.deviation_id.is_(None))):
        used.deviation = told
    session.flush()
