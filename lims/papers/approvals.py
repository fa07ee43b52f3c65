"""The decisions on a batch and its fills, as its papers print them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Fill
from lims.models.signature import Meaning, Signature
from lims.models.step import Step
from lims.papers import signed
from lims.papers.wording import headed
from lims.records import parts
from lims.records.wording import Wording
from lims.workflows import (
    batch_state,
    deciding,
    earlier_release,
    fill_results,
    made_shown,
    qc_readings,
    qc_run_told,
    signing,
)
from lims.workflows import specification_moving as moving
from lims.workflows.evidence import Evidence
from lims.workflows.fill_results import JudgedLine


def of_batch(
    session: Session, batch: Batch, fills: Sequence[Fill], steps: Sequence[Step], say: Wording
) -> Iterator[parts.Signature]:
    """Every decision on every fill, the moves to other specifications, the giving up."""
    made = made_shown.shown_of(session, steps)
    for fill in fills:
        if fill.dispositions:
            judged = fill_results.judged(session, fill)
            yield from of_fill(session, fill, Evidence(steps, judged, made=made), say)
    for move in moving.moves_of(session, batch):
        words = N_("moved from specification %(before)s to %(after)s")
        said = say.say(words, before=move.from_version.code, after=move.to_version.code)
        yield parts.Signature(
            move.signature.printed_name,
            said,
            move.signature.signed_at,
            True,
            move.signature.shown_sha256,
            reason=move.signature.reason or "",
        )
    for signature in _abandoned(session, batch):
        valid = signing.still_valid(signature, batch_state.shown_of(batch))
        yield signed.printed(say, signature, valid)


def of_fill(
    session: Session, fill: Fill, evidence: Evidence, say: Wording
) -> Iterator[parts.Signature]:
    """The decisions on one fill, each with what it meant and whether it still holds."""
    for each in fill.dispositions:
        valid = deciding.still_signed(session, each, evidence)
        held = signed.printed(say, each.signature, valid)
        meaning = f"{headed(say, earlier_release.called(each))}, {fill.code}"
        yield replace(held, meaning=meaning, reason=each.reason or "")


def _abandoned(session: Session, batch: Batch) -> Sequence[Signature]:
    if batch.status is not BatchStatus.ABANDONED:
        return []
    return session.scalars(
        select(Signature).where(
            Signature.subject_table == "batch",
            Signature.subject_id == batch.id,
            Signature.meaning == Meaning.ABANDONED,
        )
    ).all()


def of_results(
    session: Session, judged: Sequence[JudgedLine], say: Wording
) -> Iterator[parts.Signature]:
    """Who verified and who approved each result, and whether it still is what they signed."""
    if tests := [each.test for each in judged if each.test is not None]:
        qc_run_told.load(session, tests)
    for each in judged:
        if each.test is None:
            continue
        for signature in (each.test.verification, each.test.approval):
            if signature is not None:
                yield _of_result(signature, each, say)


def _of_result(signature: Signature, judged: JudgedLine, say: Wording) -> parts.Signature:
    assert judged.test is not None
    valid = signing.still_valid(signature, qc_readings.shown_of(judged.test))
    held = signed.printed(say, signature, valid)
    return replace(held, meaning=f"{held.meaning}: {say.word(judged.line.name)}")
