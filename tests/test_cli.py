"""The command line: one sentence for what went wrong, and an exit code a script can rely on."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from lims.cli import commands


@pytest.fixture
def lims(tmp_path):
    """Run `lims` as its own process in an empty folder, with the settings given."""

    def lims(*words, **variables):
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LIMS_")}
        return subprocess.run(
            [sys.executable, "-m", "lims", *words],
            env=environ | {"LIMS_DATA_DIR": str(tmp_path / "var")} | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return lims


def test_help_names_every_command_with_a_sentence():
    shown = CliRunner().invoke(commands, ["--help"]).output

    for name, command in commands.commands.items():
        assert name in shown
        assert command.help.rstrip().endswith(".")


def test_a_wrong_setting_exits_2_with_one_sentence(lims):
    done = lims("serve", LIMS_PROXY_HOP="1")

    assert done.returncode == 2
    assert done.stderr == (
        "lims: LIMS_PROXY_HOP is not a setting of this program. Did you mean LIMS_PROXY_HOPS?\n"
    )


def test_an_unknown_command_exits_2(lims):
    assert lims("serv").returncode == 2


@pytest.mark.parametrize(("code", "exit_code"), [("BA260000423", 1), ("", 1), ("ВА26", 1)])
def test_check_answers_by_its_exit_code(lims, code, exit_code):
    assert lims("check", code).returncode == exit_code


def test_check_knows_a_code_of_ours(lims):
    from lims.workflows.codes import format_code

    done = lims("check", format_code("BA", 26, 42))

    assert (done.returncode, done.stderr) == (0, "")


def test_check_needs_no_settings(lims):
    assert lims("check", "x", LIMS_PROXY_HOPS="many").returncode == 1


def test_an_empty_database_is_not_served(lims):
    done = lims("serve", "--bind", "127.0.0.1:0")

    assert done.returncode == 3
    assert "lims migrate" in done.stderr


def test_init_gives_the_same_standing_code_until_it_is_used(lims):
    first, second = lims("init"), lims("init")

    assert first.returncode == second.returncode == 0, first.stderr
    assert "one-time code" in first.stdout
    assert "one-time code" in second.stdout


def test_doctor_finds_nothing_wrong_with_a_new_installation(lims):
    lims("init")

    done = lims("doctor")

    assert done.returncode == 0, done.stdout + done.stderr


def test_verify_finds_a_new_trail_whole(lims):
    lims("init")

    done = lims("verify")

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_database_that_does_not_answer_is_told_in_a_sentence(lims):
    done = lims("migrate", LIMS_DATABASE_URL="postgresql+psycopg://lims:word@127.0.0.1:1/lims")

    assert done.returncode == 3
    assert done.stderr.startswith("lims: The database does not answer: ")
    assert "Traceback" not in done.stderr


def test_an_address_that_cannot_be_served_is_told_in_a_sentence(lims):
    lims("init")

    done = lims("serve", "--bind", "nowhere.invalid:80")

    assert done.returncode == 3
    assert "--bind HOST:PORT" in done.stderr
