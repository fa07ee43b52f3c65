"""How far a command is, where nothing moves: a log or a pipe."""

from lims.commands.progress import shown


def test_in_a_log_each_tenth_is_a_line_of_its_own(capsys):
    with shown("Batches", 40) as more:
        for _ in range(40):
            more(1)

    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"Batches: {done} of 40" for done in range(0, 41, 4)]
