"""Eight clients at once: how many pages and commands a second, and none refused."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.bench import acts, pages
from tests.bench.pages import PAGES, Things
from tests.bench.rounds import Bench, Try
from tests.bench.site import Served
from tests.bench.wire import Wire
from tests.web.visitor import Visitor

CLIENTS = 8
FOR_S = 8.0
MIXED = ("Scan to page, redirect included", "Batch", "Box", "Vials, first page")
PAGES_AT_ONCE, COMMANDS_AT_ONCE = "8 clients, pages", "8 clients, commands"


def measure_pages(bench: Bench, server: Served, found: Things) -> None:
    def of(visitor: Visitor) -> Iterator[Try]:
        each = [PAGES[name](visitor, found) for name in MIXED]
        return (next(tries) for tries in itertools.cycle(each))

    if bench.wanted(PAGES_AT_ONCE):
        visitors = signed_in(server, pages.AS)
        _all_at_once(bench, PAGES_AT_ONCE, [of(visitor) for visitor in visitors])


def measure_commands(bench: Bench, server: Served, vials: Sequence[tuple[str, str, str]]) -> None:
    if bench.wanted(COMMANDS_AT_ONCE):
        visitors = signed_in(server, "keeper")
        shares = [vials[number::CLIENTS] for number in range(CLIENTS)]
        tries = [acts.placing(v, share) for v, share in zip(visitors, shares, strict=True)]
        _all_at_once(bench, COMMANDS_AT_ONCE, tries)


def signed_in(server: Served, login: str) -> list[Visitor]:
    return [Visitor(Wire(server.port)).sign_in(login) for _ in range(CLIENTS)]


def _all_at_once(bench: Bench, name: str, clients: Sequence[Iterator[Try]]) -> None:
    for client in clients:
        next(client)()
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as crowd:
        told = list(crowd.map(_until(began + FOR_S), clients))
    spent = time.perf_counter() - began
    seconds = [took for each, _ in told for took in each]
    errors = sum(wrong for _, wrong in told)
    bench.add(name, "HTTP", seconds, note=f"{len(seconds) / spent:.0f} a second, {errors} errors")


def _until(end: float) -> Callable[[Iterator[Try]], tuple[list[float], int]]:
    def client(tries: Iterator[Try]) -> tuple[list[float], int]:
        took: list[float] = []
        errors = 0
        for once in tries:
            began = time.perf_counter()
            try:
                once()
                took.append(time.perf_counter() - began)
            except (AssertionError, OSError):
                errors += 1
            if time.perf_counter() > end:
                break
        return took, errors

    return client
