"""The `lims` command. Its imports stand inside the commands, so that help and `check` are quick.

Exit codes: 0 done, or yes; 1 the answer is no; 2 the command line or a setting is wrong;
3 refused, and the sentence says why.
"""

import logging
import secrets
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from lims import collecting
from lims.commands import backups, demo, exports, imports, upkeep, worker
from lims.errors import N_, LimsError, SettingError
from lims.opening import NO, REFUSED, USAGE, environment, looked_at, opened

if TYPE_CHECKING:
    from lims.config import Settings
    from lims.database import Database
    from lims.imports.sheet import Report

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class BadBind(SettingError):
    sentence = N_(
        "%(bind)s cannot be served (%(reason)s). Name another with --bind HOST:PORT, or"
        " make run BIND=HOST:PORT, such as 127.0.0.1:8000."
    )


class NoPort(SettingError):
    sentence = N_(
        "%(bind)s does not end in a port, which is a number up to 65535. Name another with"
        " --bind HOST:PORT, or make run BIND=HOST:PORT, such as 127.0.0.1:8000."
    )


def main() -> NoReturn:
    """Run one command; what a person can act on is told in one sentence, without a traceback."""
    try:
        commands()
    except LimsError as error:
        click.echo(f"lims: {error.english()}", err=True)
        sys.exit(USAGE if isinstance(error, SettingError) else REFUSED)
    sys.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lims", message="lims %(version)s")
def commands() -> None:
    """From one patient's tissue to that patient's own dose, and the record of it.

    Settings are LIMS_… variables of the environment; the README lists them.
    """


for command in (
    imports.import_file,
    imports.print_template,
    exports.export,
    upkeep.doctor,
    upkeep.verify_trail,
    upkeep.anchor_by_hand,
    worker.worker,
    demo.demo,
    backups.backup,
    backups.restore,
):
    commands.add_command(command)


@commands.command()
def init() -> None:
    """Make the data folder, the key and the tables; print the first administrator's code."""
    settings = environment(may_be_new=True)
    with opened(settings, settings.migration_url, may_be_new=True) as database:
        upgrade(database, settings)
    with opened(settings) as database:
        invite_first_administrator(database, settings.url)


@commands.command()
@click.option("--despite-faults", is_flag=True, help="Upgrade records that lims verify faults.")
def migrate(despite_faults: bool) -> None:
    """Back up, then bring the tables to what this version of the program needs."""
    settings = environment(may_be_new=True)
    with opened(settings, settings.migration_url, may_be_new=True) as database:
        upgrade(database, settings, despite_faults=despite_faults)


@commands.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
@click.option("--demo", "fills", is_flag=True, help="Fill an empty database with a demonstration.")
def serve(bind: str, threads: int, fills: bool) -> None:
    """Serve the site in one process; refuses tables of another version."""
    settings = environment()
    require_port(bind)
    with collecting.starting():
        with opened(settings) as database:
            database.require_current_schema()
        click.echo(f"Database: {looked_at(settings)}")
        warn(settings)

        import waitress

        from lims import locks
        from lims.web.app import create_app
        from lims.worker import LOG_FORMAT, Worker

        app = create_app(settings)
    try:
        server = waitress.create_server(
            app,
            listen=bind,
            threads=threads,
            ident=None,
            max_request_body_size=settings.max_upload_mb * 2**20,
            # With a proxy in front the application reads its headers, counting the hops.
            clear_untrusted_proxy_headers=settings.proxy_hops == 0,
        )
    except (OSError, OverflowError, ValueError) as error:
        raise BadBind(
            bind=bind, reason=getattr(error, "strerror", None) or str(error).rstrip(".")
        ) from error
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # requests under way are finished
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    database = app.extensions["lims"].database
    worker = Worker(database, settings, beside_pages=True)
    one = locks.only_server(settings.data_dir) if database.is_sqlite else nullcontext()
    with one, locks.shared(settings.data_dir), demo.beside(database, wanted=fills):
        server.print_listen("Serving on http://{}:{}")
        worker.start()
        try:
            server.run()
        finally:
            worker.stop()


def require_port(bind: str) -> None:
    """Raise NoPort unless it ends in a port (0: any that is free): waitress takes a larger number
    for a smaller one."""
    port = bind.rpartition(":")[2]
    if not (port.isascii() and port.isdigit() and int(port) < 2**16):
        raise NoPort(bind=bind)


@commands.command()
@click.argument("code")
def check(code: str) -> None:
    """Say whether CODE is well formed; exit 1 when it is not."""
    from lims.workflows.codes import is_well_formed

    well_formed = is_well_formed(code)
    click.echo(f"{code} is {'well formed' if well_formed else 'not one of our codes'}.")
    sys.exit(0 if well_formed else NO)


@commands.command()
@click.argument("runs", type=FILE, metavar="FILE.csv")
def growth(runs: Path) -> None:
    """Print doublings, cumulative doublings and doubling time of each row of a file.

    Its first line names the columns: run, passage, seeded_viable_cells, harvested_viable_cells,
    days.
    """
    from lims.imports.growth_file import growth_report

    tell(growth_report(runs.read_bytes()))


@commands.command()
@click.argument("specification", type=FILE, metavar="SPEC.toml")
@click.argument("results", type=FILE, metavar="RESULTS.csv")
def judge(specification: Path, results: Path) -> None:
    """Print the verdict of each test of SPEC.toml by RESULTS.csv.

    Its first line names the columns: test, result; and, where they are known, days_read, method,
    spike_recovery_pct.
    """
    from lims.imports.results_file import judging_report

    tell(judging_report(specification.read_bytes(), results.read_bytes(), name=specification.stem))


def tell(report: "Report") -> NoReturn:
    """Print what a file gave, then what in it could not be taken; exit 1 when there is such."""
    for line in report.lines:
        click.echo(line)
    for error in report.errors:
        click.echo(error.english(), err=True)
    sys.exit(NO if report.errors else 0)


def upgrade(database: "Database", settings: "Settings", *, despite_faults: bool = False) -> None:
    from lims import upgrading
    from lims.commands.progress import shown

    click.echo(f"Database: {looked_at(settings)}")
    upgrading.upgrade(database, settings, click.echo, shown, despite_faults=despite_faults)


def invite_first_administrator(database: "Database", url: str) -> None:
    """Print a one-time code, until somebody can sign in as administrator."""
    from lims.workflows import people

    with database.reading() as session:
        if people.has_administrator(session):
            return
    code = database.run(
        people.invite_first_administrator, None, key=secrets.token_hex(), arguments=lambda _: {}
    )
    click.echo(f"\nThe first administrator chooses a password at {url}/first-password")
    click.echo(f"    sign-in name    {people.FIRST_ADMINISTRATOR}")
    click.echo(f"    one-time code   {code.plain}\n")


def warn(settings: "Settings") -> None:
    """Tell what is fit for trying out and not for patients."""
    if not settings.https:
        click.echo("Warning: LIMS_URL is not https, so cookies travel in the clear.", err=True)
    if settings.anchor_dir.is_relative_to(settings.data_dir):
        click.echo(
            "Warning: the anchors of the audit trail lie beside the data they protect;"
            " name a folder of another host in LIMS_ANCHOR_DIR.",
            err=True,
        )
