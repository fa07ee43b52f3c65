"""Browsers become terminals, and people come to them by badge and PIN."""

from lims.models.terminal import Terminal
from lims.workflows import drafts, pins, signing_in, terminals
from tests.laboratory import person, supplies
from tests.walks.walker import Walk, at, named

PIN, TERMINAL = "274951", "TM26000001M"
BENCH = {
    "name": "Bench 2", "place": named(supplies.place, "bench"), "printer_name": "Zebra",
    "scanner_preamble": None,
}  # fmt: skip


def a_terminal(walk: Walk) -> str:
    return walk.act(
        "administrator", terminals.register_terminal, **BENCH, sound_volume=60, token="one browser"
    ).code


def a_terminal_comes_and_goes(walk: Walk) -> None:
    here = at(Terminal, a_terminal(walk))
    again = walk.act(
        "administrator", terminals.register_again, terminal=here, token="another browser"
    )
    walk.act(
        "administrator", terminals.change_terminal, terminal=here, version=again.version, **BENCH,
        sound_volume=0, reason="a quiet room",
    )  # fmt: skip
    walk.act("administrator", terminals.retire_terminal, terminal=here, reason="it broke")


def somebody_comes_by_badge(walk: Walk) -> None:
    """Chooses a PIN, and takes the terminal over from a colleague."""
    walk.act("lead", pins.choose_pin, proof=walk.proof("lead"), pin=PIN)
    with walk.database.reading() as session:
        badge = person(session, "lead").code
    for login, before in (("technician", None), ("lead", "technician's token")):
        proof = pins.prove_pin(walk.database, badge, PIN, TERMINAL) if before else walk.proof(login)
        walk.database.run(
            signing_in.open_session, None, key=f"sign in {login}",
            arguments=lambda _, who=proof, last=before, name=login: {
                "proof": who, "token": f"{name}'s token", "address": TERMINAL, "before": last,
                "left_page": "/lots/",
            },
        )  # fmt: skip


def a_screen_is_locked_and_a_form_waits(walk: Walk) -> None:
    token, proof = "one token", walk.proof("lead")
    walk.database.run(
        signing_in.open_session, None, key="sign in to lock",
        arguments=lambda _: {"proof": proof, "token": token, "address": TERMINAL},
    )  # fmt: skip
    form = {"address": "/lots/new", "form": "LotForm"}
    lead = walk.who("lead")[0]
    walk.alone(
        drafts.save_draft, user_id=lead, **form, page="/lots/new", title="New lot",
        key="a key of a form", version=None, typed=[["lot_number", "L-1"]],
    )  # fmt: skip
    walk.act("lead", signing_in.lock_session, token=token)
    walk.act(
        "lead", signing_in.unlock_session, token=token, new_token="another token",
        proof=walk.proof("lead"),
    )  # fmt: skip
    walk.alone(drafts.forget_draft, user_id=lead, **form)
    walk.alone(drafts.expire_due)
