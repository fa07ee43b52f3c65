"""The memory of a server. Python's collector of what refers to itself rests while the program
starts, and never again looks at what was made then, which stays until the end."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""New things until it looks; a page makes some thousands, and Python's own 700 are for less."""
M_ARENA_MAX = -8
"""Of glibc's mallopt(3)."""
POOLS = 2
"""Of memory: one a thread, as glibc has it, kept 30 MB more of what eight threads gave back."""


@contextmanager
def starting() -> Iterator[None]:
    """Meanwhile nothing is collected, and from now on threads share pools of memory. To look at all
    of it once takes half a second in which no request is answered; a start that fails leaves the
    collector as it was."""
    share_pools()
    gc.disable()
    try:
        yield
        gc.freeze()
        gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    finally:
        gc.enable()


def share_pools() -> None:
    """To be said before there are threads; other C libraries than glibc have no such pools."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_ARENA_MAX, POOLS)
