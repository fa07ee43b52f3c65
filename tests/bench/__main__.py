"""`make bench`: fill a laboratory, ask it for everything, write down how long that took."""

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from lims.database import Database
from lims.web.app import create_app
from tests.bench import pages, report
from tests.bench.one_query import app_on
from tests.bench.rounds import Bench
from tests.bench.site import Served, Site, filled, peak_mb, served
from tests.bench.wire import Wire
from tests.laboratory import PASSWORD
from tests.web.visitor import Visitor

IN_PROCESS, HTTP = "in process", "HTTP"
DIALECTS = ("sqlite", "postgresql")


@click.command()
@click.option("--size", default=100_000, show_default=True, help="Vials.")
@click.option("--database", "dialects", type=click.Choice(DIALECTS), multiple=True)
@click.option("--only", default="", help="Rounds whose name has this in it.")
@click.option("--folder", default="/tmp/lims-bench", type=click.Path(path_type=Path))
@click.option("--most", default=200, help="Tries of a round.")
@click.option("--write/--no-write", default=True, help="Into docs/, or only to the screen.")
def main(
    size: int, dialects: tuple[str, ...], only: str, folder: Path, most: int, write: bool
) -> None:
    for dialect in dialects or DIALECTS:
        with filled(folder, dialect, size) as site:
            if site.loaded_in_s:
                click.echo(f"{dialect}: {site.loaded} in {site.loaded_in_s:.0f} s")
            run = report.Run.of(dialect, size, site)
            run.figures = measured(site, Bench(only, most), run)
        click.echo(report.as_text(run))
        if write:
            report.keep(run, whole=not only)


def measured(site: Site, bench: Bench, run: report.Run) -> list[report.Figure]:
    database = Database(site.settings.database_url)
    found = pages.things(database)
    compare(bench, site, found)
    in_process(bench, site, found)
    with served(site) as server:
        run.start_s = server.started_in_s
        visitor = Visitor(Wire(server.port)).sign_in(pages.AS)
        pages.measure(bench, HTTP, visitor, found)
        run.memory_mb = server.memory_mb
    database.engine.dispose()
    return bench.figures


def compare(bench: Bench, site: Site, found: pages.Things) -> None:
    """The page that makes one query, both ways, before all else."""
    only, bench.only = bench.only, ""
    page = pages.one_of("/{}", "vials")
    app = app_on(site.settings.database_url)
    bench.round("One query", IN_PROCESS, page(Visitor(app.test_client()), found))
    with served(site, "-m", "tests.bench.one_query", asked="/none") as server:
        bench.round("One query", HTTP, page(Visitor(Wire(server.port)), found))
    bench.one_query_ms = {figure.way: figure.p50_ms for figure in bench.figures}
    bench.only = only


def in_process(bench: Bench, site: Site, found: pages.Things) -> None:
    app = create_app(site.settings)
    visitor = Visitor(app.test_client()).sign_in(pages.AS)
    engine = app.extensions["lims"].database.engine
    pages.measure(bench, IN_PROCESS, visitor, found, engine)
    engine.dispose()


if __name__ == "__main__":
    main()
