"""`make bench`: fill a laboratory, ask it for everything, write down how long that took."""

import compileall
import itertools
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
from sqlalchemy import Engine

import lims
from lims.database import Database
from lims.web.app import create_app
from tests.bench import acts, crowd, first_load, page, pages, papers, ready, report, switching
from tests.bench.one_query import app_on
from tests.bench.rounds import WARM, Bench, Figure
from tests.bench.site import Served, Site, filled, served
from tests.bench.wire import Wire
from tests.web.visitor import Visitor

IN_PROCESS, HTTP = "in process", "HTTP"
DIALECTS = ("sqlite", "postgresql")
EACH, FEW, CROWD = 20, 4, 160
"""Harvests and vials of a round, of a short one, and vials that eight clients place."""
GUNICORN = (
    "-m", "gunicorn", "wsgi:app", "--workers", str(os.cpu_count() or 1), "--threads", "4",
    "--keep-alive", "75", "--log-level", "warning",
)  # fmt: skip
"""What serves many at once with PostgreSQL, a process a core; SQLite is served by one."""
GENEALOGY = "Genealogy of 1,000 things"
NEED_MUCH = (
    acts.HARVEST, acts.PLACE, crowd.COMMANDS_AT_ONCE, papers.IMPORT, GENEALOGY, *papers.DRAWN,
)  # fmt: skip


@click.command()
@click.option("--size", default=100_000, show_default=True, help="Vials.")
@click.option("--database", "dialects", type=click.Choice(DIALECTS), multiple=True, help="Or both.")
@click.option("--only", default="", help="Rounds whose name has this in it.")
@click.option("--folder", default="/tmp/lims-bench", type=click.Path(path_type=Path))
@click.option("--most", default=200, help="Tries of a round.")
@click.option("--docs", default=report.DOCS, type=click.Path(path_type=Path), help="Written to.")
def main(
    size: int, dialects: tuple[str, ...], only: str, folder: Path, most: int, docs: Path
) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers are ended, figures kept
    compileall.compile_dir(Path(lims.__file__).parent, quiet=1)  # as pip installs it
    for dialect in dialects or DIALECTS:
        with filled(folder, dialect, size) as site:
            if site.loaded_in_s:
                click.echo(f"{dialect}: {site.loaded} in {site.loaded_in_s:.0f} s")
            measured_and_kept(dialect, size, site, Bench(only, most), written_to(docs, only))


def written_to(docs: Path, only: str) -> Path | None:
    """Where figures are written down; of some rounds alone nowhere, if nobody says KEEP=1."""
    wanted = not only or bool(os.environ.get("KEEP"))
    return docs if wanted and docs.is_dir() else None


def measured_and_kept(dialect: str, size: int, site: Site, bench: Bench, docs: Path | None) -> None:
    """What was measured by then is kept also where something goes wrong."""
    run = report.Run.of(dialect, size, site)
    run.figures, run.lacking, whole = bench.figures, bench.lacking, False
    try:
        measured(site, bench, run)
        whole = not bench.only
    finally:
        click.echo(report.as_text(run))
        if docs is not None:
            page.write(report.keep(run, docs, whole=whole), docs)


def looked_at(site: Site, bench: Bench) -> list[Figure]:
    """Pages in process."""
    database = Database(site.settings.database_url)
    found = pages.things(database)
    database.engine.dispose()
    in_process(bench, site, lambda of, engine: pages.measure(
        bench, IN_PROCESS, of, found, engine
    ))  # fmt: skip
    return bench.figures


def measured(site: Site, bench: Bench, run: report.Run) -> None:
    """All of it, the pages before anything is added to what was loaded."""
    database = Database(site.settings.database_url)
    found = pages.things(database)
    compare(bench, site, found)
    looked_at(site, bench)
    with ExitStack() as servers:
        server = servers.enter_context(served(site))
        run.start_s = server.started_in_s
        servers.callback(weighed, run, server)
        pages.measure(bench, HTTP, visiting(server), found)
        first_load.measure(bench, server.port, found)
        for_many = server
        if run.dialect != "sqlite":
            for_many = servers.enter_context(served(site, *GUNICORN))
        crowd.measure_pages(bench, for_many, found)
        switching.measure(bench, database, server.port)
        working(bench, site, database, server, for_many)
    papers.verified(bench, site)
    database.engine.dispose()


def weighed(run: report.Run, server: Served) -> None:
    run.memory_mb, run.peak_mb = server.memory_mb()


def working(bench: Bench, site: Site, database: Database, server: Served, for_many: Served) -> None:
    """What needs something made ready, and adds to the records."""
    if not any(map(bench.wanted, NEED_MUCH)):
        return
    each = EACH if bench.most > FEW else FEW + 2 * WARM
    made = ready.ready(database, site, vessels=2 * each, vials=2 * each + CROWD)
    ready.observed(made)
    in_process(bench, site, lambda of, engine: acts.measure(
        bench, IN_PROCESS, of("technician"), of("keeper"), made, engine
    ))  # fmt: skip
    of = visiting(server)
    acts.measure(bench, HTTP, of("technician"), of("keeper"), made)
    crowd.measure_commands(bench, for_many, made.vials[2 * each :])
    papers.measure(bench, database, site, made)
    if bench.wanted(GENEALOGY):
        address = f"/genealogy/{ready.of_many(database, site)}"
        bench.round(GENEALOGY, HTTP, pages.opening(of(pages.AS), itertools.repeat(address)))


def visiting(server: Served) -> Callable[[str], Visitor]:
    return lambda login: Visitor(Wire(server.port)).sign_in(login)


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


def in_process(
    bench: Bench, site: Site, measure: Callable[[Callable[[str], Visitor], Engine], None]
) -> None:
    app = create_app(site.settings)
    engine = app.extensions["lims"].database.engine
    measure(lambda login: Visitor(app.test_client()).sign_in(login), engine)
    engine.dispose()


if __name__ == "__main__":
    main()
