"""Commands that take over what laboratories already have."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lims.commands.progress import shown
from lims.errors import N_, LimsError
from lims.opening import NO, environment, opened

if TYPE_CHECKING:
    from lims.database import Database
    from lims.earlier import Looked
    from lims.files import FileStore
    from lims.models.earlier import Import, ImportKind

MOST_TOLD = 200
"""Faults printed one by one; --all prints the rest."""


class TooLargeAFile(LimsError):
    sentence = N_("%(file)s has %(mib)s MiB; at most %(most)s are taken (LIMS_MAX_UPLOAD_MB).")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "login", required=True, metavar="LOGIN", help="Who imports: their password.")
@click.option("--kind", type=click.Choice(["patients", "vials", "batches"]), help="Else by header.")
@click.option("--mapping", metavar="NAME", help="A saved mapping of columns.")
@click.option("--column", "columns", multiple=True, metavar="OURS=HEADER", help="Map a column.")
@click.option("--save-mapping", metavar="NAME", help="Keep these --column options under a name.")
@click.option("--check", "only_check", is_flag=True, help="Look at every row and store nothing.")
@click.option("--all", "tell_all", is_flag=True, help="Name every bad cell, however many.")
def import_file(
    file: Path,
    login: str,
    kind: str | None,
    mapping: str | None,
    columns: tuple[str, ...],
    save_mapping: str | None,
    only_check: bool,
    tell_all: bool,
) -> None:
    """Take over earlier records: batch sheets, lists of patients or of the cryobank (CSV, XLSX).

    Every row is looked at first; where one is wrong, nothing is stored, each fault is named and
    the command ends with 1. The same file again goes on with an import that was killed.
    """
    from lims import earlier, locks
    from lims.models.earlier import ImportKind
    from lims.workflows.import_mappings import headers_written
    from lims.workflows.proving import prove

    settings = environment()
    if (mib := file.stat().st_size // 2**20) >= settings.max_upload_mb:
        raise TooLargeAFile(file=file.name, mib=mib, most=settings.max_upload_mb)
    with opened(settings) as database, locks.shared(settings.data_dir):
        database.require_current_schema()
        proof = prove(database, login, _password(login), "command line")
        earlier.require_may(database, proof.user_id)
        chosen = ImportKind(kind) if kind else None
        with shown("Looking at every row"):
            looked = earlier.look(
                database,
                file.read_bytes(),
                file.name,
                settings.time_zone,
                kind=chosen,
                mapping=mapping,
                headers=headers_written(columns),
            )
        _tell(looked, MOST_TOLD if not tell_all else len(looked.errors))
        if save_mapping:  # of a file with faults too: they are mended in the file, not in it
            earlier.save_mapping(database, looked, save_mapping, proof.user_id)
            click.echo(f"The mapping {save_mapping} is kept.")
        if only_check or looked.errors:
            sys.exit(NO if looked.errors else 0)
        done = _with_progress(database, settings.store, looked, proof.user_id)
        _tell_done(done)


@click.command("template")
@click.argument("kind", type=click.Choice(["patients", "vials", "batches"]))
def print_template(kind: str) -> None:
    """Print the template of a file to import: its columns, and rows of an invented laboratory."""
    from lims import earlier_files
    from lims.models.earlier import ImportKind

    sys.stdout.buffer.write(earlier_files.template(ImportKind(kind)))


def _password(login: str) -> str:
    """Asked for where somebody sits; else the first line of what is piped in."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {login}: ")
    return sys.stdin.readline().rstrip("\n")


def _tell(looked: "Looked", most: int) -> None:
    for note in looked.notes:
        click.echo(f"Note: {note.english()}")
    told = looked.told
    for error in told[:most]:
        click.echo(error.english(), err=True)
    if len(told) > most:
        click.echo(f"... and {len(told) - most} more; --all names them.", err=True)
    counted = f"{_number(looked.rows, 'row')}, {_called(looked.kind, len(looked.items))}"
    if looked.errors:
        faults = _number(len(looked.errors), "fault")
        click.echo(f"{counted}: {faults}, nothing is stored.", err=True)
    else:
        click.echo(f"{counted}: all good.")


def _called(kind: "ImportKind", number: int) -> str:
    """So many of what is stored whole or not at all."""
    match kind.value:
        case "vials":
            return f"{_number(number, 'group')} of vials frozen together"
        case "batches":
            return _number(number, "batch", "batches")
    return _number(number, "patient")


def _number(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _with_progress(
    database: "Database", store: "FileStore", looked: "Looked", user_id: int
) -> "Import":
    from lims import earlier

    if looked.done:
        click.echo(f"{len(looked.done)} were stored before; going on after them.")
    with click.progressbar(length=len(looked.items), label="Storing", file=sys.stderr) as bar:
        bar.update(len(looked.done))
        return earlier.take_over(
            database, store, looked, user_id, lambda done: bar.update(done - bar.pos)
        )


def _tell_done(done: "Import") -> None:
    click.echo(f"{done.code}: {done.items - len(done.omissions)} of {done.items} stored.")
    for left in done.omissions:
        click.echo(f"{left.sheet}, row {left.row_number}, left out: {left.reason}", err=True)
    if done.omissions:
        sys.exit(NO)
