"""One variable of the environment at a time: read, or refused in a sentence."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from lims.devices.mail import BadServer, MailServer, is_address
from lims.errors import N_, SettingError
from lims.not_ready import NoFolder
from lims.secret_key import FolderRefused

LANGUAGES = ("ru", "en")
"""The languages the program speaks; English is the source, the others have a catalogue."""

PRINTER_DPI = (203, 300, 600)
"""The resolutions label printers are made in."""

NAMES = (
    "LIMS_DATABASE_URL", "LIMS_MIGRATION_URL", "LIMS_DATA_DIR", "LIMS_ANCHOR_DIR",
    "LIMS_BACKUP_DIR", "LIMS_BACKUP_KEEP", "LIMS_BACKUP_RECIPIENT", "LIMS_DOWNTIME_DIR",
    "LIMS_PG_BIN", "LIMS_SECRET_KEY", "LIMS_SITE_NAME", "LIMS_TIME_ZONE", "LIMS_LANGUAGES",
    "LIMS_URL", "LIMS_PROXY_HOPS", "LIMS_MAX_UPLOAD_MB", "LIMS_PRINTER_DPI", "LIMS_MAIL_SERVER",
    "LIMS_MAIL_FROM",
)  # fmt: skip
RESERVED_FOR_TESTS = "LIMS_TEST_"
RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
"""A public key of age, as `age-keygen` prints it."""


class UnknownSetting(SettingError):
    sentence = N_("%(name)s is not a setting of this program. Did you mean %(nearest)s?")


class NotANumber(SettingError):
    sentence = N_("%(name)s is %(value)s; give a whole number from %(least)s to %(most)s.")


class UnknownChoice(SettingError):
    sentence = N_("%(name)s names %(value)s; choose from: %(choices)s.")


class UnknownTimeZone(SettingError):
    sentence = N_("LIMS_TIME_ZONE is %(value)s, which is no time zone. Did you mean %(nearest)s?")


class BadAddress(SettingError):
    sentence = N_("LIMS_URL is %(value)s; give the site's address, such as https://lims.example.")


class BadDatabaseAddress(SettingError):
    sentence = N_(
        "%(name)s is not understood; write sqlite:////folder/file.sqlite"
        " or postgresql+psycopg://user:password@host/database."
    )


class BadMailServer(SettingError):
    sentence = N_(
        "LIMS_MAIL_SERVER is not understood; write smtp://host:port, or"
        " smtps://user:password@host:port."
    )


class BadSender(SettingError):
    sentence = N_(
        "LIMS_MAIL_FROM is %(value)s; with LIMS_MAIL_SERVER, give the address that reminders come"
        " from, such as lims@clinic.example."
    )


class NoRecipient(SettingError):
    sentence = N_(
        "LIMS_BACKUP_RECIPIENT is no public key of age: it begins with age1 and has 62 letters and"
        " digits. Copy the line that age-keygen printed after “Public key:”."
    )


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """A misspelt setting would otherwise leave its default in force without a word."""
    for name in environ:
        ours = name.startswith("LIMS_") and not name.startswith(RESERVED_FOR_TESTS)
        if ours and name not in NAMES:
            raise UnknownSetting(name=name, nearest=nearest(name, NAMES))


def nearest(word: str, words: tuple[str, ...]) -> str:
    return get_close_matches(word, words, n=1, cutoff=0)[0]


def made(folder: Path) -> Path:
    """The folder, made for its owner alone where it is not there yet: it holds patients' data."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderRefused(path=folder, reason=error.strerror) from error
    return folder


def there(folder: Path) -> Path:
    """The folder, or NoFolder: who mistypes its name is not to be given an empty one."""
    if not folder.exists():
        raise NoFolder(path=folder)
    return folder


def folder(environ: Mapping[str, str], name: str) -> Path | None:
    named = environ.get(name)
    return Path(named).absolute() if named else None


def recipient(key: str | None) -> str | None:
    if key and not RECIPIENT.fullmatch(key):
        raise NoRecipient
    return key or None


def database_url(environ: Mapping[str, str], name: str) -> str | None:
    url = environ.get(name)
    if url and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadDatabaseAddress(name=name)  # not the value: it may hold a password
    return url or None


def time_zone(key: str) -> ZoneInfo:
    known = available_timezones()
    if key not in known:
        raise UnknownTimeZone(value=key, nearest=nearest(key, tuple(sorted(known))))
    return ZoneInfo(key)


def languages(listed: str) -> tuple[str, ...]:
    chosen = tuple(word.strip() for word in listed.split(","))
    for language in chosen:
        if language not in LANGUAGES:
            raise UnknownChoice(name="LIMS_LANGUAGES", value=language, choices=", ".join(LANGUAGES))
    return chosen


def address(url: str) -> str:
    """The site's address without a trailing slash; nothing is served below a path."""
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise BadAddress(value=url)
    return parts.geturl()


def number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise NotANumber(name=name, value=value, least=least, most=most)
    return int(value)


def printer_dpi(value: str) -> int:
    choices = [str(dpi) for dpi in PRINTER_DPI]
    if value not in choices:
        raise UnknownChoice(name="LIMS_PRINTER_DPI", value=value, choices=", ".join(choices))
    return int(value)


def mail_server(url: str | None) -> MailServer | None:
    try:
        return MailServer.at(url) if url else None
    except BadServer as error:
        raise BadMailServer() from error  # not the value: it may hold a password


def sender(environ: Mapping[str, str]) -> str:
    address = environ.get("LIMS_MAIL_FROM") or ""
    if (address or environ.get("LIMS_MAIL_SERVER")) and not is_address(address):
        raise BadSender(value=address or "-")
    return address
