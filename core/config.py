"""Settings. Every one is an environment variable KHET_…; nothing secret has a default outside the demo."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import disk
from core.settings_file import ROOT, VARIABLE, Environment, SettingsFileError, find

MEBIBYTE = 1024 * 1024
#: characters; a key that was written whole has 64
SHORTEST_KEY = 32


class ConfigError(Exception):
    """A setting is missing or contradicts another; the text tells the operator what to do."""


def _flag(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on"}


def _kept(value: str) -> tuple[int, int, int]:
    try:
        days, weeks, months = (int(part) for part in value.split(","))
    except ValueError:
        days = weeks = months = 0
    if days < 1 or weeks < 0 or months < 0:
        raise ConfigError("KHET_BACKUP_KEPT is how many days, weeks and months keep a backup, e.g. 14,8,12.")
    return days, weeks, months


@dataclass(frozen=True)
class Settings:
    """What one process runs with. `from_environment` reads it; tests build it directly."""

    #: folder of the SQLite file, uploaded files and generated secrets
    data_dir: Path
    #: serving connection; on PostgreSQL a role that is neither owner nor superuser
    database_url: str
    #: owner of the tables, used by migrate; equals database_url on SQLite
    owner_database_url: str
    #: role with BYPASSRLS for head office, login and jobs that cross districts
    system_database_url: str
    secret_key: str
    #: demo data and demo accounts; refused on any address but loopback
    demo: bool = True
    #: address that browsers use, e.g. https://khet.example.go.th; decides on secure cookies
    public_url: str = ""
    #: addresses of reverse proxies whose X-Forwarded-* headers are believed
    trusted_proxies: tuple[str, ...] = ()
    #: serve plain HTTP beyond loopback; every page then carries a warning
    insecure_http: bool = False
    #: largest upload, in bytes
    max_upload: int = 20 * MEBIBYTE
    #: where login limits are counted; a Redis address when several processes serve
    ratelimit_storage: str = "memory://"
    #: empty: jobs run in the serving process; redis://… or postgresql://…: in workers (`app.py work`)
    jobs_url: str = ""
    #: smtp://user:password@host:587 (STARTTLS) or smtps://…; empty: no e-mail leaves
    smtp_url: str = ""
    #: webhooks may use plain http and addresses inside the network
    webhook_local: bool = False
    #: sender of e-mail
    mail_from: str = ""
    #: hours without a request after which a session ends
    session_hours: int = 12
    #: hours after which a session ends however busy it is
    session_longest_hours: int = 24
    #: log every hook call
    trace_hooks: bool = False
    #: file of the key that archives are locked with; None: in the data folder
    backup_key: Path | None = None
    #: file of the key that the timeline is sealed with; None: beside the files, which servers share
    seal_key: Path | None = None
    #: folder of the archives that Khet makes itself; None: it makes none
    backup_dir: Path | None = None
    #: hour of the day (Bangkok)
    backup_hour: int = 1
    #: how many of the last days, weeks and months keep one
    backup_kept: tuple[int, int, int] = (14, 8, 12)
    #: where they were read from beside the environment
    settings_file: Path | None = None

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def backup_key_file(self) -> Path:
        return self.backup_key or self.data_dir / "backup_key"

    @property
    def seal_key_file(self) -> Path:
        return self.seal_key or disk.folder(self.files_dir) / ".seal_key"

    @property
    def heads_file(self) -> Path:
        return disk.folder(self.files_dir) / ".timeline-heads"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> Settings:
        """Read KHET_* variables, of the environment and of the settings file; create the data folder and, once, the
        secret key in it.

        Raises ConfigError when PostgreSQL is set without its owner and system addresses, or for a bad settings file.
        """
        try:
            named = variables is os.environ or VARIABLE in variables
            env = Environment(variables, find(variables) if named else None)
            made = cls._read(env)
            env.refuse_unknown()
        except SettingsFileError as error:
            raise ConfigError(str(error)) from error
        return made

    @classmethod
    def _read(cls, env: Environment) -> Settings:
        # relative to Khet's own folder: a command typed elsewhere means the same data
        data_dir = (ROOT / env.get("KHET_DATA_DIR", "data")).absolute()
        default = f"sqlite:///{(data_dir / 'khet.sqlite3').as_posix()}"
        url = normalise_url(env.get("KHET_DATABASE_URL") or default)
        prepare_folder(data_dir, url)
        owner = normalise_url(env.get("KHET_OWNER_DATABASE_URL") or url)
        system = normalise_url(env.get("KHET_SYSTEM_DATABASE_URL") or url)
        if not url.startswith("sqlite") and url == system:
            raise ConfigError(
                "PostgreSQL needs three roles: set KHET_DATABASE_URL (app), KHET_OWNER_DATABASE_URL and "
                "KHET_SYSTEM_DATABASE_URL. `app.py prepare-postgres` makes them and prints the addresses."
            )
        return cls(
            data_dir=data_dir,
            database_url=url,
            owner_database_url=owner,
            system_database_url=system,
            secret_key=env.get("KHET_SECRET_KEY") or generated_secret(data_dir),
            # A serving database of its own means a real office: the demo is then off unless asked for.
            demo=_flag(env.get("KHET_DEMO", "0" if env.get("KHET_DATABASE_URL") else "1")),
            public_url=env.get("KHET_PUBLIC_URL", "").rstrip("/"),
            trusted_proxies=tuple(p.strip() for p in env.get("KHET_TRUSTED_PROXIES", "").split(",") if p.strip()),
            insecure_http=_flag(env.get("KHET_INSECURE_HTTP")),
            max_upload=int(env.get("KHET_MAX_UPLOAD_MB", "20")) * MEBIBYTE,
            ratelimit_storage=env.get("KHET_RATELIMIT_STORAGE", "memory://"),
            jobs_url=env.get("KHET_JOBS_URL", ""),
            webhook_local=_flag(env.get("KHET_WEBHOOK_LOCAL")),
            smtp_url=env.get("KHET_SMTP_URL", ""),
            mail_from=env.get("KHET_MAIL_FROM", ""),
            session_hours=int(env.get("KHET_SESSION_HOURS", "12")),
            session_longest_hours=int(env.get("KHET_SESSION_LONGEST_HOURS", "24")),
            trace_hooks=_flag(env.get("KHET_TRACE_HOOKS")),
            backup_key=ROOT / key if (key := env.get("KHET_BACKUP_KEY")) else None,
            backup_dir=ROOT / folder if (folder := env.get("KHET_BACKUP_DIR")) else None,
            backup_hour=int(env.get("KHET_BACKUP_HOUR", "1")) % 24,
            backup_kept=_kept(env.get("KHET_BACKUP_KEPT", "14,8,12")),
            seal_key=ROOT / seal_key if (seal_key := env.get("KHET_SEAL_KEY")) else None,
            settings_file=env.path,
        )


def normalise_url(url: str) -> str:
    """PostgreSQL addresses in the form SQLAlchemy's psycopg 3 dialect wants, SQLite's as a path that is absolute."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith("sqlite:///"):
        return "sqlite:///" + (ROOT / url.removeprefix("sqlite:///")).as_posix()
    return url


