"""The command line: one sentence for what went wrong, and an exit code a script can rely on."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from lims import locks
from lims.cli import commands, main
from lims.commands.demo import beside
from lims.database import Database
from lims.workflows import people

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
STANDARD = str(ROOT / "lims" / "specifications" / "msc-adipose.toml")
OURS = "BA260000423"
ENDS = [
    (["check", "BA260000424"], 1),
    (["growth", "a row.csv"], 1),
    (["growth", "empty.csv"], 3),
    (["judge", STANDARD, "a row.csv"], 1),
    (["judge", STANDARD, "empty.csv"], 3),
    (["doctor"], 1),
    (["export", "--all", "--to", "out"], 3),
    *(([command], 3) for command in ("verify", "anchor", "worker", "serve", "backup")),
]
"""What ends otherwise than with 0, without tables, and how."""
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
OF_FILES = ("check", "growth", "judge")
"""Commands that ask no database."""


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def ended(words, settings):
    """The code with which `lims` ends, with these settings and no other."""
    with pytest.MonkeyPatch.context() as outside:
        for name in [name for name in os.environ if name.startswith("LIMS_")]:
            outside.delenv(name)
        for name, value in settings.items():
            outside.setenv(name, value)
        outside.setattr(sys, "argv", ["lims", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


@pytest.fixture
def lims(tmp_path, capsys):
    """Run `lims` with the settings given, its data in an empty folder."""

    def lims(*words, **variables):
        code = ended(words, {"LIMS_DATA_DIR": str(tmp_path / "var")} | variables)
        return Done(code, *capsys.readouterr())

    return lims


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory):
    """What `lims init` leaves in the folder of its data: made once, and copied."""
    folder = tmp_path_factory.mktemp("laboratory") / "var"
    assert ended(["init"], {"LIMS_DATA_DIR": str(folder)}) == 0
    return folder


@pytest.fixture
def begun(laboratory, tmp_path):
    """`lims init` was given where `lims` has its data."""
    return shutil.copytree(laboratory, tmp_path / "var")


@pytest.fixture
def process(tmp_path):
    """Run `lims` as its own process, its data in the same folder."""

    def process(*words):
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LIMS_")}
        return subprocess.run(
            [sys.executable, "-m", "lims", *words],
            env=environ | {"LIMS_DATA_DIR": str(tmp_path / "var")},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return process


def test_a_process_ends_with_the_code_of_its_answer(process):
    done = [process("check", code) for code in (OURS, OURS[:-1])]

    assert [each.returncode for each in done] == [0, 1]
    assert done[0].stdout == f"{OURS} is well formed.\n"


def test_help_is_quick_for_it_reads_no_library_of_the_database():
    asked = "import sys, lims.cli; print({'sqlalchemy', 'flask'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)

    assert done.stdout == "set()\n"


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


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("BA260000423", 0), ("BA260000424", 1), ("ba260000423", 1), ("ВА260000423", 1), ("", 1)],
)
def test_check_answers_by_its_exit_code(lims, code, exit_code):
    assert lims("check", code).returncode == exit_code


def test_check_needs_no_settings(lims):
    assert lims("check", "x", LIMS_PROXY_HOPS="many").returncode == 1


def test_an_empty_database_is_not_served(lims):
    done = lims("serve", "--bind", "127.0.0.1:0")

    assert done.returncode == 3
    assert "lims init" in done.stderr


def test_init_gives_a_new_code_each_time_until_one_is_used(lims):
    first, second = lims("init"), lims("init")

    codes = [re.search(r"one-time code +(\S+)", done.stdout).group(1) for done in (first, second)]
    assert codes[0] != codes[1]


def test_init_gives_no_code_once_there_is_an_administrator(lims, tmp_path):
    code = re.search(r"one-time code +(\S+)", lims("init").stdout).group(1)
    arguments = {"login": "administrator", "code": code, "password": "correct horse battery"}
    database = Database(f"sqlite:///{tmp_path}/var/lims.sqlite")
    database.run(people.choose_password, None, key="x", arguments=lambda _: arguments)
    database.engine.dispose()

    assert "one-time code" not in lims("init").stdout


def test_tables_of_a_newer_version_are_left_alone(lims, tmp_path):
    lims("migrate")
    with sqlite3.connect(tmp_path / "var" / "lims.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    done = lims("migrate")

    assert done.returncode == 3
    assert "newer version" in done.stderr


def test_growth_prints_four_decimals_and_the_lines_it_could_not_take(lims, tmp_path):
    runs = tmp_path / "runs.csv"
    runs.write_text(
        "run,passage,seeded_viable_cells,harvested_viable_cells,days\n"
        "A,P1,100000,800000,3\nA,P2,many,1,1\n"
    )

    done = lims("growth", str(runs))

    assert done.returncode == 1
    assert done.stdout.split()[-5:] == ["A", "P1", "3.0000", "3.0000", "24.0000"]
    assert "Line 3" in done.stderr


def test_judge_prints_a_verdict_for_each_test(lims, tmp_path):
    results = tmp_path / "results.csv"
    results.write_text("test,result,days_read,method\nviability_pct,79.96,,\n")

    done = lims("judge", STANDARD, str(results))

    assert done.returncode == 0, done.stderr
    assert re.search(r"^viability_pct +fail$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("words", "ends"), ENDS, ids=lambda value: str(value)[:30])
def test_a_command_ends_with_a_code_that_the_readme_tells(lims, tmp_path, words, ends):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "a row.csv").write_text(
        "run,passage,seeded_viable_cells,harvested_viable_cells,days,test,result\n"
        "A,P2,many,1,1,viability_pct,many\n"
    )
    told = re.search(rf"^\| `lims {words[0]}\b.+\|(.+)\|$", README, re.MULTILINE)[1]

    done = lims(*(str(tmp_path / word) if word.endswith(".csv") else word for word in words))

    assert done.returncode == ends, done.stderr
    assert str(ends) in told


def test_doctor_finds_nothing_wrong_with_a_new_installation(lims, begun):
    done = lims("doctor")

    assert done.returncode == 0, done.stdout + done.stderr


def test_verify_finds_a_new_trail_whole(lims, begun):
    done = lims("verify")

    assert done.returncode == 0, done.stdout + done.stderr


def test_verify_names_a_row_that_was_changed_behind_the_trail(lims, begun, tmp_path):
    with sqlite3.connect(tmp_path / "var" / "lims.sqlite") as connection:
        connection.execute("UPDATE user_account SET full_name = 'Somebody else'")
    connection.close()

    done = lims("verify")

    assert done.returncode == 1
    assert "full_name" in done.stdout


def remove_everybody(tmp_path):
    """As somebody does who may do anything with the file of the database."""
    with sqlite3.connect(tmp_path / "var" / "lims.sqlite") as connection:
        for name in connection.execute(TRIGGERS).fetchall():
            connection.execute(f"DROP TRIGGER {name[0]}")
        connection.execute("DELETE FROM user_account")
    connection.close()


def test_verify_names_a_removed_row_and_what_pointed_to_it(lims, begun, tmp_path):
    remove_everybody(tmp_path)

    done = lims("verify")

    assert done.returncode == 1
    assert "points by user_id to row 1 of user_account, which is not there" in done.stdout
    assert "user_account, row 1 (US" in done.stdout


def test_verify_counts_every_fault_that_it_names_those_of_keys_and_triggers_as_well(
    lims, begun, tmp_path
):
    remove_everybody(tmp_path)

    *told, total = lims("verify").stdout.splitlines()

    named = [each for each in told if "not anchored" not in each]
    assert f"Faults: {len(named)}, in" in total
    assert sum("Triggers that guard the records are missing" in each for each in named) == 1


def test_verify_tells_of_lost_triggers_alone(lims, begun, tmp_path):
    with sqlite3.connect(tmp_path / "var" / "lims.sqlite") as connection:
        connection.execute("DROP TRIGGER " + connection.execute(TRIGGERS).fetchone()[0])
    connection.close()

    done = lims("verify")

    assert done.returncode == 1
    assert "Triggers that guard the records are missing or altered: 1, such as" in done.stdout


def test_a_stored_file_that_was_altered_is_brought_back_by_its_own_command(lims, begun, tmp_path):
    lims("backup")
    (listed,) = lims("restore").stdout.splitlines()

    done = lims("restore", listed.split("  ")[0], "--only-files")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "0 stored files were missing or altered, and are back.\n"


def test_verify_names_a_file_that_was_put_among_the_stored_ones(lims, begun, tmp_path):
    folder = tmp_path / "var" / "files" / "ab"
    folder.mkdir(parents=True)
    folder.joinpath("notes.txt").touch()

    done = lims("verify")

    assert done.returncode == 1
    assert "ab/notes.txt lies among the stored files" in done.stdout


def test_a_database_that_does_not_answer_is_told_in_a_sentence(lims):
    done = lims("migrate", LIMS_DATABASE_URL="postgresql+psycopg://lims:word@127.0.0.1:1/lims")

    assert done.returncode == 3
    assert done.stderr.startswith("lims: The database does not answer: ")
    assert "Traceback" not in done.stderr


def test_an_address_that_cannot_be_served_is_told_in_a_sentence(lims, begun, process):
    tried = [process("serve", "--bind", "192.0.2.1:80")]
    for done in (*tried, *(lims("serve", "--bind", at) for at in ("127.0.0.1:99999", "nowhere"))):
        assert done.returncode == 2, done.stderr
        assert "--bind HOST:PORT" in done.stderr


def test_a_second_server_of_one_sqlite_file_is_refused_in_a_sentence(
    lims, begun, process, tmp_path
):
    with locks.only_server(tmp_path / "var"):
        done = process("serve", "--bind", "127.0.0.1:0")

    assert done.returncode == 3
    assert "Another server serves this database already" in done.stderr


def test_a_database_that_is_lost_is_not_taken_for_a_new_one(lims, begun, tmp_path):
    lims("anchor")
    file = tmp_path / "var" / "lims.sqlite"
    file.unlink()

    for words in (["verify"], ["doctor"], ["serve", "--bind", "127.0.0.1:0"], ["init"]):
        done = lims(*words)
        assert done.returncode != 0
        assert "lims restore lists the backups" in done.stdout + done.stderr, words
        assert not file.exists()


@pytest.mark.parametrize("words", [words for words, _ in ENDS if words[0] not in OF_FILES], ids=str)
def test_a_mistyped_folder_is_named_and_not_made(lims, tmp_path, words):
    done = lims(*words, LIMS_DATA_DIR=str(tmp_path / "vra"))

    assert done.returncode != 0
    assert f"There is no folder {tmp_path / 'vra'}, in which the data" in done.stdout + done.stderr
    assert not (tmp_path / "vra").exists()


@pytest.mark.parametrize("command", ["init", "migrate", "doctor", "serve", "backup"])
def test_where_nothing_is_but_backups_lie_they_are_pointed_to(lims, begun, tmp_path, command):
    backups = {"LIMS_BACKUP_DIR": str(tmp_path / "backups")}
    lims("backup", **backups)
    (tmp_path / "empty").mkdir()

    done = lims(command, LIMS_DATA_DIR=str(tmp_path / "empty"), **backups)

    told = done.stdout + done.stderr
    assert done.returncode == (1 if command == "doctor" else 3)
    assert f"There is no record in {tmp_path}/empty/lims.sqlite, and the backups in" in told
    assert "lims restore lists" in told
    assert not (tmp_path / "empty" / "lims.sqlite").exists()


@pytest.mark.parametrize("words", [["migrate"], ["doctor"], ["backup"]], ids=str)
def test_a_command_names_the_database_it_looks_at(lims, begun, tmp_path, words):
    assert f"Database: {tmp_path}/var/lims.sqlite\n" in lims(*words).stdout


def test_anchor_writes_the_end_of_the_trail_and_verify_then_finds_it_protected(
    lims, begun, tmp_path
):
    assert "are not anchored yet" in lims("verify").stdout

    done = lims("anchor")

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "var" / "anchors").iterdir())) == 1
    assert "are not anchored yet" not in lims("verify").stdout


def test_verify_tells_of_an_old_copy_put_in_the_databases_place(lims, begun, tmp_path):
    file = tmp_path / "var" / "lims.sqlite"
    old = file.read_bytes()
    lims("init")  # a new code: more entries
    lims("anchor")
    file.write_bytes(old)

    done = lims("verify")

    assert done.returncode == 1
    assert "was anchored at" in done.stdout


def test_an_anchor_that_cannot_be_written_exits_1(lims, tmp_path):
    lims("migrate")
    empty = lims("anchor")
    lims("init")
    (tmp_path / "var" / "anchors").rmdir()
    (tmp_path / "var" / "anchors").write_text("a file stands in the way")
    done = lims("anchor")

    assert (empty.returncode, done.returncode) == (1, 1)
    assert "The audit trail is empty" in empty.stderr
    assert "Make the folder writable" in done.stderr


def test_a_worker_that_works_once_does_what_is_due_once(lims, begun, tmp_path):
    assert [lims("worker", "--once").returncode for _ in range(2)] == [0, 0]
    assert len(list((tmp_path / "var" / "anchors").iterdir())) == 1


def test_a_worker_that_could_not_do_a_job_exits_1(lims, begun, tmp_path):
    (tmp_path / "var" / "anchors").write_text("a file stands in the way")

    assert lims("worker", "--once").returncode == 1


def test_a_backup_is_made_listed_and_restored(lims, begun, tmp_path):
    made = lims("backup")
    (listed,) = lims("restore").stdout.splitlines()
    folder, about = listed.split("  ")

    done = lims("restore", folder, "--yes")

    assert (made.returncode, done.returncode) == (0, 0), made.stderr + done.stderr
    assert folder in made.stdout
    assert about == "by hand, 3 entries, 0 files, good"
    assert "Nothing was entered after the backup" in done.stdout
    assert "fit together" in done.stdout
    assert re.search(r"kept: (.*)", done.stdout)[1].startswith(f"{tmp_path}/var/replaced-")


def test_another_laboratory_is_not_replaced_unasked(lims, tmp_path):
    for name in ("here", "there"):
        here = {"LIMS_DATA_DIR": str(tmp_path / name)}
        lims("init", **here)
        backup = lims("backup", **here).stdout
    folder = re.search(r"\S+/backups/\S+", backup)[0].rstrip(":")

    done = lims("restore", folder, "--yes", LIMS_DATA_DIR=str(tmp_path / "here"))

    assert done.returncode != 0
    assert "ANOTHER LABORATORY" in done.stdout


def test_the_list_of_backups_tells_laboratories_apart(lims, tmp_path):
    both = {"LIMS_BACKUP_DIR": str(tmp_path / "backups")}
    for name in ("here", "there"):
        here = both | {"LIMS_DATA_DIR": str(tmp_path / name)}
        lims("init", LIMS_DATA_DIR=here["LIMS_DATA_DIR"])
        made = lims("backup", **here).stdout

    listed = lims("restore", **here).stdout.splitlines()
    nowhere = lims("restore", **both).stdout

    assert "lie backups of another laboratory, too" in made
    assert "lie backups of another laboratory, too" in lims("doctor", **here).stdout
    assert ["OF ANOTHER LABORATORY" in line for line in listed] == [True, False]
    assert len(set(re.findall("; laboratory (.{8})", nowhere))) == 2
    assert "more than one laboratory" in nowhere


def test_a_look_at_the_backups_makes_no_folder(lims, tmp_path):
    gone = tmp_path / "gone"

    done = lims("restore", LIMS_DATA_DIR=str(gone))

    assert done.returncode == 0, done.stderr
    assert f"There is no backup in {gone}/backups." in done.stdout
    assert not gone.exists()


def test_a_server_of_ones_own_makes_no_mistyped_folder(tmp_path):
    environ = {**os.environ, "LIMS_DATA_DIR": str(tmp_path / "vra")}
    command = [sys.executable, "-c", "import wsgi"]

    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True)

    assert done.stderr.startswith(f"There is no folder {tmp_path / 'vra'}, in which the data")
    assert not (tmp_path / "vra").exists()


def test_a_backup_that_is_not_good_exits_1(lims, begun, tmp_path):
    with sqlite3.connect(tmp_path / "var" / "lims.sqlite") as connection:
        connection.execute("UPDATE user_account SET full_name = 'Somebody else'")
    connection.close()

    done = lims("backup", "--to", str(tmp_path / "elsewhere"))

    assert done.returncode == 1
    assert "NOT GOOD" in done.stdout
    assert "full_name" in done.stdout


def test_a_backup_that_cannot_be_made_exits_3_with_a_sentence(lims, begun, tmp_path):
    (tmp_path / "file").touch()

    done = lims("backup", LIMS_BACKUP_DIR=str(tmp_path / "file" / "backups"))

    assert done.returncode == 3
    assert "Not a directory" in done.stderr
    assert "LIMS_BACKUP_DIR" in done.stderr


def test_a_folder_that_is_no_backup_exits_3(lims, tmp_path):
    done = lims("restore", str(tmp_path))

    assert done.returncode == 3
    assert "it lists the backups there are" in done.stderr


def test_a_key_for_backups_that_is_none_exits_2(lims):
    done = lims("backup", LIMS_BACKUP_RECIPIENT="AGE-SECRET-KEY-1ABC")

    assert done.returncode == 2
    assert "AGE-SECRET" not in done.stderr


def test_a_file_that_is_no_database_is_told_in_a_sentence(lims, tmp_path):
    (tmp_path / "other").write_bytes(b"no database at all " * 99)

    done = lims("migrate", LIMS_DATABASE_URL=f"sqlite:///{tmp_path}/other")

    assert done.returncode == 3
    assert "lims restore lists the backups there are" in done.stderr


def test_a_demonstration_is_told_in_an_empty_database_only(lims, begun):
    done = lims("demo")

    assert done.returncode == 3
    assert "Something is recorded in this database" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_of_the_file_that_is_spoilt_is_told_by_verify_and_by_the_doctor(
    lims, begun, tmp_path
):
    file = tmp_path / "var" / "lims.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        index = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'vial'"
        (page,), *_ = database.execute(index).fetchall()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as spoilt:
        spoilt.seek((page - 1) * size)
        spoilt.write(b"U" * 32)

    for word in ("verify", "doctor"):
        done = lims(word)
        assert (done.returncode, "The database file is damaged" in done.stdout) == (1, True), word


def test_a_laboratory_with_records_is_told_that_no_demonstration_is_filled_into_it(
    database, capsys
):
    with beside(database, wanted=True):
        told = capsys.readouterr().err

    assert "Something is recorded in this database" in told


def test_tables_made_where_there_were_none_are_told_to_be_a_new_laboratory(lims):
    done = lims("migrate")

    assert "is a new laboratory, in which nothing is recorded" in done.stdout + done.stderr


def test_nobody_else_of_the_machine_reads_a_new_database(lims, tmp_path):
    lims("migrate")

    assert (tmp_path / "var" / "lims.sqlite").stat().st_mode & 0o077 == 0
