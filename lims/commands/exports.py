"""`lims export`: what leaves the laboratory, for an inspector, another laboratory, the years."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lims.environment import LANGUAGES
from lims.opening import NO, environment, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lims.config import Settings
    from lims.exports.about import Lacking
    from lims.exports.folder import ExportFolder

MOST_NAMED = 20
"""Lacking files told one by one; the manifest lists all."""


@click.command()
@click.argument("batch", required=False)
@click.option("--all", "everything", is_flag=True, help="The whole laboratory, not one batch.")
@click.option(
    "--to",
    required=True,
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder that is new or empty.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="Of the papers that were never made; the site's first one unless told.",
)
def export(batch: str | None, everything: bool, to: Path, language: str | None) -> None:
    """Write one BATCH, or with --all everything, in open formats with a verifier.

    Nothing is stored. Exit 1 when a stored file was missing or altered: the rest is exported.
    """
    if everything == (batch is not None):
        raise click.UsageError("Name one batch, or say --all: one of the two.")
    settings = environment()
    with opened(settings) as database:
        database.require_current_schema()
        from lims.exports.folder import ExportFolder

        folder = ExportFolder(to)
        with database.reading() as session, folder.begun():
            if batch is None:
                digest, lacking = _everything(session, folder, settings)
            else:
                digest, lacking = _batch(session, folder, settings, batch, language)
    tell(lacking)
    click.echo(f"{len(folder.listed)} files in {folder.path}")
    click.echo(f"SHA-256 of manifest.json, to be kept elsewhere: {digest}")
    sys.exit(NO if lacking else 0)


def tell(lacking: Sequence["Lacking"]) -> None:
    """Which stored files the export had to do without."""
    from lims.workflows.findings import More

    for each in lacking[:MOST_NAMED]:
        click.echo(each.sentence().english(), err=True)
    if len(lacking) > MOST_NAMED:
        click.echo(More(count=len(lacking) - MOST_NAMED).english(), err=True)


def _everything(
    session: "Session", folder: "ExportFolder", settings: "Settings"
) -> tuple[str, list["Lacking"]]:
    from lims.exports import everything

    with click.progressbar(length=everything.rows(session), label="Rows", file=sys.stderr) as bar:
        return everything.write(session, folder, settings.store, settings.anchor_dir, bar.update)


def _batch(
    session: "Session",
    folder: "ExportFolder",
    settings: "Settings",
    code: str,
    language: str | None,
) -> tuple[str, list["Lacking"]]:
    from lims.exports import one_batch
    from lims.models.batch import Batch
    from lims.papers.heading import Desk, site_of
    from lims.papers.wording import wording_of
    from lims.workflows import codes, earlier_marks

    zone = settings.time_zone
    say = wording_of(language or settings.default_language, zone)
    desk = Desk(site_of(session, settings.site_name), zone, settings.store, say)
    typed = code.strip()
    named = earlier_marks.called(session, typed) or typed.upper()
    batch = codes.load(session, named, Batch)
    return one_batch.write(session, folder, batch, desk, _shown)


def _shown(items: Sequence[Any]) -> Iterator[Any]:
    """Go through `items`, showing how far."""
    with click.progressbar(items, label="Papers", file=sys.stderr) as bar:
        yield from bar
