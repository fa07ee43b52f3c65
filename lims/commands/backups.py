"""Commands for the day the disk is gone: make a backup, see which there are, restore one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from lims.commands.progress import shown
from lims.opening import NO, environment, looked_at, named_only, opened

if TYPE_CHECKING:
    from lims.backups.folder import Backup
    from lims.backups.restoring import Restored
    from lims.config import Settings
    from lims.errors import LimsError

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--to", type=FOLDER, metavar="FOLDER", help="Instead of LIMS_BACKUP_DIR.")
def backup(to: Path | None) -> None:
    """Copy the database with its files, and prove the copy; exit 1 when it is not good."""
    from lims.backups.folder import Reason, found
    from lims.backups.making import make
    from lims.backups.standing import AnothersToo
    from lims.backups.trails import laboratories

    settings = environment()
    root = to.absolute() if to else None
    click.echo(f"Database: {looked_at(settings)}")
    with opened(settings, settings.migration_url) as database:
        made = make(database, settings, Reason.BY_HAND, shown, root)
    tell(made)
    beside = made.folder.parent
    if len(laboratories(found(beside))) > 1:
        click.echo(AnothersToo(path=beside).english())
    sys.exit(0 if made.is_good else NO)


@click.command()
@click.argument("folder", type=FOLDER, required=False)
@click.option("--identity", type=FILE, metavar="FILE", help="The secret key of age.")
@click.option(
    "--yes", is_flag=True, help="Do not ask before a database of this laboratory is replaced."
)
@click.option("--despite-faults", is_flag=True, help="Restore what the proof finds faults in.")
@click.option("--only-files", is_flag=True, help="Stored files missing or altered; no database.")
def restore(
    folder: Path | None, identity: Path | None, yes: bool, despite_faults: bool, only_files: bool
) -> None:
    """Prove the backup in FOLDER and put it in place; without FOLDER, list the backups.

    With --only-files the database stays, and people may work on: what is missing among the stored
    files, or was altered, is brought back; exit 1 where some are still lacking.
    """
    from lims import rights
    from lims.backups.folder import Backup
    from lims.backups.present import OtherLaboratory
    from lims.backups.restoring import restore as put_in_place

    if folder is None:
        show(named_only())
        return
    settings = environment(may_be_new=True)
    chosen = Backup.read(folder.absolute())
    if only_files:
        bring_files_back(settings, chosen, identity)

    def agree(present: "LimsError") -> bool:
        tell(chosen)
        click.echo(present.english())
        anothers = isinstance(present, OtherLaboratory)  # which nobody meant when writing --yes
        return (yes and not anothers) or click.confirm("Put this backup in its place?")

    restored = put_in_place(
        settings,
        chosen,
        agree=agree,
        identity=identity,
        despite_faults=despite_faults,
        progress=shown,
    )
    if restored is None:
        click.echo("Nothing was restored.")
        sys.exit(NO)
    with opened(settings, settings.migration_url) as database:
        rights.give(database, settings)  # what a dump of the database does not hold
    tell_restored(chosen, restored)


def bring_files_back(settings: "Settings", chosen: "Backup", identity: Path | None) -> NoReturn:
    """Stored files alone; the database is asked which, and left as it is."""
    from lims.backups import files_alone

    with opened(settings) as database:
        database.require_current_schema()
        done = files_alone.bring_back(settings, chosen, identity, shown)
    click.echo(f"{done.files} stored files were missing or altered, and are back.")
    if done.kept:
        click.echo(f"What lay in their place is kept: {done.kept}")
    for each in done.lacking:
        click.echo(each.english())
    sys.exit(NO if done.lacking else 0)


def show(settings: "Settings") -> None:
    """Every backup in the site's folder, the newest last, and which are not of its database."""
    from lims.backups import trails
    from lims.backups.folder import found, unreadable

    backups = found(settings.backup_dir)
    seen = trails.seen_from(settings, backups)
    several = len(trails.laboratories(backups)) > 1
    marks = [MARKS.get(whose.name, "") for _, whose in seen] if seen else [""] * len(backups)
    for each, mark in zip(backups, marks, strict=True):
        click.echo(f"{each.folder}  {in_short(each)}{mark}", nl=False)
        click.echo(f"; laboratory {each.about.first[:8]}" if several and each.about.first else "")
    for broken in unreadable(settings.backup_dir):
        click.echo(broken.english())
    if not backups:
        click.echo(f"There is no backup in {settings.backup_dir}.")
    elif several and seen is None:
        click.echo(SEVERAL)


def in_short(made: "Backup") -> str:
    about = made.about
    told = f"{about.reason}, {about.seq} entries, {about.files} files, {about.proof}"
    told += ", encrypted" if about.encrypted else ""
    return told if about.seq else f"{told}; EMPTY: nothing was recorded in it"


MARKS = {
    "AHEAD": "; NOT OF THE PRESENT TRAIL: it has entries that the present database has not",
    "ANOTHERS": "; OF ANOTHER LABORATORY than the present database",
}
"""What is said of a backup that is not of the trail of the present database."""
SEVERAL = (
    "They are of more than one laboratory, told apart by the hash of its first entry. Take the"
    " newest good one of yours: compare the number of entries with the newest paper or anchor."
)


def tell(made: "Backup") -> None:
    """What a backup is, and what was proved of it."""
    about = made.about
    click.echo(f"Backup {made.folder}")
    click.echo(
        f"  made at {about.made_at} by version {about.program}, tables of revision {about.revision}"
    )
    click.echo(f"  {about.seq} entries, {about.rows} rows, {about.files} files", nl=False)
    click.echo(", encrypted" if about.encrypted else "")
    click.echo(f"  {PROOFS[about.proof]}")
    for sentence in about.told:
        click.echo(f"    {sentence}")


PROOFS = {
    "good": "proved: the copy is sound, its chain and its anchors fit, every row is as its trail"
    " tells, every stored file is there and as it was stored",
    "faults": "NOT GOOD, the proof found:",
    "not proved": "NOT PROVED:",
}


def tell_restored(chosen: "Backup", done: "Restored") -> None:
    if done.kept != "-":
        click.echo(f"The database there was is kept: {done.kept}")
    click.echo(
        f"Restored: {chosen.about.seq} entries; {done.files} of {chosen.about.files} stored files"
        " were missing or altered, and are back."
    )
    if done.report is None:
        click.echo("Its tables are of an older version. Run: lims migrate")
        return
    for sentence in done.report.sentences():
        click.echo(sentence.english())
    click.echo("Everybody signs in anew where the key of the site is a new one. Start: lims serve")
