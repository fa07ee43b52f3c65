"""The batch record: the ten items an inspector looks for, in that order, then all that proves them.

What the steps already say (lots, equipment, clearances, people, in-process controls, corrections)
is gathered from them, so the summary cannot differ from the steps it sums up.
"""

from lims.errors import N_
from lims.records.batch_annexes import ANNEXES
from lims.records.batch_items import ITEMS
from lims.records.batch_values import BatchRecord
from lims.records.document import NOT_TOLD, NOTHING, Document
from lims.records.wording import Wording


def batch_record(record: BatchRecord, wording: Wording) -> bytes:
    """The whole record as PDF: items 1 to 10, annexes A to H."""
    title = wording.word(N_("Batch record"))
    subject = f"{record.batch}  ·  {record.heading.product}"
    document = Document(
        record,
        record.heading,
        wording,
        title=title,
        subject=subject,
        batch=record.batch,
        nothing=NOT_TOLD if record.source else NOTHING,
    )
    for part in (*ITEMS, *ANNEXES):
        part(document, record)
    return document.pdf()
