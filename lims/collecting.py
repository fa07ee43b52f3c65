"""Python's collector of what refers to itself, set for a server: it rests while the program starts,
and never again looks at what was made then, which stays until the end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""New things until it looks; a page makes some thousands, and Python's own 700 are for less."""


@contextmanager
def starting() -> Iterator[None]:
    """Meanwhile nothing is collected. Looking at all of it once takes half a second in which no
    request is answered; a start that fails leaves the collector as it was."""
    gc.disable()
    try:
        yield
        gc.freeze()
        gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    finally:
        gc.enable()
