"""Where the top-level folders `templates/` and `migrations/` lie: in a checkout or in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder `name`: in the package when installed from a wheel, else beside it."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name


TEMPLATES = folder("templates")
MIGRATIONS = folder("migrations")
SPECIFICATION = PACKAGE / "specifications" / "msc-adipose.toml"
"""The first version of the specification, as it is shipped."""
