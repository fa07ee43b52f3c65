"""The site on a port of this machine, for a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from flask import Flask
from werkzeug.serving import make_server

SEEN_WITHIN_S = 0.02
"""How soon the server sees that it is to end."""


class Served:
    """A site at an address, which may be gone for a while."""

    def __init__(self, app: Flask) -> None:
        self.app, self.port = app, 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(SEEN_WITHIN_S,))
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.app.extensions["lims"].database.engine.dispose()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address at which `app` answers until the block ends."""
    with Served(app) as served:
        yield served.address
