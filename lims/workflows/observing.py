"""Looking at vessels: confluence, appearance, photographs; contamination seen stops the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.culture import Observation
from lims.models.step_file import StepPhoto
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import contamination, culturing, states, steps
from lims.workflows.command import command
from lims.workflows.steps import Performed

LOOKED_AT = (VesselStatus.CULTURING, VesselStatus.SEEDED, VesselStatus.CONTAMINATED)


class NothingSeen(LimsError):
    sentence = N_("Give the confluence, what it looks like, or a photograph.")


@dataclass(frozen=True)
class Picture:
    """A photograph in the file store."""

    sha256: str
    media_type: str


@command(Permission.PERFORM_STEP)
def observe_vessels(
    session: Session,
    vessels: Sequence[Vessel],
    *,
    performed: Performed,
    by: User,
    confluence_pct: Decimal | None = None,
    appearance: str | None = None,
    contamination_seen: bool = False,
    pictures: Sequence[Picture] = (),
    comment: str | None = None,
) -> Observation:
    """The same seen in each of `vessels` of one batch; pictures are of the first one scanned."""
    batch = culturing.one_batch(session, vessels)
    for vessel in vessels:
        states.require(vessel, *LOOKED_AT)
    if confluence_pct is None and not (appearance or pictures or contamination_seen):
        raise NothingSeen()
    step = Observation(comment=comment)
    steps.open_step(session, step, batch=batch, by=by)
    culturing.record(session, step, performed, by, *vessels)
    culturing.took_part(
        session,
        step,
        vessels,
        confluence_pct=confluence_pct,
        appearance=appearance,
        contamination_seen=contamination_seen,
    )
    _keep(session, step, vessels[0], pictures)
    if contamination_seen:
        for vessel in vessels:
            contamination.contaminated(session, step, vessel, told=appearance, by=by)
    return step


@command(Permission.PERFORM_STEP)
def report_contamination(
    session: Session, vessel: Vessel, *, appearance: str, performed: Performed, by: User
) -> Observation:
    """Contamination seen in a vessel: it is marked, its siblings are quarantined."""
    return observe_vessels(
        session,
        [vessel],
        performed=performed,
        by=by,
        appearance=appearance,
        contamination_seen=True,
    )


def _keep(session: Session, step: Observation, vessel: Vessel, pictures: Sequence[Picture]) -> None:
    session.add_all(
        StepPhoto(
            patient_id=step.patient_id,
            step_id=step.id,
            vessel_id=vessel.id,
            sha256=picture.sha256,
            media_type=picture.media_type,
        )
        for picture in pictures
    )
    session.flush()
