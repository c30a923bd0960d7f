"""Settings. Every one is an environment variable KHET_…; nothing secret has a default outside the demo."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.base import disk
from core.base import setting_kinds as kinds
from core.base.settings_file import ROOT, VARIABLE, Environment, SettingsFileError, find

MEBIBYTE = 1024 * 1024
#: characters; a key that was written whole has 64
SHORTEST_KEY = 32


class ConfigError(Exception):
    """A setting is missing or contradicts another; the text tells the operator what to do."""


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
    #: the key before it, which opens what was sealed then
    secret_key_old: str = ""
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
    #: file with a line for each request; None: none is kept
    access_log: Path | None = None
    #: seconds from which on a request or a statement stands in the log; 0: none does
    slow_seconds: int = 3
    #: who shows it reads in /health how much waits; empty: nobody does
    health_token: str = ""
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
    def from_environment(cls, variables: Mapping[str, str] = os.environ, *, makes: bool = False) -> Settings:
        """Read KHET_* variables, of the environment and of the settings file.

        Who sets an installation up `makes` its data folder and, once, the secret key in it; without, they are there.
        Raises ConfigError, which names the setting, for one that is not what it takes, when settings contradict one
        another, for a bad settings file, and where there is no installation. Nothing is made on the disk then.
        """
        try:
            named = variables is os.environ or VARIABLE in variables
            env = Environment(variables, find(variables) if named else None)
            made = cls._read(env)
            env.refuse_unknown()
        except SettingsFileError as error:
            raise ConfigError(str(error)) from error
        if not makes:
            _refuse_without_installation(made)
        prepare_folder(made.data_dir, made.database_url)
        made = made if made.secret_key else replace(made, secret_key=generated_secret(made.data_dir))
        _refuse_same_key(made, env)
        return made

    @classmethod
    def _read(cls, env: Environment) -> Settings:
        data_dir: Path = env.value("KHET_DATA_DIR", kinds.folder, ROOT / "data")
        default = f"sqlite:///{(data_dir / 'khet.sqlite3').as_posix()}"
        url = env.value("KHET_DATABASE_URL", kinds.database, default, secret=True)
        owner = env.value("KHET_OWNER_DATABASE_URL", kinds.database, url, secret=True)
        system = env.value("KHET_SYSTEM_DATABASE_URL", kinds.database, url, secret=True)
        _refuse_other_databases(url, owner, system)
        requests: Path | None = data_dir / "access.log"
        longest = env.value("KHET_SESSION_LONGEST_HOURS", kinds.whole(1, 744), 24)
        made = cls(
            data_dir=data_dir,
            database_url=url,
            owner_database_url=owner,
            system_database_url=system,
            secret_key=env.value("KHET_SECRET_KEY", kinds.key(SHORTEST_KEY), "", secret=True),
            secret_key_old=env.value("KHET_SECRET_KEY_OLD", kinds.key(SHORTEST_KEY, "there was none"), "", secret=True),
            # A serving database of its own means a real office: the demo is then off unless asked for. Empty is no.
            demo=env.value("KHET_DEMO", kinds.flag, "KHET_DEMO" not in env and not env.get("KHET_DATABASE_URL")),
            public_url=env.value("KHET_PUBLIC_URL", kinds.site, ""),
            trusted_proxies=env.value("KHET_TRUSTED_PROXIES", kinds.addresses, ()),
            insecure_http=env.value("KHET_INSECURE_HTTP", kinds.flag, False),
            max_upload=env.value("KHET_MAX_UPLOAD_MB", kinds.whole(1, 2000), 20) * MEBIBYTE,
            ratelimit_storage=env.value("KHET_RATELIMIT_STORAGE", kinds.counter, "memory://", secret=True),
            jobs_url=env.value("KHET_JOBS_URL", kinds.broker, "", secret=True),
            webhook_local=env.value("KHET_WEBHOOK_LOCAL", kinds.flag, False),
            smtp_url=env.value("KHET_SMTP_URL", kinds.mail_server, "", secret=True),
            mail_from=env.value("KHET_MAIL_FROM", kinds.mailbox, ""),
            session_hours=env.value(
                "KHET_SESSION_HOURS", kinds.whole(1, longest, "KHET_SESSION_LONGEST_HOURS"), min(12, longest)
            ),
            session_longest_hours=longest,
            trace_hooks=env.value("KHET_TRACE_HOOKS", kinds.flag, False),
            backup_key=env.value("KHET_BACKUP_KEY", kinds.file, None),
            backup_dir=env.value("KHET_BACKUP_DIR", kinds.folder, None),
            backup_hour=env.value("KHET_BACKUP_HOUR", kinds.whole(0, 23), 1),
            backup_kept=env.value("KHET_BACKUP_KEPT", kinds.kept, (14, 8, 12)),
            seal_key=env.value("KHET_SEAL_KEY", kinds.file, None),
            access_log=env.value("KHET_ACCESS_LOG", kinds.file_or_off, requests),
            slow_seconds=env.value("KHET_SLOW_SECONDS", kinds.whole(0, 600), 3),
            health_token=env.value("KHET_HEALTH_TOKEN", kinds.key(SHORTEST_KEY, "nobody"), "", secret=True),
            settings_file=env.path,
        )
        if made.smtp_url and not made.mail_from:
            raise ConfigError("KHET_SMTP_URL needs a sender: set KHET_MAIL_FROM.")
        if made.backup_dir is not None and disk.within(made.backup_dir, made.files_dir):
            raise ConfigError(
                f"KHET_BACKUP_DIR={made.backup_dir}: backups do not lie in the folder of files, {made.files_dir}."
            )
        return made


def _refuse_without_installation(made: Settings) -> None:
    """A folder that was misspelt is neither made nor given keys of nothing, nor closed to others where it is there."""
    key = made.secret_key or (made.data_dir / "secret_key").exists()
    if not made.data_dir.is_dir() or not key:
        raise ConfigError(f"KHET_DATA_DIR: there is no installation at {made.data_dir}. `app.py migrate` makes one.")


def _refuse_same_key(made: Settings, env: Environment) -> None:
    """Who writes the present key as the old one and no new one believes it changed: it signs on."""
    if made.secret_key_old == made.secret_key:
        where = "KHET_SECRET_KEY" if env.get("KHET_SECRET_KEY") else f"the file {made.data_dir / 'secret_key'}"
        raise ConfigError(
            f"KHET_SECRET_KEY_OLD is the key in force, of {where}: nothing is changed by it. Write the new key as "
            "KHET_SECRET_KEY, or leave the old one out."
        )


def _refuse_other_databases(url: str, owner: str, system: str) -> None:
    if len({one.partition(":")[0] for one in (url, owner, system)}) > 1 or (url.startswith("sqlite") and url != owner):
        raise ConfigError(
            "KHET_DATABASE_URL, KHET_OWNER_DATABASE_URL and KHET_SYSTEM_DATABASE_URL name different databases. SQLite "
            "has one address; PostgreSQL needs all three."
        )
    if not url.startswith("sqlite") and url in (owner, system):
        raise ConfigError(
            "PostgreSQL needs three roles: set KHET_DATABASE_URL (app), KHET_OWNER_DATABASE_URL and "
            "KHET_SYSTEM_DATABASE_URL. `app.py prepare-postgres` makes them and prints the addresses."
        )


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
        raise ConfigError(f"KHET_DATA_DIR: the data folder {data_dir} cannot be made or written by this account.")
    if not data_dir.stat().st_mode & stat.S_ISVTX:  # a folder that all may write into is not ours to close
        disk.make_private(data_dir)
    for name in ("files", "jobs"):
        disk.make_private(data_dir / name)
    if database_url.startswith("sqlite:///"):
        for ending in ("", "-wal", "-shm"):
            disk.make_private(Path(database_url.removeprefix("sqlite:///") + ending))
