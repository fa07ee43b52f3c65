"""Signatures as papers show them: name, meaning, moment, and whether what was signed still holds.

A confirmation and a check of a step are signatures too: given with name and password on the form
that closes the step. They hold until a value of the step is corrected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from lims.errors import N_
from lims.models.administration import OF_A_DOSE, Administration, Handover
from lims.models.base import table_of
from lims.models.culture import Discard
from lims.models.deviation import Deviation
from lims.models.fill import Dose
from lims.models.reception import Reception
from lims.models.retrieval import Destruction, Retrieval, Transfer
from lims.models.sample import Sample
from lims.models.signature import Meaning, Signature
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.papers import changes
from lims.papers.step_rows import StepRows
from lims.papers.wording import spoken
from lims.records import parts
from lims.records.wording import Wording
from lims.workflows import (
    administering,
    deviation_decisions,
    discarding,
    handing_on,
    issuing,
    receiving,
    retrieving,
    signing,
)

CHANGED = N_("the record was changed after it was signed")


def printed(say: Wording, signature: Signature, valid: bool) -> parts.Signature:
    """`signature` on paper."""
    return parts.Signature(
        name=signature.printed_name,
        meaning=spoken(say, signature.meaning),
        at=signature.signed_at,
        valid=valid,
        shown_sha256=signature.shown_sha256,
        void_reason="" if valid else say.word(CHANGED),
        reason=signature.reason or "",
    )


def of_deviation(say: Wording, deviation: Deviation) -> tuple[parts.Signature, ...]:
    """Who decided, signed upon the deviation as it was shown with the decisions before theirs."""
    return tuple(
        printed(say, row.signature, deviation_decisions.still_signed(deviation, row))
        for row in deviation.decisions
        if row.signature is not None
    )


def confirmations(rows: StepRows, step: Step, say: Wording) -> Iterator[parts.Signature]:
    """The performer's word and the checker's, void once a value was corrected after it."""
    changed = changes.moments(rows, step)
    for person, meaning, at in (
        (step.performed_by_id, Meaning.PERFORMED, step.confirmed_at),
        (step.verified_by_id, Meaning.VERIFIED, step.verified_at),
    ):
        if person is not None and at is not None:
            said = f"{spoken(say, meaning)}, {step.code}"
            yield _confirmed(say, rows.people[person], said, at, changed)


def _confirmed(
    say: Wording, name: str, said: str, at: datetime, changed: list[datetime]
) -> parts.Signature:
    valid = not any(change > at for change in changed)
    reason = "" if valid else say.word(CHANGED)
    return parts.Signature(name, said, at, valid, void_reason=reason)


class StepSignatures:
    """The signatures given in steps: on tissue, on a dose handed over, on what was discarded."""

    def __init__(self, session: Session, rows: StepRows) -> None:
        self.session, self.rows = session, rows
        keys = {step.sample_id for step in rows.steps if step.sample_id is not None}
        self.samples = {key: session.get_one(Sample, key) for key in keys}
        self.tubes = _discarded_tubes(session, rows)
        _read_doses(session, rows)
        subjects = {(table, each) for step in rows.steps for table, each, *_ in self._signed(step)}
        self.found = _signatures(session, subjects)

    def _signed(self, step: Step) -> Iterator[tuple[str, int, Any, set[Meaning]]]:
        """(table, key, what was shown, its meanings) of everything that may be signed in `step`."""
        match step:
            case Reception() if step.sample_id is not None:
                sample = self.samples[step.sample_id]
                decided = {Meaning.REJECTED, Meaning.DISCARDED}
                yield "sample", sample.id, receiving.shown_of(sample), decided
            case Handover():
                shown = issuing.shown_at_handover(step.dose, step.verified_at)
                yield "dose", step.dose_id, shown, {Meaning.HANDED_OVER}
            case Administration():
                shown = administering.shown_at_administration(step)
                yield table_of(step).name, step.id, shown, {Meaning.ADMINISTERED}
            case Retrieval():
                shown = retrieving.shown_of(self.session, step)
                yield table_of(step).name, step.id, shown, {Meaning.RETRIEVED}
            case Transfer() | Destruction():
                shown = handing_on.shown_of(self.session, step)
                left = {Meaning.TRANSFERRED, Meaning.DESTROYED}
                yield table_of(step).name, step.id, shown, left
            case Discard() if step.why is not None:
                looked_at = self.rows.looked_at[step.id]
                things: list[Vessel | Suspension] = [row.vessel for row in looked_at]
                for thing in [*things, *self.tubes.get(step.id, [])]:
                    shown = discarding.shown_of(thing, step.why)
                    yield table_of(thing).name, thing.id, shown, {Meaning.DISCARDED}

    def of(self, step: Step, say: Wording) -> tuple[parts.Signature, ...]:
        """The signatures of one step in the order they were given."""
        signed = [
            _named(printed(say, signature, signing.still_valid(signature, shown)), signature)
            for table, key, shown, meanings in self._signed(step)
            for signature in self.found.get((table, key), [])
            if signature.meaning in meanings
        ]
        return (*confirmations(self.rows, step, say), *signed)


def _named(on_paper: parts.Signature, signature: Signature) -> parts.Signature:
    """With the code of what was signed."""
    return replace(on_paper, meaning=f"{on_paper.meaning}, {signature.subject_code}")


def _by_key(session: Session, model: Any, keys: Iterable[int | None], *options: Any) -> Any:
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return {}
    query = select(model).where(model.id.in_(wanted)).options(*options)
    return {row.id: row for row in session.scalars(query)}


def _read_doses(session: Session, rows: StepRows) -> None:
    """The doses that steps are about, with all that signers of them were shown."""
    steps = [step for step in rows.steps if isinstance(step, OF_A_DOSE)]
    shown = (
        joinedload(Dose.fill),
        joinedload(Dose.session),
        joinedload(Dose.patient),
        selectinload(Dose.aliquots),
    )
    for key, dose in _by_key(session, Dose, {step.dose_id for step in steps}, *shown).items():
        for step in steps:
            if step.dose_id == key:
                set_committed_value(step, "dose", dose)


def _discarded_tubes(session: Session, rows: StepRows) -> dict[int, list[Suspension]]:
    """By step, the suspensions scanned to be discarded."""
    scanned = {
        check.expected: step.id
        for step in rows.steps
        if isinstance(step, Discard)
        for check in rows.checks[step.id]
    }
    if not scanned:
        return {}
    query = select(Suspension).where(Suspension.code.in_(scanned))
    found: dict[int, list[Suspension]] = {}
    for tube in session.scalars(query.options(selectinload(Suspension.withdrawals))):
        found.setdefault(scanned[tube.code], []).append(tube)
    return found


def _signatures(
    session: Session, subjects: set[tuple[str, int]]
) -> dict[tuple[str, int], list[Signature]]:
    if not subjects:
        return {}
    tables: dict[str, set[int]] = {}
    for table, key in subjects:
        tables.setdefault(table, set()).add(key)
    of = [
        (Signature.subject_table == table) & Signature.subject_id.in_(keys)
        for table, keys in tables.items()
    ]
    found: dict[tuple[str, int], list[Signature]] = {}
    for signature in session.scalars(select(Signature).where(or_(*of)).order_by(Signature.id)):
        found.setdefault((signature.subject_table, signature.subject_id), []).append(signature)
    return found
