"""Settings. Every one is an environment variable KHET_…; nothing secret has a default outside the demo."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


class ConfigError(Exception):
    """A setting is missing or contradicts another; the text tells the operator what to do."""


def _flag(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on"}


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
    #: log every hook call
    trace_hooks: bool = False

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read KHET_* variables; create the data folder and, once, the secret key in it.

        Raises ConfigError when PostgreSQL is set without its owner and system addresses.
        """
        data_dir = Path(env.get("KHET_DATA_DIR", "data")).absolute()
        data_dir.mkdir(parents=True, exist_ok=True)
        default = f"sqlite:///{(data_dir / 'khet.sqlite3').as_posix()}"
        url = normalise_url(env.get("KHET_DATABASE_URL") or default)
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
            trace_hooks=_flag(env.get("KHET_TRACE_HOOKS")),
        )


def normalise_url(url: str) -> str:
    """PostgreSQL addresses in the form SQLAlchemy's psycopg 3 dialect wants; others unchanged."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def generated_secret(data_dir: Path) -> str:
    """The installation's own random key, made at the first start and kept beside the data."""
    path = data_dir / "secret_key"
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        path.chmod(0o600)
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()
