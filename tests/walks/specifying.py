"""Version 2 of the specification: a draft thrown away, one approved, a batch moved to it."""

from lims.models.batch import Batch
from lims.workflows import signing, specification_moving
from lims.workflows import specification_approval as approval
from tests.laboratory.specification import AT_ONCE, approval_of
from tests.walks.walker import Walk, at

STILL_REQUIRED = ("viability_pct", "sterility")


def lenient(required: tuple[str, ...] = STILL_REQUIRED) -> str:
    """The shipped file with no test required but these."""
    head, *blocks = AT_ONCE.split("[[test]]\n")
    return head + "".join(
        "[[test]]\n" + ("" if kept(block, required) else "required = false\n") + block
        for block in blocks
    )


def kept(block: str, required: tuple[str, ...]) -> bool:
    code = block.split('"')[1]
    return code in required or "required = false" in block


def approve(walk: Walk, text: str) -> int:
    """Import `text` and put it in force; its number."""
    number: int = walk.act("qa", approval.import_specification, text=text).number
    walk.does(
        "qa",
        approval.approve_specification,
        lambda s: approval_of(approval.load(s, number), walk.someone("qa")(s), s),
    )
    return number


def a_batch_is_moved_to_the_next_version(walk: Walk) -> None:
    draft = walk.act("qa", approval.import_specification, text=lenient(())).number
    walk.act(
        "qa", approval.withdraw_draft, version=lambda s: approval.load(s, draft), reason="a try"
    )
    walk.begin()
    vessels = walk.isolate(walk.tissue())
    with walk.database.reading() as session:
        batch = walk.vessels(session, vessels)[0].batch.code
    number = approve(walk, lenient())
    with walk.database.reading() as session:
        to = approval.load(session, number)
        shown = specification_moving.shown_for_move(at(Batch, batch)(session), to)
    walk.act(
        "qa", specification_moving.move_batch_to_specification, batch=at(Batch, batch),
        to=lambda s: approval.load(s, number), seen=signing.sha256_of(shown), reason="less to do",
        proof=walk.proof("qa"),
    )  # fmt: skip
