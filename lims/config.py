"""Settings: read once from the environment, refused loudly when wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from lims import environment as read
from lims.devices.mail import MailServer
from lims.files import FileStore
from lims.secret_key import secret_key


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
    languages: tuple[str, ...] = read.LANGUAGES
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
    def from_environment(
        cls, environ: Mapping[str, str], *, folder: Callable[[Path], Path] = read.made
    ) -> "Settings":
        """Raise SettingError for the first wrong variable; make the key that misses, and the
        folder that `folder` makes or requires."""
        read.refuse_unknown(environ)
        data_dir = Path(environ.get("LIMS_DATA_DIR") or "var").absolute()
        return cls(
            database_url=read.database_url(environ, "LIMS_DATABASE_URL")
            or f"sqlite:///{data_dir / 'lims.sqlite'}",
            migration_url=read.database_url(environ, "LIMS_MIGRATION_URL"),
            data_dir=data_dir,
            anchor_dir=Path(environ.get("LIMS_ANCHOR_DIR") or data_dir / "anchors").absolute(),
            backups=read.folder(environ, "LIMS_BACKUP_DIR"),
            downtime=read.folder(environ, "LIMS_DOWNTIME_DIR"),
            backup_keep=read.number(environ, "LIMS_BACKUP_KEEP", cls.backup_keep, 0, 10_000),
            backup_recipient=read.recipient(environ.get("LIMS_BACKUP_RECIPIENT")),
            pg_bin=read.folder(environ, "LIMS_PG_BIN"),
            site_name=environ.get("LIMS_SITE_NAME") or cls.site_name,
            time_zone=read.time_zone(environ.get("LIMS_TIME_ZONE") or cls.time_zone.key),
            languages=read.languages(environ.get("LIMS_LANGUAGES") or ",".join(cls.languages)),
            url=read.address(environ.get("LIMS_URL") or cls.url),
            proxy_hops=read.number(environ, "LIMS_PROXY_HOPS", cls.proxy_hops, 0, 5),
            max_upload_mb=read.number(environ, "LIMS_MAX_UPLOAD_MB", cls.max_upload_mb, 1, 1000),
            printer_dpi=read.printer_dpi(environ.get("LIMS_PRINTER_DPI") or str(cls.printer_dpi)),
            mail_server=read.mail_server(environ.get("LIMS_MAIL_SERVER")),
            mail_from=read.sender(environ),
            # last, once nothing is wrong with the others: a folder is made, a key written
            secret_key=secret_key(environ.get("LIMS_SECRET_KEY"), folder(data_dir)),
        )
