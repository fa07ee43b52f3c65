"""Our own files under names that carry their content's hash: kept by the browser for good, and
never an old one after an upgrade."""

import hashlib
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

import lims

STATIC = Path(lims.__file__).parent / "static"
FOR_GOOD = 365 * 24 * 3600


def address(file: Path) -> str:
    """/static/app.0123456789ab.css for app.css."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    place = file.relative_to(STATIC).with_suffix(f".{digest}{file.suffix}")
    return f"/static/{place.as_posix()}"


def init(app: Flask) -> None:
    served = WhiteNoise(
        app.wsgi_app,
        max_age=FOR_GOOD,
        immutable_file_test=lambda path, url: True,
        allow_all_origins=False,
        add_headers_function=protect,
    )
    addresses = {}
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            addresses[file.relative_to(STATIC).as_posix()] = address(file)
            served.add_file_to_dictionary(address(file), str(file))
    app.wsgi_app = served  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = addresses.__getitem__


def protect(headers: dict[str, str], path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