def generated_secret(data_dir: Path) -> str:
    """The installation's own random key, made at the first start and kept beside the data.

    Raises ConfigError for one that is empty or cut off: signing with it would be signing with nothing.
    """
    path = data_dir / "secret_key"
    if not path.exists():
        made = data_dir / f"secret_key.{secrets.token_hex(4)}"
        with disk.new_file(made) as file:
            file.write(secrets.token_urlsafe(48).encode())
        with suppress(FileExistsError):  # another process of this first start was quicker: its key holds
            os.link(made, path)
        made.unlink()
        disk.sync_folder(data_dir)
    disk.make_private(path)
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < SHORTEST_KEY:
        raise ConfigError(
            f"{path} is empty or cut off. Put the right one back from a backup of the folder, or delete it: Khet makes "
            "a new one, and forms and links that are open now have to be opened again."
        )
    return key


def prepare_folder(data_dir: Path, database_url: str) -> None:
    """Make the data folder, and take from others what an older version let them read.

    Raises ConfigError where it cannot be written.
    """
    try:
        disk.folder(data_dir)
        writable = os.access(data_dir, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise ConfigError(f"The data folder {data_dir} cannot be made or written by this account.")
    if not data_dir.stat().st_mode & stat.S_ISVTX:  # a folder that all may write into is not ours to close
        disk.make_private(data_dir)
    for name in ("files", "jobs"):
        disk.make_private(data_dir / name)
    if database_url.startswith("sqlite:///"):
        for ending in ("", "-wal", "-shm"):
            disk.make_private(Path(database_url.removeprefix("sqlite:///") + ending))
