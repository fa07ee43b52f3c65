"""Settings: read once from the environment, refused loudly when wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from lims.devices.mail import BadServer, MailServer, is_address
from lims.errors import N_, SettingError
from lims.files import FileStore
from lims.secret_key import FolderRefused, secret_key

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


@dataclass(frozen=True)
class Settings:
    """What a site may choose; every field is an environment variable of the README's table."""

    database_url: str
    data_dir: Path
    anchor_dir: Path
    secret_key: str
    migration_url: str | None = None
    """Owns the tables where the program itself may not change them; else `database_url`."""
    site_name: str = "LIMS"
    time_zone: ZoneInfo = ZoneInfo("Europe/Minsk")
    languages: tuple[str, ...] = LANGUAGES
    url: str = "http://127.0.0.1:8000"
    proxy_hops: int = 0
    """How many reverse proxies stand in front and may say who the visitor is."""
    max_upload_mb: int = 20
    printer_dpi: int = 203
    mail_server: MailServer | None = None
    """Without one nobody is reminded by mail."""
    mail_from: str = ""
    backup_keep: int = 30
    """How many nights' backups are kept; with 0 none is made at night."""
    backup_recipient: str | None = None
    """Whose key opens the backups; None for backups that anybody can read."""
    pg_bin: Path | None = None
    backups: Path | None = None
    downtime: Path | None = None

    @property
    def store(self) -> FileStore:
        """Where papers, photographs and the files of instruments are kept."""
        return FileStore(self.data_dir / "files")

    @property
    def owner_url(self) -> str:
        """The database as whoever owns its tables."""
        return self.migration_url or self.database_url

    @property
    def backup_dir(self) -> Path:
        return self.backups or self.data_dir / "backups"

    @property
    def downtime_dir(self) -> Path:
        return self.downtime or self.data_dir / "downtime"

    @property
    def default_language(self) -> str:
        """The language of a visitor whose browser asks for none of the site's."""
        return self.languages[0]

    @property
    def https(self) -> bool:
        return self.url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Raise SettingError for the first wrong variable; make the folder and key that miss."""
        refuse_unknown(environ)
        data_dir = made(Path(environ.get("LIMS_DATA_DIR") or "var").absolute())
        return cls(
            database_url=database_url(environ, "LIMS_DATABASE_URL")
            or f"sqlite:///{data_dir / 'lims.sqlite'}",
            migration_url=database_url(environ, "LIMS_MIGRATION_URL"),
            data_dir=data_dir,
            anchor_dir=Path(environ.get("LIMS_ANCHOR_DIR") or data_dir / "anchors").absolute(),
            backups=folder(environ, "LIMS_BACKUP_DIR"),
            downtime=folder(environ, "LIMS_DOWNTIME_DIR"),
            backup_keep=number(environ, "LIMS_BACKUP_KEEP", cls.backup_keep, 0, 10_000),
            backup_recipient=recipient(environ.get("LIMS_BACKUP_RECIPIENT")),
            pg_bin=folder(environ, "LIMS_PG_BIN"),
            site_name=environ.get("LIMS_SITE_NAME") or cls.site_name,
            time_zone=time_zone(environ.get("LIMS_TIME_ZONE") or cls.time_zone.key),
            languages=languages(environ.get("LIMS_LANGUAGES") or ",".join(cls.languages)),
            url=address(environ.get("LIMS_URL") or cls.url),
            proxy_hops=number(environ, "LIMS_PROXY_HOPS", cls.proxy_hops, 0, 5),
            max_upload_mb=number(environ, "LIMS_MAX_UPLOAD_MB", cls.max_upload_mb, 1, 1000),
            printer_dpi=printer_dpi(environ.get("LIMS_PRINTER_DPI") or str(cls.printer_dpi)),
            mail_server=mail_server(environ.get("LIMS_MAIL_SERVER")),
            mail_from=sender(environ),
            secret_key=secret_key(environ.get("LIMS_SECRET_KEY"), data_dir),
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
