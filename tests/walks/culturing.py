"""Vessels and tubes: moved, looked at, contaminated, not growing, processed, held, discarded."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from lims.models.batch import Batch
from lims.models.batch_note import BatchNote
from lims.models.culture import DiscardReason
from lims.models.deviation import Hold, HoldKind
from lims.models.fill import FillKind
from lims.models.suspension import CountMethod, Purpose, Suspension, SuspensionOrigin
from lims.models.vessel import Vessel
from lims.workflows import (
    batch_notes,
    batch_state,
    discarding,
    feeding,
    filling,
    harvesting,
    holds,
    labelling,
    observing,
    processing,
    recounting,
    seeding,
    seeding_limits,
    splitting,
    vehicle_corrections,
)
from lims.workflows.filling import Portion
from lims.workflows.suspensions import Count
from tests.laboratory import supplies
from tests.laboratory.cells import counted
from tests.walks.isolating import sown, tissue_is_isolated_at_the_second_try
from tests.walks.walker import Walk, at, each, named, row


def discard(walk: Walk, codes: Sequence[str], why: DiscardReason = DiscardReason.EXCESS) -> None:
    walk.act(
        "technician", discarding.discard_vessels, vessels=each(Vessel, codes), why=why,
        reason="not needed", proof=walk.proof("technician"), second=walk.proof("qa"),
    )  # fmt: skip


def contaminated(walk: Walk, code: str) -> None:
    walk.act(
        "technician", observing.report_contamination, vessel=at(Vessel, code),
        appearance="turbid", performed=walk.done(),
    )  # fmt: skip


def vessels_end_in_every_way(walk: Walk) -> None:
    walk.begin()
    codes = tissue_is_isolated_at_the_second_try(walk)
    on_shelf, off_shelf = codes[:5], codes[5:]
    walk.wait(days=3)
    walk.feed(on_shelf)
    walk.look_at(on_shelf, 70)
    walk.act(
        "technician", feeding.move_vessels, vessels=each(Vessel, on_shelf),
        shelf=named(supplies.place, "third_shelf"),
        performed=replace(walk.done(), paper_sha256="4" * 64),
    )  # fmt: skip
    a_shift_hands_over(walk, on_shelf[0])
    discard(walk, [off_shelf[0], on_shelf[0]])
    walk.act(
        "technician", discarding.terminate_vessel, vessel=at(Vessel, on_shelf[1]),
        told="nothing attached", performed=walk.done(),
    )  # fmt: skip
    tube, other = (harvest_uncounted(walk, [code]) for code in (on_shelf[2], on_shelf[4]))
    contaminated(walk, off_shelf[1])
    contaminated(walk, on_shelf[3])
    discard(walk, [off_shelf[1]], DiscardReason.CONTAMINATION)
    seeded_by_leave_of_quality(walk, other)
    tubes_end_in_every_way(walk, tube)
    batch_is_held_and_abandoned(walk, tube)


def a_shift_hands_over(walk: Walk, vessel: str) -> None:
    """Two notes are left; one is taken over."""
    for text in ("the third flask is slow", "medium is warming in the bath"):
        walk.act(
            "technician", batch_notes.leave_note, text=text,
            batch=lambda session: at(Vessel, vessel)(session).batch,
        )  # fmt: skip
    walk.act(
        "lead", batch_notes.take_over_note,
        note=lambda session: session.scalars(select(BatchNote).order_by(BatchNote.id)).first(),
    )  # fmt: skip


def harvest_uncounted(walk: Walk, codes: Sequence[str]) -> str:
    step = walk.act(
        "technician", harvesting.start_harvest, vessels=each(Vessel, codes), **walk.bench()
    ).code
    tube = walk.planned(step, "SU")[0]
    walk.act(
        "technician", harvesting.record_harvest, step=walk.step(step),
        vessels=each(Vessel, codes), suspension_code=tube, volume_ml=Decimal(10), count=None,
        performed=walk.done(),
    )  # fmt: skip
    walk.close("technician", step)
    return tube


def tubes_end_in_every_way(walk: Walk, tube: str) -> None:
    """Counted late, washed, filled in vials; what is left is discarded."""
    step = walk.act(
        "technician", recounting.start_count, suspension=at(Suspension, tube), **walk.bench()
    ).code
    walk.act(
        "technician", recounting.record_count, step=walk.step(step),
        suspension=at(Suspension, tube), performed=walk.done(),
        count=Count(live=20_000_000, dead=500_000, method=CountMethod.HEMOCYTOMETER),
    )  # fmt: skip
    walk.close("technician", step)
    washed = wash(walk, tube)
    freeze(walk, washed)
    walk.act(
        "technician", discarding.discard_suspension, suspension=at(Suspension, washed),
        why=DiscardReason.EXCESS, reason="not needed", proof=walk.proof("technician"),
        second=walk.proof("qa"),
    )  # fmt: skip


def seeded_by_leave_of_quality(walk: Walk, tube: str) -> None:
    """Never counted, so that after the next passage the doublings are not known."""
    first = seeded(walk, tube)
    walk.wait(days=6)
    unknown = harvest_uncounted(walk, first)
    walk.act(
        "qa", seeding_limits.allow_seeding, suspension=at(Suspension, unknown),
        reason="seen dividing", proof=walk.proof("qa"),
    )  # fmt: skip
    seeded(walk, unknown)


def seeded(walk: Walk, tube: str) -> list[str]:
    """One vessel of the next passage in a step of its own; the rest is kept."""
    step = walk.act(
        "technician", seeding.start_seeding, suspension=at(Suspension, tube), vessels=1,
        **walk.bench(),
    ).code  # fmt: skip
    codes = walk.planned(step, "VE")
    walk.act(
        "technician", seeding.record_seeding, step=walk.step(step),
        suspension=at(Suspension, tube), sown=sown(codes), performed=walk.done(),
        shelf=named(supplies.place, "shelf"),
    )  # fmt: skip
    walk.act(
        "technician", splitting.put_aside, step=walk.step(step), suspension=at(Suspension, tube),
        purpose=Purpose.RETENTION,
    )  # fmt: skip
    walk.close("technician", step)
    return codes


def wash(walk: Walk, tube: str) -> str:
    step = walk.act(
        "technician", processing.start_processing, sources=each(Suspension, [tube]),
        **walk.bench(),
    ).code  # fmt: skip
    made = walk.planned(step, "SU")[0]
    walk.act(
        "technician", processing.record_processing, step=walk.step(step),
        sources=each(Suspension, [tube]), operation=SuspensionOrigin.WASH, suspension_code=made,
        volume_ml=Decimal(5), count=counted(17_000_000, 500_000), performed=walk.done(),
    )  # fmt: skip
    walk.close("technician", step)
    return made


def lift_all(walk: Walk) -> None:
    with walk.database.reading() as session:
        held = session.scalars(
            select(Hold.id).where(
                Hold.ended_at.is_(None), Hold.patient_id == walk.mine()(session).id
            )
        ).all()
    for key in held:
        walk.act(
            "qa", holds.lift_hold, hold=row(Hold, key), reason="tested, clean",
            proof=walk.proof("qa"),
        )  # fmt: skip


def freeze(walk: Walk, tube: str) -> None:
    lift_all(walk)
    step = walk.act(
        "technician", filling.start_filling, suspension=at(Suspension, tube),
        kind=FillKind.VIALS, number=1, **walk.bench(),
    ).code  # fmt: skip
    walk.act(
        "technician", filling.record_filling, step=walk.step(step), kind=FillKind.VIALS,
        suspension=at(Suspension, tube),
        portions=[Portion(walk.planned(step, "VL")[0], Decimal(1))], vehicle="CryoStor CS10",
        appearance_good=True, containers_intact=True, performed=walk.done(),
        comment="the freezer was broken for days",
    )  # fmt: skip
    walk.act(
        "lead", vehicle_corrections.correct_vehicle, step=walk.step(step),
        vehicle=named(supplies.lot, "cryoprotectant"), seen="CryoStor CS10",
        taken=Decimal(1), reason="the bottle was not scanned",
    )  # fmt: skip
    walk.labelled(step, walk.planned(step, "VL"))
    for code in walk.planned(step, "VL"):
        walk.act("technician", labelling.apply_label, code=code, step=walk.step(step))
    walk.close("technician", step)


def batch_is_held_and_abandoned(walk: Walk, tube: str) -> None:
    batch = at(Batch, walk.batch_of(tube))
    walk.act("qa", holds.hold_material, record=batch, kind=HoldKind.HOLD, reason="to be decided")
    lift_all(walk)
    walk.act(
        "qa", batch_state.abandon_batch, batch=batch, reason="the patient left",
        proof=walk.proof("qa"),
    )  # fmt: skip


def last_cells_close_their_batch(walk: Walk) -> None:
    walk.begin()
    codes = walk.isolate(walk.tissue())
    discard(walk, codes)
