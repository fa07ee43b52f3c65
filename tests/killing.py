"""Workers in processes of their own, that are killed in the middle of what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lims import clock
from lims.config import Settings

KILLED = -signal.SIGKILL
DIES_AFTER = """
import os, signal
import time_machine
from lims import worker
from lims.config import Settings
from lims.database import Database

def and_die(act):
    def done(*given):
        act(*given)
        os.kill(os.getpid(), signal.SIGKILL)
    return done

time_machine.travel(os.environ["LIMS_TEST_NOW"]).start()
settings = Settings.from_environment(os.environ)
worker.ACTS = {kind: and_die(act) for kind, act in worker.ACTS.items()}
worker.Worker(Database(settings.database_url), settings).work_once()
"""
"""A worker that is killed after its first job did all it does, before anybody wrote that down."""


def environment(settings: Settings) -> dict[str, str]:
    """That of a process with these settings."""
    ours = {
        "LIMS_DATABASE_URL": settings.database_url,
        "LIMS_DATA_DIR": str(settings.data_dir),
        "LIMS_ANCHOR_DIR": str(settings.anchor_dir),
        "LIMS_SECRET_KEY": settings.secret_key,
        "LIMS_URL": settings.url,
        "LIMS_BACKUP_KEEP": str(settings.backup_keep),
    }
    if settings.mail_server is not None:
        ours["LIMS_MAIL_SERVER"] = f"smtp://{settings.mail_server}"
        ours["LIMS_MAIL_FROM"] = settings.mail_from
    return {k: v for k, v in os.environ.items() if not k.startswith("LIMS_")} | ours


def dies_after_a_job(settings: Settings) -> int:
    """How the process ended; it is now there too."""
    return subprocess.run(
        [sys.executable, "-c", DIES_AFTER],
        env=environment(settings) | {"LIMS_TEST_NOW": clock.now().isoformat()},
        cwd=Path(__file__).parents[1],
        timeout=60,
        check=False,
    ).returncode


@contextmanager
def worker(settings: Settings, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """`lims worker`, under way; it ends here at the latest."""
    with subprocess.Popen(
        [sys.executable, "-m", "lims", "worker", *words],
        env=environment(settings),
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)
