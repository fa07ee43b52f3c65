"""How far cells may be seeded on: passages, doublings, and who decides where these are unknown."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.signature import Meaning, Signature
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import signing, states
from lims.workflows.command import because, command
from lims.workflows.culturing import limit
from lims.workflows.growth import PassageUnknown, passage_after_seeding
from lims.workflows.signing import Proof


class TooManyPassages(LimsError):
    sentence = N_("Seeding %(code)s would make passage %(next)s; the limit is %(limit)s.")
    recorded = True
    status = 409


class TooManyDoublings(LimsError):
    sentence = N_("%(code)s has %(reached)s cumulative doublings; the limit is %(limit)s.")
    recorded = True
    status = 409


class DoublingsUnknown(LimsError):
    sentence = N_(
        "The doublings behind %(code)s are unknown. Count the cells,"
        " or let quality assurance decide whether to seed them."
    )
    recorded = True
    status = 409


class NothingUnknown(LimsError):
    sentence = N_("The passage and the doublings of %(code)s are known; nothing is to be allowed.")


def problems(session: Session, suspension: Suspension) -> list[LimsError]:
    """Why cells of `suspension` may not be seeded on; empty where they may. A hold is no reason."""
    return [*_unknown(session, suspension), *beyond(suspension)]


def require_seedable(session: Session, suspension: Suspension) -> None:
    """Raise the first of `problems`."""
    states.require(suspension, SuspensionStatus.MADE)
    for problem in problems(session, suspension):
        raise problem


def beyond(suspension: Suspension) -> list[LimsError]:
    """The limits that seeding `suspension` on would break."""
    found: list[LimsError] = []
    batch, reached = suspension.batch, suspension.cumulative_doublings
    most = limit(batch, "passage_max_for_seeding")
    following = next_passage(suspension)
    if following is not None and following > most:
        found.append(TooManyPassages(code=suspension.code, next=following, limit=most))
    if reached is not None and reached > (most := limit(batch, "cumulative_doublings_max")):
        found.append(TooManyDoublings(code=suspension.code, reached=reached, limit=most))
    return found


def next_passage(suspension: Suspension) -> int | None:
    """The passage of vessels seeded from it; unknown stays unknown."""
    return None if suspension.passage is None else passage_after_seeding(suspension.passage)


def _unknown(session: Session, suspension: Suspension) -> list[LimsError]:
    passage, doublings = suspension.passage, suspension.cumulative_doublings
    if (passage is not None and doublings is not None) or is_allowed(session, suspension):
        return []
    if passage is None:
        return [PassageUnknown()]
    return [DoublingsUnknown(code=suspension.code)]


def is_allowed(session: Session, suspension: Suspension) -> bool:
    """Whether quality signed, for the cells as they are known now, that they may be seeded."""
    signed = session.scalars(
        select(Signature).where(
            Signature.subject_table == "suspension",
            Signature.subject_id == suspension.id,
            Signature.meaning == Meaning.OVERRIDDEN,
        )
    )
    return any(signing.still_valid(each, shown_of(suspension)) for each in signed)


@command(Permission.ALLOW_UNKNOWN_PASSAGE)
def allow_seeding(
    session: Session, suspension: Suspension, *, reason: str, proof: Proof, by: User
) -> Suspension:
    """Quality lets cells of unknown passage or doublings be seeded, with a reason, by signature."""
    because(session, reason)
    states.require(suspension, SuspensionStatus.MADE)
    if not _unknown(session, suspension):
        raise NothingUnknown(code=suspension.code)
    signing.sign(
        session,
        suspension,
        meaning=Meaning.OVERRIDDEN,
        shown=shown_of(suspension),
        proof=proof,
        by=by,
        reason=reason,
    )
    return suspension


def shown_of(suspension: Suspension) -> dict[str, object]:
    """What quality is shown when it decides whether to seed."""
    return {
        "code": suspension.code,
        "origin": suspension.origin,
        "passage": suspension.passage,
        "cumulative_doublings": suspension.cumulative_doublings,
        "volume_ml": suspension.volume_ml,
    }
