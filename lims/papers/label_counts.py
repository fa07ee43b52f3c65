"""The labels of a step or a batch: how many of each kind, and what became of each."""

from collections import Counter
from collections.abc import Sequence

from lims.models.label import Label, LabelStatus
from lims.papers.wording import spoken
from lims.records import parts
from lims.records.wording import Wording
from lims.workflows.codes import KIND_WORDS


def label_counts(labels: Sequence[Label], say: Wording) -> tuple[parts.LabelCount, ...]:
    """The labels of each kind of container: printed, and what became of each."""
    kinds = dict.fromkeys(label.subject_code[:2] for label in labels)
    return tuple(_count([each for each in labels if each.code[:2] == kind], say) for kind in kinds)


def _count(labels: Sequence[Label], say: Wording) -> parts.LabelCount:
    became = Counter(label.status for label in labels)
    destroyed = became[LabelStatus.DESTROYED]
    return parts.LabelCount(
        kind=spoken(say, KIND_WORDS[labels[0].code[:2]]),
        printed=len(labels),
        applied=became[LabelStatus.APPLIED],
        voided=became[LabelStatus.VOID] + destroyed,
        destroyed=destroyed,
    )
