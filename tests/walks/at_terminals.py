"""Browsers become terminals, and people come to them by badge and PIN."""

from lims.models.terminal import Terminal
from lims.workflows import terminals
from tests.laboratory import supplies
from tests.walks.walker import Walk, at, named

BESIDE_IT = {"printer_name": "Zebra", "scanner_preamble": None}


def a_terminal_comes_and_goes(walk: Walk) -> None:
    bench = {"name": "Bench 2", "place": named(supplies.place, "bench"), **BESIDE_IT}
    made = walk.act(
        "administrator", terminals.register_terminal, **bench, sound_volume=60, token="one browser"
    )
    here = at(Terminal, made.code)
    again = walk.act(
        "administrator", terminals.register_again, terminal=here, token="another browser"
    )
    walk.act(
        "administrator", terminals.change_terminal, terminal=here, version=again.version, **bench,
        sound_volume=0, reason="a quiet room",
    )  # fmt: skip
    walk.act("administrator", terminals.retire_terminal, terminal=here, reason="it broke")
