"""Commands for whoever keeps the system: examine, verify, anchor."""

import sys

import click

from lims.commands.progress import shown
from lims.not_ready import NoFolder
from lims.opening import NO, environment, looked_at, opened


@click.command()
def doctor() -> None:
    """Name what is wrong with this installation; exit 1 when something is."""
    from lims.doctor import examine
    from lims.workflows.findings import Finding

    try:
        settings = environment()
    except NoFolder as refusal:
        click.echo(refusal.english())
        sys.exit(NO)
    click.echo(f"Database: {looked_at(settings)}")
    with shown("Looking at the database, the anchors and the backups"):
        told = examine(settings)
    for each in told:
        click.echo(each.english() if isinstance(each, Finding) else f"Note: {each.english()}")
    sys.exit(NO if any(isinstance(each, Finding) for each in told) else 0)


@click.command("verify")
def verify_trail() -> None:
    """Look for any row or stored file edited, removed or put in; exit 1 when one is found."""
    from lims import anchors, guards, rehashing
    from lims.backups.kinds import kind_of
    from lims.backups.sqlite import unreadable
    from lims.workflows.findings import Finding, Notice

    settings = environment()
    written, damaged = anchors.read(settings.anchor_dir)
    with opened(settings) as database:
        database.require_current_schema()
        with shown("Looking at the database: is it sound"):
            broken = list(kind_of(settings).faults(settings.owner_url))
        if unreadable(broken):
            for fault in broken:
                click.echo(fault.english())
            sys.exit(NO)
        with shown("Looking at its triggers, its trail, every row and stored file"):
            guarded = guards.looked(database, settings)
            with database.reading() as session:
                report = rehashing.verify_all(session, settings.store, written, damaged)
    report.put_first([*broken, *(each for each in guarded if isinstance(each, Finding))])
    report.note([each for each in guarded if isinstance(each, Notice)])
    for sentence in report.sentences():
        click.echo(sentence.english())
    sys.exit(0 if report.is_whole else NO)


@click.command("anchor")
def anchor_by_hand() -> None:
    """Write the end of the audit trail to the folder of anchors; exit 1 when it cannot be."""
    from lims import anchors
    from lims.job_acts import not_anchored
    from lims.workflows.anchors import AnchorReason

    settings = environment()
    with opened(settings) as database:
        database.require_current_schema()
        anchor = anchors.anchor_now(database, settings.anchor_dir, AnchorReason.BY_HAND)
        if anchor is None:
            click.echo(not_anchored(database, settings.anchor_dir).english(), err=True)
            sys.exit(NO)
    click.echo(f"Entry {anchor.seq} is anchored: {anchor.hash}")
