"""Labels in every status, and papers kept and given out."""

from collections.abc import Sequence
from typing import Any

from lims import clock
from lims.models.batch import Batch
from lims.models.label import Record, RecordKind
from lims.workflows import isolating, labelling, recording
from lims.workflows.recording import Paper
from tests.story import Story
from tests.walks.walker import Walk, at


def printed(walk: Walk, codes: Sequence[str], **also: Any) -> None:
    with walk.database.reading() as session:
        patient = walk.mine()(session).id
    walk.act(
        "technician", labelling.record_printed, patient_id=patient, codes=codes, layout="vessel",
        content_sha256="0" * 64, **also,
    )  # fmt: skip


def labels_end_in_every_way(walk: Walk) -> None:
    walk.begin()
    sample = walk.tissue()
    step = walk.act(
        "technician", isolating.start_isolation, sample=walk.of(sample), vessels=3,
        **walk.bench(),
    ).code  # fmt: skip
    first, second, third = Story.planned(walk, step, "VE")
    printed(walk, [first, second, third], step=walk.step(step))
    for code in (first, second):
        walk.act("technician", labelling.apply_label, code=code, step=walk.step(step))
    for code in (first, third):
        printed(walk, [code], reason="smudged")
    walk.act("technician", labelling.destroy_label, code=first, copy=1)
    walk.act("technician", labelling.void_label, code=second, reason="torn")
    papers_are_kept(walk, step)


def papers_are_kept(walk: Walk, step: str) -> None:
    with walk.database.reading() as session:
        batch = session.get_one(Batch, walk.step(step)(session).batch_id).code
    code = walk.act("lead", recording.reserve_record_code)
    paper = Paper(
        RecordKind.BATCH, "en", code, 1, "1" * 64, "2" * 64, 1, "3" * 64, clock.now()
    )  # fmt: skip
    walk.act("lead", recording.keep_record, subject=at(Batch, batch), paper=paper)
    walk.act("lead", recording.give_copy, record=at(Record, code))
