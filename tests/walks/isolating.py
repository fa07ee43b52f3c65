"""An isolation given up once, then done by one and typed by another."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from lims.models.aliquot import AliquotUse
from lims.models.suspension import Purpose, Suspension
from lims.workflows import isolating, left_benches, sampling, seeding, splitting, steps, supplying
from lims.workflows.label_balance import LeftOver
from lims.workflows.sampling import Drawn
from lims.workflows.seeding import Sown
from tests.laboratory import supplies
from tests.laboratory.cells import DIGESTION, counted, opened_before
from tests.walks.walker import Walk, at, named


def sown(codes: Sequence[str], volume: str = "1") -> list[Sown]:
    return [Sown(code, Decimal(volume), "T-175", Decimal(175)) for code in codes]


def tissue_is_isolated_at_the_second_try(walk: Walk) -> list[str]:
    """Given up once; then typed by one, done by another, supplied by scan; aliquot and vessels."""
    sample = walk.tissue()
    start = isolating.start_isolation
    given_up = walk.act(
        "technician", start, sample=walk.of(sample), vessels=1, **walk.bench()
    ).code  # fmt: skip
    walk.act(
        "technician", steps.void_step, step=walk.step(given_up), reason="the alarm rang",
        checker=walk.proof("lead"),
    )  # fmt: skip
    step = walk.act(
        "technician", start, sample=walk.of(sample), vessels=8, aliquots=1,
        **walk.bench(checker="keeper"),
    ).code  # fmt: skip
    walk.act(
        "technician", supplying.use_lot, step=walk.step(step),
        lot=named(supplies.lot, "enzyme"), quantity=Decimal(1),
    )  # fmt: skip
    walk.act(
        "technician", supplying.use_equipment, step=walk.step(step),
        item=named(supplies.equipment, "cabinet"),
    )  # fmt: skip
    tube, kept = walk.planned(step, "SU")[0], walk.planned(step, "QC")[0]
    walk.act(
        "technician", isolating.record_isolation, tissue=walk.of(sample),
        step=lambda session: opened_before(walk.step(step)(session)),
        suspension_code=tube, digestion=DIGESTION, volume_ml=Decimal(10),
        count=counted(1_500_000, 100_000),
        performed=replace(walk.done(), performer_id=walk.who("lead")[0]),
    )  # fmt: skip
    walk.act(
        "technician", sampling.take_aliquot, step=walk.step(step),
        drawn=lambda s: Drawn(
            at(Suspension, tube)(s), kept, Decimal(1), AliquotUse.RETENTION
        ),
    )  # fmt: skip
    codes = walk.planned(step, "VE")
    for some, shelf in ((codes[:5], "shelf"), (codes[5:], None)):
        walk.act(
            "technician", seeding.seed_vessels, step=walk.step(step),
            suspension=at(Suspension, tube), sown=sown(some),
            shelf=named(supplies.place, shelf) if shelf else None,
        )  # fmt: skip
    walk.act(
        "technician", splitting.put_aside, step=walk.step(step), suspension=at(Suspension, tube),
        purpose=Purpose.WASTE, comment="more than is needed", second=walk.proof("lead"),
    )  # fmt: skip
    walk.act(
        "technician", left_benches.clear_bench, step=walk.step(step), reason="she went home",
        checker=walk.proof("keeper"),
    )  # fmt: skip
    walk.act("lead", steps.confirm_step, step=walk.step(step))
    walk.act(
        "technician", steps.close_step, step=walk.step(step), checker=walk.proof("keeper"),
        left_over=LeftOver.DESTROYED,
    )  # fmt: skip
    return codes
