"""PostgreSQL's own programs: found, of the right version, told where and as whom to connect."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from lims.errors import N_, LimsError

DEBIANS = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version, the one that suits the server among them."""


class NoTool(LimsError):
    sentence = N_(
        "%(tool)s was not found. Install Debian's package postgresql-client-%(server)s, or name"
        " the folder that holds it in LIMS_PG_BIN."
    )


class OldTool(LimsError):
    sentence = N_(
        "%(tool)s is of version %(found)s, the server of version %(server)s: it would refuse."
        " Install Debian's package postgresql-client-%(server)s, or name the folder of that version"
        " in LIMS_PG_BIN."
    )


class ToolRefused(LimsError):
    sentence = N_("%(tool)s refused: %(reason)s.")


def tool(name: str, server: int, folder: Path | None) -> str:
    """The program of this name that can work with a server of this major version."""
    debians = DEBIANS / str(server) / "bin"
    where = str(folder) if folder else os.pathsep.join((str(debians), os.environ.get("PATH", "")))
    path = shutil.which(name, path=where)
    if path is None:
        raise NoTool(tool=name, server=server)
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"\) (\d+)", said)
    if version is None or int(version[1]) < server:
        raise OldTool(tool=path, found=version[1] if version else "?", server=server)
    return path


def run(path: str, *words: str, url: URL) -> None:
    """Run the program on the database at `url`; the password goes where no list of processes
    shows it."""
    named = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    environ = dict(os.environ)
    if url.password is not None:
        environ["PGPASSWORD"] = str(url.password)
    done = subprocess.run(
        [path, "--no-password", f"--dbname={named}", *words],
        env=environ,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in said if "error" in line.lower()), "; ".join(said[:1]))
        raise ToolRefused(tool=Path(path).name, reason=reason.rstrip(".") or done.returncode)
