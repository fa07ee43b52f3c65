"""The site on a port of this machine, for a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import make_server

SEEN_WITHIN_S = 0.02
"""How soon the server sees that it is to end."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address at which `app` answers until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(SEEN_WITHIN_S,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["lims"].database.engine.dispose()
